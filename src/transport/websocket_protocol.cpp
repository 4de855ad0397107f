#include "websocket_protocol.hpp"

#include "fieldcast/websocket/encoder.hpp"
#include "shard.hpp"

#include <algorithm>
#include <utility>

namespace fieldcast::transport {

namespace {
constexpr seconds close_patience{5};
constexpr std::uint16_t no_close_code = 1005;  // the peer's close frame was empty
}  // namespace

WebSocketProtocol::WebSocketProtocol(Connection& connection, std::unique_ptr<SocketHandler> handler)
    : connection_(connection),
      decoder_(websocket::Role::server),
      handler_(std::move(handler)),
      heard_(connection.shard().now().steady),
      pinged_(heard_) {}

WebSocketProtocol::~WebSocketProtocol() = default;

void WebSocketProtocol::open() {
  const Now& now = shard().now();
  // Sockets that came together after a restart must not be pinged together for ever.
  const std::chrono::duration<double> earlier = shard().settings().heartbeat * (shard().random_fraction() / 2);
  pinged_ -= std::chrono::duration_cast<SteadyTime::duration>(earlier);
  handler_->on_open(*this, now);
  connection_.wake_by(std::min(heartbeat_due(now), tick(now)));
}

void WebSocketProtocol::on_bytes(std::span<char> bytes, std::size_t readable_after) {
  heard_ = shard().now().steady;
  if (state_ == State::failing || state_ == State::shut) return;  // what it says does not matter any more
  const websocket::Violation violation = decoder_.feed(bytes, readable_after, shard().settings().websocket, *this);
  answer_ping();
  const std::uint32_t frames = decoder_.take_frames_seen();
  if (state_ == State::open && frames != 0) handler_->on_frames(frames, shard().now());
  const bool too_big =
      violation == websocket::Violation::message_too_big || violation == websocket::Violation::length_too_big;
  if (violation != websocket::Violation::none) fail(too_big ? outcome::message_too_big : outcome::bad_frame);
}

void WebSocketProtocol::on_text(std::string_view text, std::size_t readable_after) {
  if (state_ != State::open) return;
  handler_->on_text(text, readable_after >= Shard::padding_bytes, shard().now());
}

void WebSocketProtocol::on_binary(std::string_view) { fail(outcome::bad_frame); }

// RFC 6455 5.5.3: of several pings only the last need be answered. A flood of them costs one pong a read.
void WebSocketProtocol::on_ping(std::string_view payload) { ping_ = std::make_unique<std::string>(payload); }

void WebSocketProtocol::answer_ping() {
  if (!ping_) return;
  if (state_ == State::open) control(websocket::Opcode::pong, *ping_);
  ping_.reset();
}

void WebSocketProtocol::on_pong(std::string_view) {
  if (state_ == State::open) handler_->on_pong(shard().now());
}

void WebSocketProtocol::on_close(std::uint16_t code, std::string_view) {
  if (state_ == State::closing) {
    state_ = State::closed;
    connection_.want_flush();
  } else if (state_ == State::open) {
    begin_close(State::closed, code, {});
  }
}

void WebSocketProtocol::send(MessagePtr message) {
  if (state_ != State::open) return;
  if (!connection_.queue(std::move(message), rooms::Outbox::Form::frame)) on_overflow();
}

void WebSocketProtocol::send_text(std::string_view text) {
  if (state_ == State::open) control(websocket::Opcode::text, text);
}

void WebSocketProtocol::ping() {
  if (state_ != State::open) return;
  pinged_ = shard().now().steady;
  pinged_once_ = true;
  control(websocket::Opcode::ping, {});
}

void WebSocketProtocol::control(websocket::Opcode opcode, std::string_view payload) {
  std::string frame;
  websocket::append_frame(frame, opcode, payload);
  if (!connection_.queue(std::move(frame))) on_overflow();
}

void WebSocketProtocol::close(std::uint16_t code, std::string_view reason) {
  if (state_ == State::open) begin_close(State::closing, code, reason);
}

void WebSocketProtocol::begin_close(State next, std::uint16_t code, std::string_view reason) {
  state_ = next;
  close_code_ = code;
  std::string frame;
  if (code == no_close_code)
    websocket::append_frame(frame, websocket::Opcode::close, {});
  else
    websocket::append_close(frame, code, reason);
  connection_.queue_always(std::move(frame));
  end_by_ = shard().now().steady + close_patience;
  connection_.wake_by(end_by_);
}

// The peer broke the rules or does not keep up: what waits for it is dropped, and its answer is not awaited.
void WebSocketProtocol::fail(const Outcome& outcome) {
  if (state_ == State::failing || state_ == State::shut) return;
  const bool close_sent = state_ != State::open;
  if (close_sent) {
    state_ = State::failing;
    connection_.want_flush();
    return;
  }
  connection_.drop_queue();
  begin_close(State::failing, outcome.close_code, outcome.code);
}

void WebSocketProtocol::on_overflow() { fail(outcome::too_slow); }

void WebSocketProtocol::on_stalled() {
  if (state_ != State::open) return connection_.end();
  fail(outcome::too_slow);
}

void WebSocketProtocol::on_flushed(bool drained, bool was_behind) {
  if (state_ == State::open) {
    if (drained && was_behind) handler_->on_writable(shard().now());
    return;
  }
  release_handler();
  if (!drained) return;
  if (state_ == State::closed) return connection_.end();
  if (state_ != State::failing) return;
  // Closing at once could destroy our close frame on its way (RST): let the peer see it and our end.
  state_ = State::shut;
  connection_.finish_writing();
}

void WebSocketProtocol::release_handler() {
  if (auto handler = std::exchange(handler_, nullptr)) handler->on_closed(close_code_);
}

void WebSocketProtocol::tick_by(SteadyTime due) {
  tick_due_ = std::min(tick_due_, due);
  connection_.wake_by(tick_due_);
}

SteadyTime WebSocketProtocol::tick(Now now) {
  if (state_ != State::open) return never;
  tick_due_ = never;
  const SteadyTime next = handler_->on_tick(now);  // may call tick_by
  tick_due_ = std::min(tick_due_, next);
  return tick_due_;
}

// A peer that only listens is pinged too: its pong is how we know that it is there.
SteadyTime WebSocketProtocol::heartbeat_due(Now now) {
  const seconds heartbeat = shard().settings().heartbeat;
  const auto quiet_since = [this] {
    return pinged_once_ ? std::max(std::min(heard_, connection_.last_sent()), pinged_) : pinged_;
  };
  if (now.steady >= quiet_since() + heartbeat) ping();
  return std::min(quiet_since() + heartbeat, heard_ + 2 * heartbeat);
}

SteadyTime WebSocketProtocol::on_timer(Now now) {
  if (now.steady >= end_by_) {
    if (state_ != State::open) {
      connection_.end();
      return never;
    }
    close(drain_outcome_->close_code, drain_outcome_->code);
  }
  if (state_ != State::open) return end_by_;
  if (now.steady >= heard_ + 2 * shard().settings().heartbeat) {
    fail(outcome::silent);
    connection_.cut();
    return never;
  }
  const SteadyTime beat = heartbeat_due(now);
  const SteadyTime due = now.steady >= tick_due_ ? tick(now) : tick_due_;
  return state_ == State::open ? std::min({beat, due, end_by_}) : end_by_;
}

void WebSocketProtocol::on_drain(const DrainPlan& plan) {
  if (state_ != State::open) return;
  if (!plan.goaway_text.empty()) send_text(plan.goaway_text);
  if (state_ != State::open) return;  // its outbox was full
  drain_outcome_ = &plan.outcome;
  end_by_ = plan.end_at;
  connection_.wake_by(end_by_);
}

void WebSocketProtocol::on_gone() {
  state_ = State::shut;
  shard().metrics().closed(close_code_);
  release_handler();
}

}  // namespace fieldcast::transport
