#include "listener.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/epoll.h>
#include <sys/socket.h>

namespace fieldcast::transport {

namespace {

constexpr int backlog = 4'096;
constexpr int accepts_per_turn = 128;
constexpr std::string_view too_many =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 1\r\nConnection: close\r\n\r\n";

[[noreturn]] void fail(const Settings& settings, const std::string& what) {
  throw std::runtime_error(settings.address + ":" + std::to_string(settings.port) + ": " + what);
}

void set_option(int socket, int level, int option, int value) {
  ::setsockopt(socket, level, option, &value, sizeof value);
}

// Accepted sockets inherit these: none of them costs a system call per connection.
void set_options(int socket, const Settings& settings) {
  set_option(socket, SOL_SOCKET, SO_REUSEADDR, 1);
  set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  const auto beat_s = static_cast<int>(settings.heartbeat.count());
  set_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, std::max(1, 2 * beat_s));
  set_option(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, std::max(1, 2 * beat_s) * 1'000);
  if (settings.socket_send_bytes != 0)
    set_option(socket, SOL_SOCKET, SO_SNDBUF, static_cast<int>(settings.socket_send_bytes));
}

}  // namespace

Listener::Listener(ServerState& server, Deliver deliver)
    : server_(server), deliver_(std::move(deliver)), tokens_(static_cast<double>(server.settings.connections_per_s)) {
  const Settings& settings = server.settings;
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(settings.address, error);
  if (error) fail(settings, "not an address");
  const boost::asio::ip::tcp::endpoint endpoint(address, settings.port);
  socket_ = FileDescriptor(::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket_) fail(settings, std::strerror(errno));
  set_options(socket_.number(), settings);
  if (address.is_v6()) set_option(socket_.number(), IPPROTO_IPV6, IPV6_V6ONLY, 0);
  if (::bind(socket_.number(), endpoint.data(), static_cast<socklen_t>(endpoint.size())) != 0 ||
      ::listen(socket_.number(), backlog) != 0)
    fail(settings, std::strerror(errno));
  boost::asio::ip::tcp::endpoint bound;
  auto size = static_cast<socklen_t>(bound.capacity());
  if (::getsockname(socket_.number(), bound.data(), &size) != 0) fail(settings, std::strerror(errno));
  bound.resize(size);
  port_ = bound.port();
  spare_ = FileDescriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

void Listener::start(Shard& shard) {
  if (!socket_) return;  // stopped before it began
  shard_ = &shard;
  refilled_ = shard.now().steady;
  shard.reactor().add(socket_.number(), EPOLLIN, *this);
}

void Listener::stop() {
  if (!socket_) return;
  if (shard_ != nullptr) shard_->reactor().remove(socket_.number());
  socket_.reset();
  spare_.reset();
}

bool Listener::may_accept() {
  const Settings& settings = server_.settings;
  if (server_.connections.load(std::memory_order_relaxed) >= settings.connections_max) return false;
  const auto most = static_cast<double>(settings.connections_per_s);
  const SteadyTime now = shard_->now().steady;
  tokens_ = std::min(most, tokens_ + std::chrono::duration<double>(now - refilled_).count() * most);
  refilled_ = now;
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

void Listener::on_ready(std::uint32_t) {
  for (int i = 0; i < accepts_per_turn && socket_; ++i) {
    boost::asio::ip::tcp::endpoint peer;
    auto size = static_cast<socklen_t>(peer.capacity());
    FileDescriptor socket(::accept4(socket_.number(), peer.data(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket) {
      if (errno == ECONNABORTED || errno == EINTR || errno == EPROTO) continue;
      if (errno == EMFILE || errno == ENFILE) {
        accept_one_to_refuse_it();
        continue;
      }
      return;
    }
    if (!may_accept()) {
      refuse(std::move(socket));
      continue;
    }
    peer.resize(size);
    deliver_({std::move(socket), plain_address(peer.address())});
  }
}

// Without a free descriptor the connection would stay in the backlog, and the loop would spin on it.
void Listener::accept_one_to_refuse_it() {
  spare_.reset();
  refuse(FileDescriptor(::accept4(socket_.number(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)));
  spare_ = FileDescriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

void Listener::refuse(FileDescriptor socket) const {
  if (!socket) return;
  server_.metrics.responded(503);
  if (server_.settings.tls.enabled()) return;  // without a handshake there is nothing that it would understand
  static_cast<void>(::send(socket.number(), too_many.data(), too_many.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
  ::shutdown(socket.number(), SHUT_WR);
  // Unread bytes would turn the close into a reset, which can overtake the answer.
  std::array<char, 4'096> ignored;
  static_cast<void>(::recv(socket.number(), ignored.data(), ignored.size(), MSG_DONTWAIT));
}

}  // namespace fieldcast::transport
