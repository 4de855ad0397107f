// Which fixes of a thinned team go into history.
//
//   nothing in history within `after` before the fix ─▶ it goes in
//   newer than all that came of its agent ─▶ in when it is a move from the nearest one before it in history
//   late ─▶ in when it is a move from every one in history within `after` before it
//
// The last is what lets a fix come twice: when it was thinned, it was no move from one that history holds, and still
// does; when it comes again it is late, and thinned again, whatever came in between.
// Everything is compared as every engine stores it, so that a verdict is the same before and after.
#pragma once

#include "fieldcast/store/keeper.hpp"

#include <span>
#include <unordered_map>

namespace fieldcast::store {

/// What of a fix decides.
struct Waypoint {
  Timestamp recorded_at;
  Coordinates at;
  float speed_mps = unknown_value, heading_deg = unknown_value;
};
/// Rounded to 1e-7 degrees.
Waypoint waypoint(Timestamp recorded_at, Coordinates at, float speed_mps, float heading_deg);
inline Waypoint waypoint_of(const Fix& fix) {
  return waypoint(fix.recorded_at, fix.at, fix.speed_mps, fix.heading_deg);
}

/// Far enough, or turned enough: both have a heading, which means nothing below 1 m/s. Time does not count.
bool is_move(const Thinning& thinning, const Waypoint& from, const Waypoint& to);

/// What is there of an agent when some of its fixes come.
struct Past {
  std::optional<Timestamp> newest;  // of all that came of it: its last-known position
  std::vector<Waypoint> stored;     // within `after` before the first of them, up to the last; oldest first
};

/// The verdict on fixes of one agent, in the order of time. `thinning` must live longer, and says `after`.
class Thinner {
 public:
  Thinner(const Thinning& thinning, Past past);
  /// What is in history already is taken: the database knows it.
  bool takes(const Waypoint& fix);

 private:
  const Thinning& thinning_;
  Past past_;
};

/// The teams that are thinned, as a writer of an engine knows them. Threads: one.
class ThinningRules {
 public:
  struct Rule {
    OrgId org;
    TeamId team;  // empty: the others of the organisation
    Thinning thinning;
  };

  /// `believed`: for how long what was read holds.
  explicit ThinningRules(seconds believed) : believed_(believed) {}
  /// True when they are to be read (or tried to be) now.
  bool are_due(SteadyTime now);
  /// A rule that takes all fixes is one: its organisation's does not count for that team.
  void replace(const std::vector<Rule>& rules);

  bool any() const { return !rules_.empty(); }
  /// Null: every fix is taken.
  const Thinning* of(const AgentIdentity& agent) const;

 private:
  const seconds believed_;
  std::optional<SteadyTime> read_at_;
  std::unordered_map<OrgId, std::unordered_map<TeamId, Thinning>> rules_;
};

/// Fixes of one agent that follow each other within `after`: no other one of a group bears upon them.
struct Stretch {
  const Thinning* thinning;
  std::int64_t agent_id;
  std::size_t begin, end;  // of the rows
  Timestamp since, first, last;
};

/// Of rows sorted by agent and time, those of thinned teams. A row has agent_id and position (of an AgentPosition).
/// An agent counts for the team that its newest fix names.
template <class Row>
std::vector<Stretch> stretches_of(const std::vector<Row>& rows, const ThinningRules& rules) {
  std::vector<Stretch> stretches;
  const auto time = [&](std::size_t row) { return rows[row].position->position.fix.recorded_at; };
  for (std::size_t begin = 0, end = 0; begin < rows.size(); begin = end) {
    while (end < rows.size() && rows[end].agent_id == rows[begin].agent_id) ++end;
    const Thinning* thinning = rules.of(*rows[end - 1].position->agent);
    if (thinning == nullptr) continue;
    for (std::size_t from = begin, to = begin; from < end; from = to) {
      for (++to; to < end && time(to) - time(to - 1) < *thinning->after;) ++to;
      stretches.push_back(
          {thinning, rows[from].agent_id, from, to, time(from) - *thinning->after, time(from), time(to - 1)});
    }
  }
  return stretches;
}

/// Sets `thinned` of its rows, the same for all of one time: only the first of these may be stored at all.
template <class Row>
void judge(const Stretch& stretch, Past past, std::vector<Row>& rows) {
  Thinner thinner(*stretch.thinning, std::move(past));
  for (std::size_t i = stretch.begin; i < stretch.end; ++i) {
    const Fix& fix = rows[i].position->position.fix;
    const bool again = i > stretch.begin && rows[i - 1].position->position.fix.recorded_at == fix.recorded_at;
    rows[i].thinned = again ? rows[i - 1].thinned : !thinner.takes(waypoint_of(fix));
  }
}

}  // namespace fieldcast::store
