// One WebSocket: frames both ways, heartbeat, and an orderly end.
//
//   open ── our close ──▶ closing ── peer's close ──▶ closed ── written ──▶ (gone)
//     ├── peer's close ──────────────────────────────▶ closed
//     └── violation, too slow ──▶ failing ── written ──▶ our end is shut; peer's end, or 5 s ──▶ (gone)
#pragma once

#include "connection.hpp"
#include "fieldcast/transport/application.hpp"
#include "fieldcast/websocket/decoder.hpp"

#include <memory>
#include <string>

namespace fieldcast::transport {

class WebSocketProtocol final : public Protocol, public Channel, private websocket::Events {
 public:
  WebSocketProtocol(Connection& connection, std::unique_ptr<SocketHandler> handler);
  ~WebSocketProtocol() override;
  void open();

  void on_bytes(std::span<char> bytes, std::size_t readable_after) override;
  bool on_end_of_input() override { return false; }
  void on_flushed(bool drained, bool was_behind) override;
  SteadyTime on_timer(Now now) override;
  void on_stalled() override;
  void on_overflow() override;
  void on_drain(const DrainPlan& plan) override;
  void on_gone() override;

  void send(MessagePtr message) override;
  void send_text(std::string_view text) override;
  void ping() override;
  void close(std::uint16_t code, std::string_view reason) override;
  bool ready() const override { return state_ == State::open && connection_.ready(); }
  void tick_by(SteadyTime due) override;

 private:
  enum class State : std::uint8_t { open, closing, closed, failing, shut };

  void on_text(std::string_view text, std::size_t readable_after) override;
  void on_binary(std::string_view bytes) override;
  void on_ping(std::string_view payload) override;
  void on_pong(std::string_view payload) override;
  void on_close(std::uint16_t code, std::string_view reason) override;

  void begin_close(State next, std::uint16_t code, std::string_view reason);
  void answer_ping();
  void fail(const Outcome& outcome);
  void control(websocket::Opcode opcode, std::string_view payload);
  void release_handler();
  SteadyTime heartbeat_due(Now now);
  SteadyTime tick(Now now);
  Shard& shard() { return connection_.shard(); }

  Connection& connection_;
  websocket::Decoder decoder_;
  std::unique_ptr<std::string> ping_;  // the last one of this read, still to be answered
  std::unique_ptr<SocketHandler> handler_;
  SteadyTime heard_;
  SteadyTime pinged_;
  SteadyTime tick_due_ = never;
  SteadyTime end_by_ = never;  // of the close, or (while open) of the drain
  const Outcome* drain_outcome_ = nullptr;
  std::uint16_t close_code_ = 1006;
  State state_ = State::open;
  bool pinged_once_ = false;
};

}  // namespace fieldcast::transport
