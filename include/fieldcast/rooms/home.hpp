// The home of a team: the one place that decides "newer or not" and gives versions.
//
// Holds the latest position of each agent and which mirrors (one per shard with
// watchers) want what. Changes of one window are taken together: the first after a
// quiet time leaves at once, those after it leave together when the window ends,
// so a busy room costs one message per window instead of one per position, and no
// position waits longer than a window.
// Threads: the home shard's.
#pragma once

#include "fieldcast/rooms/latest_table.hpp"

#include <span>

namespace fieldcast::rooms {

class Home {
 public:
  /// `epoch`: random, not 0.
  explicit Home(std::uint64_t epoch) : epoch_(epoch) {}

  std::uint64_t epoch() const { return epoch_; }
  const LatestTable& table() const { return table_; }

  /// True when the agent has no position yet or an older one (by recorded_at).
  bool is_newer(const AgentId& agent, Timestamp recorded_at) const;

  /// Takes a newer position (is_newer was asked). Version given here.
  SlotIndex move(const AgentId& agent, Fragment fragment, Coordinates at, Timestamp recorded_at);
  SlotIndex set_presence(const AgentId& agent, PresenceState state, Timestamp since);
  void remove(const AgentId& agent);

  /// Changes since the last take, oldest first, one per agent: its latest. Empty when none.
  std::vector<Change> take_changes();
  bool has_changes() const { return taken_ < table_.version(); }
  Version taken() const { return taken_; }  // what mirrors have been told

  /// The whole table as changes, for a new mirror; tombstones left out.
  std::vector<Change> all() const;

 private:
  Change change_of(SlotIndex index, Version since) const;
  std::uint64_t epoch_;
  LatestTable table_;
  Version taken_ = 0;
};

}  // namespace fieldcast::rooms
