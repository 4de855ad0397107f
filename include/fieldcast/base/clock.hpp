// Times, and the one place that reads the system's clocks.
//
// Timestamp is wall time in UTC with millisecond resolution: what a phone
// recorded, when a token ends. SteadyTime never jumps: deadlines and intervals.
// Modules up to level 2 never read a clock; they take these as arguments.
#pragma once

#include <chrono>

namespace fieldcast {

using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;
using SteadyTime = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Both clocks read together.
struct Now {
  Timestamp wall;
  SteadyTime steady;
};

/// Threads: any.
inline Now read_clock() {
  return {std::chrono::floor<milliseconds>(std::chrono::system_clock::now()), std::chrono::steady_clock::now()};
}

constexpr Timestamp from_unix_ms(std::int64_t unix_ms) { return Timestamp{milliseconds{unix_ms}}; }
constexpr std::int64_t to_unix_ms(Timestamp time) { return time.time_since_epoch().count(); }

}  // namespace fieldcast
