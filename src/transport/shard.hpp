// All connections of one thread, and what they share.
#pragma once

#include "connection.hpp"
#include "fieldcast/base/timer_wheel.hpp"
#include "fieldcast/metrics/metrics.hpp"
#include "fieldcast/transport/server.hpp"
#include "reactor.hpp"
#include "trusted_addresses.hpp"

#include <atomic>
#include <boost/asio/ip/address.hpp>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace fieldcast::transport {

/// What all shards share. Read only after start, but for the counter.
struct ServerState {
  Settings settings;
  TrustedAddresses trusted;
  metrics::Metrics& metrics;
  std::atomic<std::size_t> connections{0};
};

struct Accepted {
  FileDescriptor descriptor;
  boost::asio::ip::address peer;
};

/// Threads: its io_context's, after the constructor.
class Shard final : public Reactor::Owner {
 public:
  static constexpr std::size_t read_bytes = 65'536;
  static constexpr std::size_t padding_bytes = 64;  // readable behind what was read, for fast parsers
  static constexpr milliseconds granule{100};

  Shard(ServerState& server, std::size_t index, boost::asio::io_context& context, Application& application);
  ~Shard();

  void start() { reactor_.start(); }
  void adopt(Accepted accepted);
  void use_tls(TlsContextPtr context) { tls_ = std::move(context); }
  /// Ends everything by `over` + 5 s; `done` once nothing is left.
  void drain(std::string goaway_text, const Outcome& outcome, milliseconds over, std::function<void()> done);

  // For connections and protocols.
  const Settings& settings() const { return server_.settings; }
  ServerState& server() { return server_; }
  metrics::ShardMetrics& counters() { return counters_; }
  metrics::Metrics& metrics() { return server_.metrics; }
  Application& application() { return application_; }
  Reactor& reactor() { return reactor_; }
  TimerWheel& wheel() { return wheel_; }
  SSL_CTX* tls() { return tls_.get(); }
  const Now& now() const { return now_; }
  bool draining() const { return draining_; }
  std::string_view date();  // for the header, renewed each second
  double random_fraction() { return std::uniform_real_distribution<double>(0, 1)(random_); }
  std::span<char> read_buffer() { return {read_buffer_.data(), read_bytes}; }
  std::span<char> write_scratch() { return {write_scratch_.data(), write_scratch_.size()}; }
  void count_in(std::size_t bytes) { bytes_in_ += bytes; }
  void count_out(std::size_t bytes) { bytes_out_ += bytes; }

  void want_flush(Connection& connection);
  /// Has the connection read again in the next turn: bytes wait in its TLS layer.
  void want_read(Connection& connection);
  void bury(std::unique_ptr<Protocol> protocol) { buried_protocols_.push_back(std::move(protocol)); }
  void bury(Connection& connection);

  void begin_turn() override;
  void on_timer() override;
  void end_turn() override;

 private:
  void flush_all();
  void check_drained();

  ServerState& server_;
  metrics::ShardMetrics& counters_;
  Application& application_;
  Now now_;
  TimerWheel wheel_;
  TlsContextPtr tls_;
  std::vector<char> read_buffer_;
  std::vector<char> write_scratch_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<Connection*> to_flush_, flushing_, to_read_;
  std::vector<std::unique_ptr<Protocol>> buried_protocols_;
  std::vector<std::unique_ptr<Connection>> buried_;
  std::size_t bytes_in_ = 0, bytes_out_ = 0;
  std::minstd_rand random_;
  std::string date_;
  Timestamp date_of_{};
  bool draining_ = false;
  SteadyTime drain_end_ = never;
  std::function<void()> drained_;
  Reactor reactor_;
};

}  // namespace fieldcast::transport
