#include "loading.hpp"

#include <filesystem>
#include <fstream>
#include <set>

namespace fieldcast::config {
namespace {

bool is_readable(const std::string& file) {
  std::error_code error;
  return !std::filesystem::is_directory(file, error) && std::ifstream(file, std::ios::binary).good();
}

void check_file(Loading& loading, const std::string& place, const std::string& file) {
  if (!file.empty() && !is_readable(file)) loading.mistake(place, "cannot read " + file);
}

void check_server(Loading& loading) {
  const Config& config = loading.loaded.config;
  const auto& [certificate, key] = config.server.tls;
  if (certificate.empty() != key.empty()) {
    const char* const given = certificate.empty() ? "server.tls_key_file" : "server.tls_certificate_file";
    loading.mistake(loading.place_of(given), "server.tls_certificate_file and server.tls_key_file need each other");
  }
  check_file(loading, loading.place_of("server.tls_certificate_file"), certificate);
  check_file(loading, loading.place_of("server.tls_key_file"), key);
  std::error_code error;
  if (!config.web_root.empty() && !std::filesystem::is_directory(config.web_root, error)) {
    loading.mistake(loading.place_of("server.web_root"), config.web_root + " is no folder");
  }
  if (config.server.proxy_protocol && config.server.trusted_proxies.empty()) {
    loading.mistake(loading.place_of("server.proxy_protocol"), "server.proxy_protocol needs server.trusted_proxies");
  }
  if (config.server.outbox.update_bytes_max > config.server.outbox.bytes_max) {
    loading.mistake(loading.place_of("server.outbox_update_bytes_max"),
                    "server.outbox_update_bytes_max must not be above server.outbox_bytes_max");
  }
}

void check_key_source(Loading& loading, const KeySource& source, const std::string& place) {
  const bool shared = source.algorithm == "HS256";
  if (!access::algorithm_from(source.algorithm)) {
    return loading.mistake(place, "access.keys: algorithm must be one of HS256 RS256 ES256 EdDSA");
  }
  const std::string& file = shared ? source.secret_file : source.pem_file;
  const std::string& other = shared ? source.pem_file : source.secret_file;
  const std::string wanted = shared ? "secret_file" : "pem_file";
  if (file.empty() || !other.empty()) {
    loading.mistake(place, "access.keys: a key for " + source.algorithm + " needs " + wanted + ", and nothing else");
  }
  check_file(loading, place, file);
}

void check_access(Loading& loading, Use use) {
  Config& config = loading.loaded.config;
  std::set<std::string> kids;
  for (std::size_t i = 0; i < config.access.keys.size(); ++i) {
    const KeySource& source = config.access.keys[i];
    check_key_source(loading, source, loading.key_places[i]);
    if (!source.kid.empty() && !kids.insert(source.kid).second) {
      loading.mistake(loading.key_places[i], "access.keys: another key has the same kid");
    }
  }
  check_file(loading, loading.place_of("access.secret_file"), config.access.secret_file);
  check_file(loading, loading.place_of("access.jwks_file"), config.access.jwks_file);
  if (!config.access.secret_file.empty()) {
    config.access.keys.push_back({"", "HS256", config.access.secret_file, ""});
  }
  if (use == Use::serving && config.access.keys.empty() && config.access.jwks_file.empty()) {
    loading.mistake("access.secret_file",
                    "no key to verify tokens with: set it, access.jwks_file or [[access.keys]]; "
                    "`fieldcast token key` makes a key");
  }
}

void check_presence(Loading& loading) {
  const presence::Policy& policy = loading.loaded.config.presence;
  if (policy.offline_after <= policy.silent_after) {
    loading.mistake(loading.place_of("presence.offline_after_s"),
                    "presence.offline_after_s must be above presence.silent_after_s");
  }
  if (policy.parked_silent_after < policy.silent_after) {
    loading.mistake(loading.place_of("presence.parked_silent_after_s"),
                    "presence.parked_silent_after_s must not be below presence.silent_after_s");
  }
}

void check_store(Loading& loading) {
  auto& store = loading.loaded.config.store;
  if (store.engine == "auto") store.engine = store.postgres.url.empty() ? "sqlite" : "postgres";
  if (store.engine == "postgres" && store.postgres.url.empty()) {
    loading.mistake(loading.place_of("store.engine"), "postgres needs store.postgres_url (or DATABASE_URL)");
  }
  check_file(loading, loading.place_of("redis.ca_file"), loading.loaded.config.redis.ca_file);
}

// On PostgreSQL each day takes a table of its own: a tracker whose clock is years behind would make thousands.
void settle_retention(Config& config) {
  std::chrono::days& kept = config.retention.positions;
  if (kept.count() < 0) kept = std::chrono::days{config.store.engine == "postgres" ? 30 : 0};
  if (!config.ingest_as_retention) return;
  config.ingest.retention = kept.count() == 0 ? std::nullopt : std::optional<std::chrono::hours>(kept);
}

}  // namespace

void check(Loading& loading, Use use) {
  check_server(loading);
  check_access(loading, use);
  check_presence(loading);
  check_store(loading);
  settle_retention(loading.loaded.config);
}

}  // namespace fieldcast::config
