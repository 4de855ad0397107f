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

namespace fieldcast::rooms {

class Home {
 public:
  /// `epoch`: random, not 0.
  explicit Home(std::uint64_t epoch) : epoch_(epoch) {}

  std::uint64_t epoch() const { return epoch_; }
  const LatestTable& table() const { return table_; }

  /// True when the agent has no position yet or an older one (by recorded_at).
  /// An agent that left may come back with the position it left with, not with an older one.
  bool is_newer(const AgentId& agent, Timestamp recorded_at) const;

  /// Takes a newer position (is_newer was asked). Version given here.
  SlotIndex move(const AgentId& agent, Fragment fragment, Coordinates at, Timestamp recorded_at);
  /// no_slot for an agent without position: there is nothing to show of it yet.
  SlotIndex set_presence(const AgentId& agent, PresenceState state, Timestamp since);
  /// Nothing happens when the agent is not there.
  void remove(const AgentId& agent);

  /// Changes since the last take, oldest first, one per agent: its latest. Empty when none.
  std::vector<Change> take_changes();
  /// The same for a room without mirrors: nothing is built. Without either, tombstones pile up.
  void skip_changes() { taken_ = table_.version(); }
  bool has_changes() const { return taken_ < table_.version(); }
  Version taken() const { return taken_; }  // what mirrors have been told

  /// The whole table as changes, for a new mirror; tombstones and what is forgotten of them
  /// included, so that a client can resume there as well. May be ahead of taken(): the
  /// mirror then passes over what the next take repeats.
  std::vector<Change> all() const;

 private:
  Change change_of(const Slot& slot, Version since) const;

  std::uint64_t epoch_;
  LatestTable table_;
  Version taken_ = 0;
};

}  // namespace fieldcast::rooms
