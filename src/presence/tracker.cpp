#include "fieldcast/presence/tracker.hpp"

#include <algorithm>
#include <utility>

namespace fieldcast::presence {

Tracker::Tracker(Policy policy) : policy_(policy) {}

std::optional<State> Tracker::heard(std::uint32_t agent, std::optional<Coordinates> at, Timestamp now) {
  if (agent >= entries_.size()) entries_.resize(agent + std::size_t{1});
  Entry& entry = entries_[agent];
  const bool was_away = entry.state.state == PresenceState::silent || entry.state.state == PresenceState::offline;
  if (was_away || now < entry.anchored_at) entry.anchored_at = now;
  const bool parked = at ? rests(entry, *at, now) : entry.state.state == PresenceState::parked;
  entry.last_heard = now;
  const auto changed = enter(entry, parked && !was_away ? PresenceState::parked : PresenceState::online, now);
  // Later than it waits for now is found out when that comes up; only sooner needs doing.
  if (entry.waits_at == not_waiting || due_of(entry) < heap_[entry.waits_at].at) wait(agent);
  return changed;
}

std::optional<State> Tracker::heard_elsewhere(std::uint32_t agent, std::optional<Coordinates> at, Timestamp heard_at,
                                              Timestamp now) {
  if (agent < entries_.size() && heard_at <= entries_[agent].last_heard) return std::nullopt;
  const State before = state(agent);
  heard(agent, at, std::min(heard_at, now));
  Entry& entry = entries_[agent];
  pass_time(entry, now);
  if (entry.state.state == PresenceState::offline) stop_waiting(agent);
  if (entry.state.state == before.state && entry.state.since == before.since) return std::nullopt;
  return entry.state;
}

bool Tracker::rests(Entry& entry, Coordinates at, Timestamp now) const {
  // An unknown anchor is NaN, and so is no distance within anything.
  if (!(distance_m(entry.anchor, at) <= policy_.parked_radius_m)) {
    entry.anchor = at;
    entry.anchored_at = now;
  }
  return now - entry.anchored_at >= policy_.parked_after;
}

std::optional<State> Tracker::enter(Entry& entry, PresenceState state, Timestamp since) {
  if (entry.state.state == state) return std::nullopt;
  entry.state = {state, since};
  return entry.state;
}

void Tracker::restore(std::uint32_t agent, Coordinates at, Timestamp last_heard, Timestamp now) {
  forget(agent);
  if (agent >= entries_.size()) entries_.resize(agent + std::size_t{1});
  Entry& entry = entries_[agent];
  entry.last_heard = entry.anchored_at = std::min(last_heard, now);
  entry.anchor = at;
  entry.state = {PresenceState::online, entry.last_heard};
  pass_time(entry, now);
  if (entry.state.state != PresenceState::offline) wait(agent);
}

void Tracker::expire(Timestamp now, std::vector<Change>& changes) {
  while (!heap_.empty() && heap_.front().at <= now) {
    const std::uint32_t agent = heap_.front().agent;
    Entry& entry = entries_[agent];
    const State before = entry.state;
    pass_time(entry, now);
    if (entry.state.state != before.state) changes.push_back({agent, entry.state});
    if (entry.state.state == PresenceState::offline) {
      stop_waiting(agent);
    } else {
      wait(agent);
    }
  }
}

void Tracker::pass_time(Entry& entry, Timestamp now) const {
  while (entry.state.state != PresenceState::offline && due_of(entry) <= now) {
    const bool silent = entry.state.state == PresenceState::silent;
    entry.state = {silent ? PresenceState::offline : PresenceState::silent, due_of(entry)};
  }
}

Timestamp Tracker::due_of(const Entry& entry) const {
  switch (entry.state.state) {
    case PresenceState::online:
      return entry.last_heard + policy_.silent_after;
    case PresenceState::parked:
      return entry.last_heard + policy_.parked_silent_after;
    case PresenceState::silent:
      return entry.state.since + std::max(policy_.offline_after - policy_.silent_after, seconds{0});
    case PresenceState::offline:
      break;
  }
  return Timestamp::max();
}

State Tracker::state(std::uint32_t agent) const { return agent < entries_.size() ? entries_[agent].state : State{}; }

std::optional<Timestamp> Tracker::next_due() const {
  if (heap_.empty()) return std::nullopt;
  return heap_.front().at;
}

void Tracker::forget(std::uint32_t agent) {
  if (agent >= entries_.size()) return;
  stop_waiting(agent);
  entries_[agent] = Entry{};
}

void Tracker::set_policy(Policy policy) {
  policy_ = policy;
  for (std::uint32_t agent = 0; agent < entries_.size(); ++agent) {
    if (entries_[agent].waits_at != not_waiting) wait(agent);
  }
}

/// Puts the agent where its time is due, from wherever it waits.
void Tracker::wait(std::uint32_t agent) {
  Entry& entry = entries_[agent];
  if (entry.waits_at == not_waiting) {
    entry.waits_at = static_cast<std::uint32_t>(heap_.size());
    heap_.push_back({});
  }
  const std::uint32_t index = entry.waits_at;
  heap_[index] = {due_of(entry), agent};
  sift_up(index);
  sift_down(entry.waits_at);
}

void Tracker::stop_waiting(std::uint32_t agent) {
  const std::uint32_t index = std::exchange(entries_[agent].waits_at, not_waiting);
  if (index == not_waiting) return;
  const Due last = heap_.back();
  heap_.pop_back();
  if (index == heap_.size()) return;
  place(index, last);
  sift_up(index);
  sift_down(entries_[last.agent].waits_at);
}

void Tracker::place(std::uint32_t index, Due due) {
  heap_[index] = due;
  entries_[due.agent].waits_at = index;
}

void Tracker::sift_up(std::uint32_t index) {
  const Due due = heap_[index];
  while (index != 0 && due.at < heap_[(index - 1) / 2].at) {
    place(index, heap_[(index - 1) / 2]);
    index = (index - 1) / 2;
  }
  place(index, due);
}

void Tracker::sift_down(std::uint32_t index) {
  const Due due = heap_[index];
  for (std::uint32_t child = 2 * index + 1; child < heap_.size(); child = 2 * index + 1) {
    if (child + 1 < heap_.size() && heap_[child + 1].at < heap_[child].at) ++child;
    if (due.at <= heap_[child].at) break;
    place(index, heap_[child]);
    index = child;
  }
  place(index, due);
}

}  // namespace fieldcast::presence
