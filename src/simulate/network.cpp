#include "network.hpp"

#include "client.hpp"

#include <sys/resource.h>

namespace fieldcast::simulate {
namespace {

void raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);  // not permitted: then connecting will say so
}

}  // namespace

void Network::on_signal(std::function<void()> stop) {
  boost::system::error_code ignored;
  signals.add(SIGINT, ignored);
  signals.add(SIGTERM, ignored);
  signals.async_wait([this, stop = std::move(stop)](const boost::system::error_code& error, int) {
    if (error) return;
    signals.async_wait([this](const boost::system::error_code& again, int) {
      if (!again) io.stop();
    });
    stop();
  });
}

void Network::leave_all() {
  for (Client* client : clients) client->leave();
}

void Network::start_sweep() {
  timetable.after(seconds{1}, [this] {
    const SteadyTime now = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < clients.size(); ++i) clients[i]->check(now);
    start_sweep();
  });
}

Result<boost::asio::ssl::context> make_tls_context(const ServerOptions& options) {
  namespace ssl = boost::asio::ssl;
  ssl::context context(ssl::context::tls_client);
  boost::system::error_code error;
  context.set_default_verify_paths(error);
  if (!options.ca_file.empty()) context.load_verify_file(options.ca_file, error);
  if (error) return Error{"ca_unusable", "cannot read the certificates in " + options.ca_file};
  context.set_verify_mode(options.insecure ? ssl::verify_none : ssl::verify_peer, error);
  return context;
}

namespace {

Result<Destination> find_destination(Network& network, const ServerOptions& options, const std::string& url) {
  const auto address = parse_server_address(url);
  if (!address) return address.error();
  if (address->tls && !network.tls) {
    auto context = make_tls_context(options);
    if (!context) return context.error();
    network.tls = std::move(*context);
  }
  boost::asio::ip::tcp::resolver resolver(network.io);
  boost::system::error_code error;
  const auto found = resolver.resolve(address->host, std::to_string(address->port), error);
  if (error) return Error{"host_unknown", "cannot resolve " + address->host + ": " + error.message()};
  Destination destination{*address, {}};
  for (const auto& entry : found) destination.endpoints.push_back(entry.endpoint());
  return destination;
}

}  // namespace

Result<std::unique_ptr<Network>> open_network(const ServerOptions& options, std::uint64_t seed) {
  auto network = std::make_unique<Network>();
  auto destination = find_destination(*network, options, options.url);
  if (!destination) return destination.error();
  network->server = network->watched = std::move(*destination);
  network->backoff = options.backoff;
  network->random = Random(seed);
  network->verify_host = !options.insecure;
  raise_file_limit();
  return network;
}

Result<void> watch_elsewhere(Network& network, const ServerOptions& options, const std::string& url) {
  auto destination = find_destination(network, options, url);
  if (!destination) return destination.error();
  network.watched = std::move(*destination);
  return {};
}

}  // namespace fieldcast::simulate
