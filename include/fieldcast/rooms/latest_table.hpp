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

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace fieldcast::rooms {

using Version = std::uint64_t;  // 0: before everything
using SlotIndex = std::uint32_t;
inline constexpr SlotIndex no_slot = ~SlotIndex{0};

/// A serialised position, shared by all shards: codec::position_fragment.
using Fragment = std::shared_ptr<const std::string>;

/// One change of one agent, as it travels from the home of a room to its mirrors.
struct Change {
  AgentId agent;
  Version version = 0;
  bool moved = false;  // fragment, at and recorded_at are new; otherwise only presence is
  bool gone = false;   // the agent left the room: its slot stays as a tombstone, see LatestTable
  Fragment fragment;
  Coordinates at;
  Timestamp recorded_at{};
  PresenceState presence = PresenceState::online;
  Timestamp presence_since{};
};

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
  /// Applies a change; its version must be above version(). Returns its slot.
  /// A gone agent keeps its slot as a tombstone, so that a resume can name it in `left`;
  /// the 1,024 newest tombstones are kept, and since_is_complete tells when one was dropped.
  SlotIndex apply(const Change& change);

  SlotIndex find(const AgentId& agent) const;
  const Slot& slot(SlotIndex index) const { return slots_[index]; }
  Version version() const { return version_; }
  std::size_t agents() const;  // without tombstones
  std::size_t slot_count() const { return slots_.size(); }
  /// False when a tombstone newer than `since` is forgotten: only a full snapshot is right then.
  bool since_is_complete(Version since) const;

  /// Slots changed after `since`, oldest change first: first_since, then next until no_slot.
  SlotIndex first_since(Version since) const;
  SlotIndex next(SlotIndex index) const;

 private:
  struct Link {
    SlotIndex older = no_slot, newer = no_slot;
  };
  std::vector<Slot> slots_;
  std::vector<Link> links_;
  std::vector<SlotIndex> free_;
  std::unordered_map<AgentId, SlotIndex> by_agent_;
  SlotIndex newest_ = no_slot, oldest_ = no_slot;
  Version version_ = 0;
  Version forgotten_ = 0;
  std::size_t tombstones_ = 0;
};

}  // namespace fieldcast::rooms
