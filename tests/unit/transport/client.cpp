#include "client.hpp"

#include "fieldcast/websocket/encoder.hpp"

#include <arpa/inet.h>
#include <array>
#include <cstdlib>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace fieldcast::transport::testing {

std::chrono::milliseconds Client::patience{10'000};

std::string Response::header(std::string_view name) const {
  std::size_t at = head.find("\r\n");
  while (at != std::string::npos && at + 2 < head.size()) {
    const std::size_t end = head.find("\r\n", at + 2);
    const std::string line = head.substr(at + 2, end - at - 2);
    if (line.size() > name.size() && line[name.size()] == ':' &&
        ::strncasecmp(line.data(), name.data(), name.size()) == 0)
      return line.substr(line.find_first_not_of(' ', name.size() + 1));
    at = end;
  }
  return {};
}

struct Client::Collector final : websocket::Events {
  websocket::Decoder decoder{websocket::Role::client};
  std::vector<Frame> frames;
  void on_text(std::string_view text, std::size_t) override {
    frames.push_back({Frame::Kind::text, std::string(text), 0});
  }
  void on_binary(std::string_view bytes) override { frames.push_back({Frame::Kind::binary, std::string(bytes), 0}); }
  void on_ping(std::string_view payload) override { frames.push_back({Frame::Kind::ping, std::string(payload), 0}); }
  void on_pong(std::string_view payload) override { frames.push_back({Frame::Kind::pong, std::string(payload), 0}); }
  void on_close(std::uint16_t code, std::string_view reason) override {
    frames.push_back({Frame::Kind::close, std::string(reason), code});
  }
};

Client::Client(std::uint16_t port, int receive_bytes, const char* address) : collector_(new Collector) {
  const bool v6 = std::string_view(address).find(':') != std::string_view::npos;
  socket_ = ::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (receive_bytes != 0) ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
  const int one = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  sockaddr_in6 to6{};
  sockaddr_in to4{};
  to6.sin6_family = AF_INET6;
  to4.sin_family = AF_INET;
  to6.sin6_port = to4.sin_port = htons(port);
  ::inet_pton(v6 ? AF_INET6 : AF_INET, address, v6 ? static_cast<void*>(&to6.sin6_addr) : &to4.sin_addr);
  const auto* to = v6 ? reinterpret_cast<const sockaddr*>(&to6) : reinterpret_cast<const sockaddr*>(&to4);
  if (::connect(socket_, to, v6 ? sizeof to6 : sizeof to4) != 0) throw std::runtime_error("connect");
}

Client::~Client() {
  if (tls_ != nullptr) {
    SSL_set_shutdown(tls_, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);  // keeps the session good for resumption
    SSL_free(tls_);
  }
  SSL_CTX_free(tls_context_);
  ::close(socket_);
}

bool Client::start_tls(const Tls& how) {
  tls_context_ = SSL_CTX_new(TLS_client_method());
  if (how.version_max != 0) SSL_CTX_set_max_proto_version(tls_context_, how.version_max);
  tls_ = SSL_new(tls_context_);
  if (how.resume != nullptr) SSL_set_session(tls_, how.resume);
  const std::array<unsigned char, 9> alpn{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  SSL_set_alpn_protos(tls_, alpn.data(), alpn.size());
  SSL_set_fd(tls_, socket_);
  return SSL_connect(tls_) == 1;
}

void Client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = tls_ != nullptr ? SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
                                      : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // the peer is gone: what it said before is still to be read
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void Client::finish_sending() { ::shutdown(socket_, SHUT_WR); }

void Client::reset_on_close() {
  const linger none{1, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &none, sizeof none);
}

bool Client::receive() {
  if (ended_) return false;
  pollfd ready{socket_, POLLIN, 0};
  if ((tls_ == nullptr || SSL_pending(tls_) == 0) && ::poll(&ready, 1, static_cast<int>(patience.count())) != 1)
    return false;
  std::array<char, 65'536> buffer;
  const auto got =
      tls_ != nullptr ? SSL_read(tls_, buffer.data(), buffer.size()) : ::recv(socket_, buffer.data(), buffer.size(), 0);
  if (got <= 0) {
    ended_ = true;
    return false;
  }
  received_.append(buffer.data(), static_cast<std::size_t>(got));
  return true;
}

bool Client::wait_for(std::string_view text) {
  while (received_.find(text) == std::string::npos)
    if (!receive()) return false;
  return true;
}

std::optional<std::string> Client::rest() {
  while (receive()) {
  }
  if (!ended_) return std::nullopt;
  return std::exchange(received_, {});
}

Response Client::response(bool head_only) {
  Response response;
  if (!wait_for("\r\n\r\n")) return response;
  const std::size_t head = received_.find("\r\n\r\n") + 4;
  response.head = received_.substr(0, head);
  response.status = std::atoi(response.head.c_str() + 9);
  received_.erase(0, head);
  const std::string length = response.header("content-length");
  if (head_only || length.empty()) return response;
  const auto bytes = static_cast<std::size_t>(std::atoll(length.c_str()));
  while (received_.size() < bytes)
    if (!receive()) break;
  response.body = received_.substr(0, bytes);
  received_.erase(0, response.body.size());
  return response;
}

Response Client::upgrade(std::string_view path, std::string_view more_headers) {
  send("GET " + std::string(path) + " HTTP/1.1\r\n" + std::string(upgrade_headers) + std::string(more_headers) +
       "\r\n");
  return response();
}

void Client::send_frame(int opcode, std::string_view payload, bool fin) {
  std::string frame;
  websocket::append_frame(frame, static_cast<websocket::Opcode>(opcode), payload, 0x12345678U, fin);
  send(frame);
}

void Client::send_text(std::string_view text) { send_frame(1, text); }

std::optional<Frame> Client::frame() {
  while (collector_->frames.empty()) {
    if (received_.empty() && !receive()) return std::nullopt;
    std::string bytes = std::exchange(received_, {});
    collector_->decoder.feed(bytes, 0, {1'000'000'000, 1'000}, *collector_);
  }
  Frame first = std::move(collector_->frames.front());
  collector_->frames.erase(collector_->frames.begin());
  return first;
}

}  // namespace fieldcast::transport::testing
