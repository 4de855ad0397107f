// A blocking client with deadlines: plain or TLS, HTTP or WebSocket.
#pragma once

#include "fieldcast/websocket/decoder.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <openssl/ssl.h>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fieldcast::transport::testing {

struct Response {
  int status = 0;
  std::string head;  // with status line, lower case names not enforced
  std::string body;
  /// Empty when absent; `name` as written by the server, letter case ignored.
  std::string header(std::string_view name) const;
};

struct Frame {
  enum class Kind { text, binary, ping, pong, close } kind;
  std::string text;
  std::uint16_t code = 0;
};

class Client {
 public:
  struct Tls {
    SSL_SESSION* resume = nullptr;
    int version_max = 0;
  };
  /// `receive_bytes`: SO_RCVBUF when not 0.
  explicit Client(std::uint16_t port, int receive_bytes = 0, const char* address = "127.0.0.1");
  ~Client();
  Client(const Client&) = delete;

  /// False when the handshake fails.
  bool start_tls(const Tls& how = {nullptr, 0});
  SSL* tls() { return tls_; }

  void send(std::string_view bytes);
  void finish_sending();  // half-close
  void reset_on_close();  // the server sees a reset, not an end
  /// One response; `head_only` for answers to HEAD. Status 0 when the connection ended before.
  Response response(bool head_only = false);
  /// All that comes until the peer's end; nothing when the end does not come in time.
  std::optional<std::string> rest();
  /// Reads more; false at the end or when nothing comes in time.
  bool receive();
  std::string& received() { return received_; }
  bool wait_for(std::string_view text);

  /// Upgrades and returns the response.
  Response upgrade(std::string_view path = "/ws", std::string_view more_headers = {});
  void send_text(std::string_view text);
  void send_frame(int opcode, std::string_view payload, bool fin = true);
  /// The next frame; nothing when the connection ends first.
  std::optional<Frame> frame();

  static std::chrono::milliseconds patience;

 private:
  struct Collector;
  int socket_ = -1;
  SSL* tls_ = nullptr;
  SSL_CTX* tls_context_ = nullptr;
  std::string received_;
  bool ended_ = false;
  std::unique_ptr<Collector> collector_;
};

inline constexpr std::string_view upgrade_headers =
    "Host: test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// Polls until true or the patience ends.
template <class Condition>
bool eventually(Condition condition) {
  const auto until = std::chrono::steady_clock::now() + Client::patience;
  while (!condition())
    if (std::chrono::steady_clock::now() > until) return false;
  return true;
}

}  // namespace fieldcast::transport::testing
