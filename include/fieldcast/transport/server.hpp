// Listens, accepts, and runs every connection on the shard that it was given to.
//
// Each shard has one Reactor: an epoll set that Asio waits on as one descriptor
// (docs/decisions: reading through a shared buffer needs readiness, and asking Asio
// for readiness socket by socket costs a system call each time), one read buffer
// for all sockets, and a coarse timer wheel.
#pragma once

#include "fieldcast/base/result.hpp"
#include "fieldcast/metrics/metrics.hpp"
#include "fieldcast/rooms/outbox.hpp"
#include "fieldcast/transport/application.hpp"
#include "fieldcast/websocket/decoder.hpp"

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <vector>

namespace fieldcast::transport {

struct TlsSettings {
  std::string certificate_file, key_file;  // PEM; empty: plain
  bool enabled() const { return !certificate_file.empty(); }
};

struct Settings {
  std::string address = "0.0.0.0";
  std::uint16_t port = 8080;  // 0: any free one
  TlsSettings tls;
  std::vector<std::string> trusted_proxies;  // addresses or CIDR
  bool proxy_protocol = false;               // v1 and v2 expected from trusted proxies
  std::vector<std::string> origins;          // exact; "*" any; WebSocket upgrades with another Origin are refused
  std::size_t connections_max = 100'000;
  std::size_t connections_per_s = 2'000;  // accepted; beyond: 503 and close
  std::size_t header_bytes_max = 8'192;
  std::size_t headers_max = 64;
  seconds header_within{10};
  seconds body_within{60};
  seconds keep_alive{75};
  seconds heartbeat{25};                    // ping when nothing was sent for as long; silent for two: closed (4102)
  seconds write_stall_max{30};              // nothing could be written for as long: closed (4101)
  std::size_t socket_send_bytes = 131'072;  // SO_SNDBUF: what may grow old in the kernel
  std::string subprotocol = "fieldcast.v1.json";
  websocket::DecoderLimits websocket;
  rooms::OutboxLimits outbox;
};

/// Threads: members one at a time, except connections(). Destroy it when the shards' threads have ended (or from
/// the thread of the only shard), while contexts, applications and metrics still live; handlers of sockets that
/// are still open are told (1006).
class Server {
 public:
  /// `contexts[i]` runs on shard i's thread; `applications[i]` answers there.
  Server(Settings settings, std::vector<boost::asio::io_context*> contexts, std::vector<Application*> applications,
         metrics::Metrics& metrics);
  ~Server();

  /// Binds and listens; throws std::runtime_error (address in use, bad certificate).
  void start();
  std::uint16_t port() const;

  /// New certificate and key for new handshakes. On failure the old ones stay.
  Result<void> reload_tls();

  /// Stops accepting. Open connections go on.
  void stop_listening();
  /// Sends `goaway_text` to every WebSocket, then closes all with `outcome` spread evenly over `over`;
  /// event streams and idle HTTP connections end likewise. Calls `done` (any thread) when none is left,
  /// or `over` + 5 s have passed. Connections must not outlive it.
  void drain(std::string goaway_text, const Outcome& outcome, milliseconds over, std::function<void()> done);

  std::size_t connections() const;

 private:
  struct Body;
  std::unique_ptr<Body> body_;
};

}  // namespace fieldcast::transport
