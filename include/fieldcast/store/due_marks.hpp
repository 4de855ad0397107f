// Which hours of agents a group of positions makes due: what the writers of both engines have in common.
//
// The hour that runs is marked once per agent and writer. It is not worked on before it is over, so its mark stays;
// that it was made is remembered once the commit has succeeded, and as long as the hour runs.
// Threads: one.
#pragma once

#include "fieldcast/base/clock.hpp"

#include <algorithm>
#include <boost/unordered/unordered_flat_set.hpp>
#include <span>
#include <vector>

namespace fieldcast::store {

class DueMarks {
 public:
  struct Mark {
    std::int64_t agent_id;
    Timestamp hour;
    friend auto operator<=>(const Mark&, const Mark&) = default;
  };

  /// A new group, at this time.
  void begin(Timestamp now) {
    marks_.clear();
    const Timestamp hour = hour_of(now);
    if (hour == running_) return;
    running_ = hour;
    marked_.clear();
  }

  /// Cheapest when the positions of an agent follow each other.
  void note(std::int64_t agent_id, Timestamp recorded_at) {
    const Timestamp hour = hour_of(recorded_at);
    if (!marks_.empty() && noted_ == Mark{agent_id, hour}) return;
    noted_ = {agent_id, hour};
    mark(agent_id, hour);
    if (hour < running_) mark(agent_id, hour + std::chrono::hours{1});
  }

  /// Sorted, each once: the order of locks.
  std::span<const Mark> marks() {
    std::sort(marks_.begin(), marks_.end());
    marks_.erase(std::unique(marks_.begin(), marks_.end()), marks_.end());
    return marks_;
  }

  /// The group was committed.
  void adopt() {
    for (const Mark& mark : marks_)
      if (mark.hour == running_) marked_.insert(mark.agent_id);
  }

 private:
  static Timestamp hour_of(Timestamp time) { return std::chrono::floor<std::chrono::hours>(time); }

  void mark(std::int64_t agent_id, Timestamp hour) {
    if (hour != running_ || !marked_.contains(agent_id)) marks_.push_back({agent_id, hour});
  }

  std::vector<Mark> marks_;
  Mark noted_{};
  Timestamp running_ = Timestamp::min();
  boost::unordered_flat_set<std::int64_t> marked_;  // agents whose running hour is marked
};

}  // namespace fieldcast::store
