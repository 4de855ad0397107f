// What all connections of one command share: the loop, the server's address, TLS, one reader of replies.
#pragma once

#include "fieldcast/simulate/server_address.hpp"
#include "fieldcast/simulate/server_reply.hpp"
#include "timetable.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/ssl/context.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace fieldcast::simulate {

class Client;

/// Where connections go.
struct Destination {
  ServerAddress address;
  std::vector<boost::asio::ip::tcp::endpoint> endpoints;
};

struct Network {
  boost::asio::io_context io{1};
  Timetable timetable{io};
  boost::asio::signal_set signals{io};
  Destination server;
  Destination watched;  // by dashboards: the same unless they were sent elsewhere
  std::optional<boost::asio::ssl::context> tls;
  bool verify_host = true;
  BackoffSettings backoff;
  Random random{1};
  ReplyReader reader;
  std::string text;              // of the message that is being made
  std::vector<Client*> clients;  // all there are, for the sweep

  /// Calls `stop` at SIGINT or SIGTERM; a second signal ends the loop at once.
  void on_signal(std::function<void()> stop);
  /// Every client says goodbye; for the end of a run.
  void leave_all();
  /// Looks at every client once a second: those without an answer, those that went silent.
  void start_sweep();
};

/// Resolves the host (blocking) and reads the certificates. Also raises the limit of open files as far as permitted.
/// Errors: bad_url, host_unknown, ca_unusable.
Result<std::unique_ptr<Network>> open_network(const ServerOptions& options, std::uint64_t seed);
/// Sends dashboards to another address. Errors: bad_url, host_unknown, ca_unusable.
Result<void> watch_elsewhere(Network& network, const ServerOptions& options, const std::string& url);

/// Errors: ca_unusable.
Result<boost::asio::ssl::context> make_tls_context(const ServerOptions& options);

}  // namespace fieldcast::simulate
