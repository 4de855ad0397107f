// What the transport asks of those above it. One Application per shard; every call
// on that shard's thread.
#pragma once

#include "fieldcast/base/clock.hpp"
#include "fieldcast/domain/outcome.hpp"
#include "fieldcast/transport/http_message.hpp"

#include <variant>

namespace fieldcast::transport {

/// The sending side of one WebSocket. Valid from on_open until on_closed.
class Channel {
 public:
  virtual ~Channel() = default;
  /// Queues a text message; written together with others at the end of this turn of the loop.
  /// When the outbox is full the socket is closed with too_slow (4101).
  virtual void send(MessagePtr message) = 0;
  virtual void send_text(std::string_view text) = 0;  // for this socket alone
  virtual void ping() = 0;
  /// Close frame, then the end. Nothing may be sent afterwards. Idempotent.
  virtual void close(std::uint16_t code, std::string_view reason) = 0;
  /// True while the socket keeps up; otherwise on_writable comes when it does again.
  virtual bool ready() const = 0;
  /// Asks for on_tick at this time when it is due later by now. From the handler's calls only.
  virtual void tick_by(SteadyTime) {}
};

/// The receiving side of one WebSocket; owned by the connection.
class SocketHandler {
 public:
  virtual ~SocketHandler() = default;
  virtual void on_open(Channel& channel, Now now) = 0;
  virtual void on_text(std::string_view text, bool padded, Now now) = 0;
  virtual void on_pong(Now now) = 0;
  /// Frames that were decoded in one read, messages included.
  virtual void on_frames(std::uint32_t frames, Now now) = 0;
  virtual void on_writable(Now now) = 0;
  /// Called right after on_open and then when due, up to 100 ms late; returns when it is next due.
  /// The transport does pings and dead-peer detection itself.
  virtual SteadyTime on_tick(Now now) = 0;
  /// Once, when the close begins from either side or the socket is gone; `code` is the close code,
  /// 1006 when there was none. Never from inside a call of Channel's members. Destroyed afterwards.
  virtual void on_closed(std::uint16_t code) = 0;
};

class Application {
 public:
  virtual ~Application() = default;

  /// Asked when the head is complete: a refusal, or how large the body may be.
  virtual std::variant<HttpResponse, std::size_t> on_head(const HttpRequest& head) = 0;
  virtual void on_request(HttpRequest request, HttpResponderPtr responder) = 0;
  /// A well-formed WebSocket upgrade: a refusal, or who handles the socket.
  virtual std::variant<HttpResponse, std::unique_ptr<SocketHandler>> on_upgrade(const HttpRequest& request) = 0;
  /// Every connection is refused or ended with the outcome's response by the transport (408, 431, …):
  /// this makes its body, so that all errors look alike.
  virtual HttpResponse refusal(const Outcome& outcome) = 0;
};

}  // namespace fieldcast::transport
