#include "fieldcast/app/serve.hpp"

#include "fieldcast/api/log.hpp"
#include "instance.hpp"

#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <sstream>

namespace fieldcast::app {

namespace {

using api::log;
using api::LogLevel;

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream content;
  content << file.rdbuf();
  if (!file) return Error{"key_unusable", "cannot read " + path};
  return Result<std::string>(boost::system::in_place_value, content.str());
}

// A key file ends with a line break more often than not; a secret does not contain it.
std::string_view without_line_break(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

Result<void> add_key(access::KeyRing& ring, const config::KeySource& source) {
  const auto algorithm = access::algorithm_from(source.algorithm);
  if (!algorithm) return Error{"key_unusable", "unknown algorithm " + source.algorithm};
  const std::string& path = *algorithm == access::Algorithm::hs256 ? source.secret_file : source.pem_file;
  const Result<std::string> content = read_file(path);
  if (!content) return content.error();
  const Result<void> added = *algorithm == access::Algorithm::hs256
                                 ? ring.add_secret(source.kid, without_line_break(*content))
                                 : ring.add_pem(source.kid, *algorithm, *content);
  if (!added) return Error{added.error().code, path + ": " + added.error().text};
  return {};
}

void reload_keys(Instance& instance, const Reload& reload) {
  const config::Loaded loaded = reload();
  for (const config::Mistake& mistake : loaded.mistakes) {
    log(LogLevel::error, "configuration_mistake", {{"place", mistake.place}, {"why", mistake.text}});
  }
  if (!loaded.mistakes.empty()) return;
  const Result<access::VerifierPtr> verifier = load_verifier(loaded.config);
  if (!verifier) return log(LogLevel::error, "keys_not_reloaded", {{"why", verifier.error().text}});
  instance.reload(*verifier);
  log(LogLevel::info, "reloaded");
}

// Waits on this thread for signals: SIGHUP reloads, SIGTERM and SIGINT end the wait.
void wait_for_end(Instance& instance, const Reload& reload) {
  boost::asio::io_context context(1);
  boost::asio::signal_set signals(context, SIGTERM, SIGINT, SIGHUP);
  std::function<void()> next = [&] {
    signals.async_wait([&](const boost::system::error_code& error, int signal) {
      if (error) return;
      if (signal != SIGHUP) return log(LogLevel::info, "draining", {{"signal", std::to_string(signal)}});
      reload_keys(instance, reload);
      next();
    });
  };
  next();
  context.run();
}

std::string address_of(const config::Config& config, std::uint16_t port) {
  const bool any = config.server.address == "0.0.0.0" || config.server.address == "::";
  std::string host = any ? "127.0.0.1" : config.server.address;
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return (config.server.tls.enabled() ? "https://" : "http://") + host + ":" + std::to_string(port);
}

}  // namespace

Result<access::VerifierPtr> load_verifier(const config::Config& config) {
  access::KeyRing ring;
  for (const config::KeySource& source : config.access.keys) {
    if (const Result<void> added = add_key(ring, source); !added) return added.error();
  }
  if (!config.access.jwks_file.empty()) {
    const Result<std::string> content = read_file(config.access.jwks_file);
    if (!content) return content.error();
    if (const Result<void> added = ring.add_jwks(*content); !added) {
      return Error{added.error().code, config.access.jwks_file + ": " + added.error().text};
    }
  }
  if (ring.size() == 0) return Error{"key_unusable", "no key to verify tokens with; `fieldcast token key` makes one"};
  return access::VerifierPtr(std::make_shared<const access::Verifier>(std::move(ring), config.access.verifier));
}

std::unique_ptr<store::Engine> make_engine(const config::Config& config) {
  return config.store.engine == "postgres" ? store::make_postgres_engine(config.store.postgres)
                                           : store::make_sqlite_engine(config.store.sqlite);
}

int serve(const config::Config& config, const Reload& reload) try {
  std::signal(SIGHUP, SIG_IGN);  // a reload that comes while starting or draining must not end the process
  if (const Result<void> configured = api::configure_log(config.log.level, config.log.format); !configured) {
    std::fprintf(stderr, "fieldcast: %s\n", configured.error().text.c_str());
    return 1;
  }
  const Result<access::VerifierPtr> verifier = load_verifier(config);
  if (!verifier) {
    std::fprintf(stderr, "fieldcast: %s\n", verifier.error().text.c_str());
    return 1;
  }
  Instance instance(config, *verifier);
  const std::string address = address_of(config, instance.port());
  log(LogLevel::info, "listening", {{"address", address}});
  std::printf("fieldcast is listening on %s\n", address.c_str());
  std::fflush(stdout);
  wait_for_end(instance, reload);
  instance.drain(config.drain_over);
  log(LogLevel::info, "stopped");
  api::flush_log();
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "fieldcast: %s\n", error.what());
  return 1;
}

}  // namespace fieldcast::app
