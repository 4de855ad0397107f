// The offline queue of a phone: what was recorded and not yet acknowledged.
//
// A fix leaves the queue only when the server says that it is settled. Batches under way
// ("flights") return to the front, in their order, when the connection is lost; one that the server
// could not store returns alone. Pure. Threads: one.
// Limits: fixes_max wait at most; the oldest are forgotten then, and counted.
#pragma once

#include "fieldcast/base/clock.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace fieldcast::simulate {

struct QueuedFix {
  std::uint32_t agent = 0;  // whose: a number that the owner gave
  Timestamp recorded_at{};
  std::string members;  // see append_fix_members
};

struct Flight {
  std::int64_t id = 0;
  SteadyTime sent_at{};
  std::vector<QueuedFix> fixes;
};

class FixQueue {
 public:
  explicit FixQueue(std::size_t fixes_max = 1'000'000) : fixes_max_(fixes_max) {}

  void push(QueuedFix fix);

  /// Takes the oldest that wait, `count_max` and about `bytes_max` of text at most (but one fix always), as a new
  /// flight. Null when none waits. Valid until the next call.
  const Flight* take(std::size_t count_max, std::size_t bytes_max, SteadyTime now);
  /// The flight is settled, for better or worse. Nothing when no such flight is under way.
  std::optional<Flight> settle(std::int64_t id);
  /// Not stored: back to the front. False when no such flight is under way.
  bool refuse(std::int64_t id);
  /// The connection is gone and with it every flight.
  void lose_flights();

  std::size_t waiting() const { return waiting_.size(); }
  std::size_t flights() const { return flights_.size(); }
  bool empty() const { return waiting_.empty() && flights_.empty(); }
  std::uint64_t forgotten() const { return forgotten_; }

 private:
  void put_back(Flight& flight);

  std::size_t fixes_max_;
  std::deque<QueuedFix> waiting_;
  std::vector<Flight> flights_;  // by id: the oldest first
  std::int64_t last_id_ = 0;
  std::uint64_t forgotten_ = 0;
};

}  // namespace fieldcast::simulate
