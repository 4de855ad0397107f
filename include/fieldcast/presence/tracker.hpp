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
// it, duplicates included; an open socket is nothing heard). A parked agent that
// falls silent is offline after the same further time as any other. Being parked is
// found when the agent is heard: time alone is no sign of rest.
// When the clock is set back, times count from the newest hearing by the new clock.
// Threads: one. Memory: about 90 bytes per agent, however often it is heard.
// Cost: O(1) per heard while the agent stays online, O(log n) per change.
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
  /// Returns the new state when it changed; its `since` is `now`.
  std::optional<State> heard(std::uint32_t agent, std::optional<Coordinates> at, Timestamp now);

  /// The agent was heard at `heard_at`, at or before `now`, by somebody else: nothing happens when it has been
  /// heard since. Returns the new state when it changed.
  std::optional<State> heard_elsewhere(std::uint32_t agent, std::optional<Coordinates> at, Timestamp heard_at,
                                       Timestamp now);

  /// Puts an agent in the state that a last fix of that time gives (at start, from the store).
  void restore(std::uint32_t agent, Coordinates at, Timestamp last_heard, Timestamp now);

  /// Appends every agent whose state changed with time; `since` is the moment it fell due, not now.
  void expire(Timestamp now, std::vector<Change>& changes);

  State state(std::uint32_t agent) const;
  /// When the next state falls due; nothing when none will. May be early, never late.
  std::optional<Timestamp> next_due() const;

  /// The agent left the team: it is offline and nothing falls due. Its index may be given to another agent afterwards.
  void forget(std::uint32_t agent);
  /// States stay as they are; what falls due from now on does so by `policy`.
  void set_policy(Policy policy);

 private:
  static constexpr std::uint32_t not_waiting = ~std::uint32_t{0};

  struct Entry {
    State state;
    Timestamp last_heard{};
    Coordinates anchor;  // where the agent has been since anchored_at, within parked_radius_m
    Timestamp anchored_at{};
    std::uint32_t waits_at = not_waiting;  // its place in heap_
  };
  /// One for each agent that is not offline. `at` may be early: the time is set right when it comes up.
  struct Due {
    Timestamp at;
    std::uint32_t agent;
  };

  static std::optional<State> enter(Entry& entry, PresenceState state, Timestamp since);
  bool rests(Entry& entry, Coordinates at, Timestamp now) const;
  Timestamp due_of(const Entry& entry) const;
  void pass_time(Entry& entry, Timestamp now) const;
  void wait(std::uint32_t agent);
  void stop_waiting(std::uint32_t agent);
  void place(std::uint32_t index, Due due);
  void sift_up(std::uint32_t index);
  void sift_down(std::uint32_t index);

  Policy policy_;
  std::vector<Entry> entries_;
  std::vector<Due> heap_;  // soonest first
};

}  // namespace fieldcast::presence
