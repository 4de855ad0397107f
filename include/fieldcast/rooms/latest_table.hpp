// The latest position of every agent of a room, in the order of change.
//
// One idea carries snapshots, resumption, slow watchers and windows: every slot
// holds the version of its last change, and slots are linked in version order.
// "What has changed since version v" is a walk over exactly those slots, whatever
// the time that passed; nobody keeps a queue or a history for it.
// Versions grow by one per change and are given by the room's home.
// Threads: one. Cost: O(1) per change, O(changed) per walk.
#pragma once

#include "fieldcast/domain/position.hpp"
#include "fieldcast/domain/presence_state.hpp"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace fieldcast::rooms {

using Version = std::uint64_t;  // 0: before everything
using SlotIndex = std::uint32_t;
inline constexpr SlotIndex no_slot = ~SlotIndex{0};

/// A serialised position, shared by all shards: codec::position_fragment.
using Fragment = std::shared_ptr<const std::string>;

/// What changed of one agent since its mirror was last told, as it travels from the home of a room.
/// One without agent says only that tombstones up to its version are forgotten.
struct Change {
  AgentId agent;
  Version version = 0;
  bool moved = false;             // fragment, at and recorded_at are new
  bool presence_changed = false;  // presence and presence_since are new; may stand beside `moved`
  bool gone = false;              // the agent left the room: its slot stays as a tombstone, see LatestTable
  Fragment fragment;
  Coordinates at;
  Timestamp recorded_at{};
  PresenceState presence = PresenceState::online;
  Timestamp presence_since{};
};

/// Has a position, or is gone. A gone slot keeps recorded_at, so that nothing older can bring the agent back.
struct Slot {
  AgentId agent;
  Version position_version = 0;
  Version presence_version = 0;
  bool gone = false;
  Fragment fragment;
  Coordinates at;
  Timestamp recorded_at{};
  PresenceState presence = PresenceState::offline;
  Timestamp presence_since{};

  Version version() const { return std::max(position_version, presence_version); }
};

class LatestTable {
 public:
  static constexpr std::size_t tombstones_max = 1'024;

  /// Applies a change and returns its slot. A change not above version() is known already and
  /// passed over; so is the presence of an agent without position: no_slot for both.
  /// A gone agent keeps its slot as a tombstone, so that a resume can name it in `left`;
  /// the newest tombstones_max are kept, and since_is_complete tells when one was dropped.
  /// Tombstones above `forgettable` stay whatever their number: the home's, until its mirrors know.
  SlotIndex apply(const Change& change, Version forgettable = ~Version{0});

  /// Makes this fresh table what the home was at `version`: `changes` of Home::all, or those of one agent.
  void restore(std::span<const Change> changes, Version version);

  /// Tombstones included.
  SlotIndex find(const AgentId& agent) const;
  const Slot& slot(SlotIndex index) const { return slots_[index]; }
  Version version() const { return version_; }
  std::size_t agents() const { return by_agent_.size() - tombstones_; }
  std::size_t slot_count() const { return slots_.size(); }  // above every SlotIndex in use
  /// False when a tombstone newer than `since` is forgotten: only a full snapshot is right then.
  bool since_is_complete(Version since) const { return since == 0 || since >= forgotten_; }
  Version forgotten() const { return forgotten_; }

  /// Slots changed after `since`, oldest change first: first_since, then next until no_slot.
  /// Cost of first_since: O(slots changed since), or O(1) when `hint` is the slot of change `since`.
  SlotIndex first_since(Version since, SlotIndex hint = no_slot) const;
  SlotIndex next(SlotIndex index) const { return links_[index].newer; }

 private:
  struct Link {
    SlotIndex older = no_slot, newer = no_slot;
  };
  struct Tombstone {
    Version version;
    SlotIndex slot;
  };

  SlotIndex slot_for(const AgentId& agent);
  void unlink(SlotIndex index);
  void link_newest(SlotIndex index);
  bool is_current(const Tombstone& tombstone) const;
  void bury(SlotIndex index, Version forgettable);
  void drop_oldest_tombstone();

  std::vector<Slot> slots_;
  std::vector<Link> links_;
  std::vector<SlotIndex> free_;
  std::unordered_map<AgentId, SlotIndex> by_agent_;
  SlotIndex newest_ = no_slot, oldest_ = no_slot;
  Version version_ = 0;
  Version forgotten_ = 0;
  std::deque<Tombstone> buried_;  // oldest first; entries of agents that came back are stale
  std::size_t tombstones_ = 0;
};

}  // namespace fieldcast::rooms
