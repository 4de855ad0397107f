#include "fieldcast/rooms/home.hpp"

namespace fieldcast::rooms {

bool Home::is_newer(const AgentId& agent, Timestamp recorded_at) const {
  const SlotIndex index = table_.find(agent);
  if (index == no_slot) return true;
  const Slot& slot = table_.slot(index);
  return slot.gone ? recorded_at >= slot.recorded_at : recorded_at > slot.recorded_at;
}

SlotIndex Home::move(const AgentId& agent, Fragment fragment, Coordinates at, Timestamp recorded_at) {
  Change change;
  change.agent = agent;
  change.version = table_.version() + 1;
  change.moved = true;
  change.fragment = std::move(fragment);
  change.at = at;
  change.recorded_at = recorded_at;
  change.presence = PresenceState::offline;  // taken for a new agent only
  return table_.apply(change);
}

SlotIndex Home::set_presence(const AgentId& agent, PresenceState state, Timestamp since) {
  const SlotIndex index = table_.find(agent);
  if (index == no_slot || table_.slot(index).gone) return no_slot;
  const Slot& slot = table_.slot(index);
  if (slot.presence == state && slot.presence_since == since) return index;
  Change change;
  change.agent = agent;
  change.version = table_.version() + 1;
  change.presence_changed = true;
  change.presence = state;
  change.presence_since = since;
  return table_.apply(change);
}

void Home::remove(const AgentId& agent) {
  const SlotIndex index = table_.find(agent);
  if (index == no_slot || table_.slot(index).gone) return;
  Change change;
  change.agent = agent;
  change.version = table_.version() + 1;
  change.gone = true;
  change.recorded_at = table_.slot(index).recorded_at;
  change.presence = PresenceState::offline;
  table_.apply(change, taken_);
}

std::vector<Change> Home::take_changes() {
  std::vector<Change> changes;
  for (SlotIndex index = table_.first_since(taken_); index != no_slot; index = table_.next(index)) {
    changes.push_back(change_of(table_.slot(index), taken_));
  }
  taken_ = table_.version();
  return changes;
}

std::vector<Change> Home::all() const {
  std::vector<Change> changes;
  changes.reserve(table_.agents() + LatestTable::tombstones_max);
  Version forgotten = table_.forgotten();
  const auto add_forgotten = [&changes, &forgotten] {
    Change marker;
    marker.version = std::exchange(forgotten, 0);
    changes.push_back(marker);
  };
  for (SlotIndex index = table_.first_since(0); index != no_slot; index = table_.next(index)) {
    const Slot& slot = table_.slot(index);
    if (forgotten != 0 && forgotten < slot.version()) add_forgotten();
    changes.push_back(change_of(slot, 0));
  }
  if (forgotten != 0) add_forgotten();
  return changes;
}

Change Home::change_of(const Slot& slot, Version since) const {
  Change change;
  change.agent = slot.agent;
  change.version = slot.version();
  change.gone = slot.gone;
  change.moved = !slot.gone && slot.position_version > since;
  change.presence_changed = !slot.gone && slot.presence_version > since;
  change.recorded_at = slot.recorded_at;
  change.presence = slot.presence;
  change.presence_since = slot.presence_since;
  change.fragment = slot.fragment;
  change.at = slot.at;
  return change;
}

}  // namespace fieldcast::rooms
