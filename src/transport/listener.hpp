// Accepts on one socket, and refuses what is too much.
#pragma once

#include "reactor.hpp"
#include "shard.hpp"

#include <functional>

namespace fieldcast::transport {

/// Threads: shard 0's, but for the constructor.
class Listener final : public Reactor::Watched {
 public:
  using Deliver = std::function<void(Accepted)>;

  /// Binds and listens. Throws std::runtime_error.
  Listener(ServerState& server, Deliver deliver);
  void start(Shard& shard);
  /// Later connects are refused by the system.
  void stop();
  std::uint16_t port() const { return port_; }
  void on_ready(std::uint32_t events) override;

 private:
  bool may_accept();
  void refuse(FileDescriptor socket) const;
  void accept_one_to_refuse_it();

  ServerState& server_;
  Deliver deliver_;
  FileDescriptor socket_;
  FileDescriptor spare_;  // given up for a moment when descriptors run out
  std::uint16_t port_ = 0;
  Shard* shard_ = nullptr;
  double tokens_;
  SteadyTime refilled_{};
};

}  // namespace fieldcast::transport
