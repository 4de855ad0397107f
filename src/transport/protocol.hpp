// What is spoken on one connection: first perhaps a PROXY header, then HTTP, then perhaps WebSocket.
#pragma once

#include "fieldcast/base/clock.hpp"

#include <cstddef>
#include <span>
#include <string_view>

namespace fieldcast {
struct Outcome;
}

namespace fieldcast::transport {

inline constexpr SteadyTime never = SteadyTime::max();

/// Why a connection ends while it is in use.
struct DrainPlan {
  std::string_view goaway_text;
  const Outcome& outcome;
  SteadyTime end_at;  // this connection's turn
};

/// One side of a conversation; owned by its Connection, which calls it on the shard's thread.
class Protocol {
 public:
  virtual ~Protocol() = default;
  /// How many bytes may be read at once; more only for one that must not run into what follows.
  virtual std::size_t bytes_wanted() const { return static_cast<std::size_t>(-1); }
  /// `readable_after`: bytes behind them that may be read.
  virtual void on_bytes(std::span<char> bytes, std::size_t readable_after) = 0;
  /// The peer will send no more. False: the connection is over.
  virtual bool on_end_of_input() = 0;
  /// Output was written as far as possible. `drained`: all of it; `was_behind`: ready() had been false.
  virtual void on_flushed(bool drained, bool was_behind) = 0;
  /// Does what is due; returns when it is next due.
  virtual SteadyTime on_timer(Now now) = 0;
  /// Nothing could be written for write_stall_max.
  virtual void on_stalled() = 0;
  /// The queue of output is full and something was not queued.
  virtual void on_overflow() = 0;
  virtual void on_drain(const DrainPlan& plan) = 0;
  /// The socket is closed; the last call.
  virtual void on_gone() = 0;
};

}  // namespace fieldcast::transport
