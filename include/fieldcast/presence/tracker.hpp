// Presence of the agents of one team as a state machine without clock.
//
//            heard                       heard, moved
//   (any) ─────────▶ online ◀──────────────────────────── parked
//                      │  within parked_radius_m for parked_after   ▲
//                      └──────────────────────────────────────────┘
//   online ── silent_after ──▶ silent ── offline_after ──▶ offline
//   parked ── parked_silent_after ──▶ silent   (a parked phone may rest)
//
// All times count from the moment the agent was last heard (a fix arrived from
// it, duplicates included; an open socket is nothing heard).
// Cost: O(log n) per expiry, O(1) amortised per heard.
#pragma once

#include "fieldcast/domain/position.hpp"
#include "fieldcast/domain/presence_state.hpp"

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace fieldcast::presence {

struct Policy {
  seconds silent_after{90};
  seconds offline_after{600};
  seconds parked_after{300};
  seconds parked_silent_after{3600};
  double parked_radius_m = 50;
};

struct State {
  PresenceState state = PresenceState::offline;
  Timestamp since{};
};

struct Change {
  std::uint32_t agent;  // index chosen by the caller, dense from 0
  State state;
};

class Tracker {
 public:
  explicit Tracker(Policy policy);

  /// The agent was heard at `now`; `at` is absent for a report without new coordinates.
  /// Returns the new state when it changed.
  std::optional<State> heard(std::uint32_t agent, std::optional<Coordinates> at, Timestamp now);

  /// Puts an agent in the state that a last fix of that time gives (at start, from the store).
  void restore(std::uint32_t agent, Coordinates at, Timestamp last_heard, Timestamp now);

  /// Appends every agent whose state changed with time; `since` is the moment it fell due, not now.
  void expire(Timestamp now, std::vector<Change>& changes);

  State state(std::uint32_t agent) const;
  /// When the next state falls due; nothing when none will. May be early, never late.
  std::optional<Timestamp> next_due() const;

  /// The agent left the team. Its index may be given to another agent afterwards.
  void forget(std::uint32_t agent);
  void set_policy(Policy policy);

 private:
  struct Entry;
  Policy policy_;
  std::vector<Entry> entries_;
  struct Due;
  std::vector<Due> heap_;
};

}  // namespace fieldcast::presence
