#include "fieldcast/rooms/latest_table.hpp"

namespace fieldcast::rooms {

SlotIndex LatestTable::apply(const Change& change, Version forgettable) {
  if (change.version <= version_) return no_slot;
  version_ = change.version;
  if (change.agent.empty()) {
    forgotten_ = std::max(forgotten_, change.version);
    return no_slot;
  }
  if (!change.moved && !change.gone) {
    const SlotIndex known = find(change.agent);
    if (known == no_slot || slots_[known].gone) return no_slot;
  }
  const SlotIndex index = slot_for(change.agent);
  Slot& slot = slots_[index];
  unlink(index);
  // Who comes, or comes back, is new in every respect: nothing a watcher was told of it before still counts.
  const bool comes = slot.gone || slot.version() == 0;
  if (slot.gone) --tombstones_;
  slot.gone = change.gone;
  if (change.moved || change.gone) {
    slot.position_version = change.version;
    slot.fragment = change.gone ? nullptr : change.fragment;
    slot.at = change.gone ? Coordinates{} : change.at;
    slot.recorded_at = change.recorded_at;
  }
  if (change.presence_changed || comes || change.gone) {
    slot.presence_version = change.version;
    slot.presence = change.presence;
    slot.presence_since = change.presence_since;
  }
  link_newest(index);
  if (change.gone) bury(index, forgettable);
  return index;
}

void LatestTable::restore(std::span<const Change> changes, Version version) {
  for (const Change& change : changes) apply(change);
  version_ = std::max(version_, version);
}

SlotIndex LatestTable::find(const AgentId& agent) const {
  const auto found = by_agent_.find(agent);
  return found == by_agent_.end() ? no_slot : found->second;
}

SlotIndex LatestTable::first_since(Version since, SlotIndex hint) const {
  if (since == 0) return oldest_;
  if (hint < slots_.size() && slots_[hint].version() == since) return links_[hint].newer;
  SlotIndex first = no_slot;
  for (SlotIndex at = newest_; at != no_slot && slots_[at].version() > since; at = links_[at].older) first = at;
  return first;
}

SlotIndex LatestTable::slot_for(const AgentId& agent) {
  const auto [entry, is_new] = by_agent_.try_emplace(agent, no_slot);
  if (!is_new) return entry->second;
  if (free_.empty()) {
    entry->second = static_cast<SlotIndex>(slots_.size());
    slots_.emplace_back();
    links_.emplace_back();
  } else {
    entry->second = free_.back();
    free_.pop_back();
  }
  slots_[entry->second].agent = agent;
  return entry->second;
}

void LatestTable::unlink(SlotIndex index) {
  if (slots_[index].version() == 0) return;
  const Link link = links_[index];
  (link.older == no_slot ? oldest_ : links_[link.older].newer) = link.newer;
  (link.newer == no_slot ? newest_ : links_[link.newer].older) = link.older;
}

void LatestTable::link_newest(SlotIndex index) {
  links_[index] = {newest_, no_slot};
  (newest_ == no_slot ? oldest_ : links_[newest_].newer) = index;
  newest_ = index;
}

bool LatestTable::is_current(const Tombstone& tombstone) const {
  const Slot& slot = slots_[tombstone.slot];
  return slot.gone && slot.version() == tombstone.version;
}

void LatestTable::bury(SlotIndex index, Version forgettable) {
  ++tombstones_;
  buried_.push_back({slots_[index].version(), index});
  while (tombstones_ > tombstones_max && buried_.front().version <= forgettable) drop_oldest_tombstone();
  // Agents that come and go leave stale entries behind: sweep them once they are the greater part.
  if (buried_.size() > 2 * tombstones_ + 64) {
    std::erase_if(buried_, [this](const Tombstone& tombstone) { return !is_current(tombstone); });
  }
}

void LatestTable::drop_oldest_tombstone() {
  const Tombstone oldest = buried_.front();
  buried_.pop_front();
  if (!is_current(oldest)) return;
  unlink(oldest.slot);
  by_agent_.erase(slots_[oldest.slot].agent);
  slots_[oldest.slot] = Slot{};
  free_.push_back(oldest.slot);
  forgotten_ = oldest.version;
  --tombstones_;
}

}  // namespace fieldcast::rooms
