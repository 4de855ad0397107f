// Names of hosts to addresses, off the bus' thread: getaddrinfo can take half a minute and cannot be interrupted.
// So it runs on a thread that nobody waits for, one at most; it ends when nothing is left to ask.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace fieldcast::bus::redis {

class Resolver {
 public:
  using Endpoints = std::vector<boost::asio::ip::tcp::endpoint>;
  using Resolved = std::function<void(Endpoints)>;  // none: unknown

  explicit Resolver(boost::asio::io_context& io);
  /// No answer comes after this.
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// Answers on the context's thread, later.
  void resolve(const std::string& host, std::uint16_t port, Resolved resolved);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace fieldcast::bus::redis
