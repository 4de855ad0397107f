// What is done to what was stored: days that are over, rows past their time, agents that are to be forgotten, what
// the archive holds.
//
// A day is one of UTC, by recorded_at. Blocking; the thread is the caller's. While a call works, commits and reads
// wait for it a tenth of a second at a time at most: what takes longer is done in slices, each a transaction of its
// own, with as long a rest after it as it took. A call that was cut off (a crash, a lost connection) leaves nothing
// half done that the next call does not mend. Threads: one at a time, but for interrupt(). Errors: store_unavailable.
// Cost: SQLite has the rows of a day beside those of all others: what there is of it is looked up for each agent.
// There, days() takes about a second at most, unless most days have only few of many agents.
#pragma once

#include "fieldcast/base/result.hpp"
#include "fieldcast/domain/position.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace fieldcast::store {

using Day = std::chrono::sys_days;
using std::chrono::days;

struct StoredDay {
  Day day;
  std::uint64_t rows = 0;         // an estimate when they are many
  std::uint64_t bytes = 0;        // on disk, indices included; 0 where the engine cannot say
  bool closed = false;            // its rows lie in the order (agent, recorded_at)
  std::optional<Day> held_until;  // restored: not to be dropped before
};

inline constexpr seconds thinning_after_max{3'600};  // so far back is looked

/// Of the fixes of an agent, the history takes those that are at least so far, so much turned or so much later than
/// the one before in the history (thinning.hpp). What is absent does not count, but for `after`: it is
/// thinning_after_max then, and never more. All absent: every fix is taken.
struct Thinning {
  std::optional<float> distance_m, heading_deg;
  std::optional<seconds> after;
  bool takes_all() const { return !distance_m && !heading_deg && !after; }
  friend bool operator==(const Thinning&, const Thinning&) = default;
};

/// What is kept of a team, or, with an empty team, of those of an organisation that have no rule of their own. What is
/// absent is as the next wider rule says: the team's, the organisation's, the configuration's. days{0}: for ever.
struct TeamRule {
  OrgId org;
  TeamId team;
  std::optional<days> positions, last_known, quarantine, summaries;
  std::optional<Thinning> thinning;
};

/// Up to where rows go. A team that is not named is its organisation's (an empty team), or else `otherwise`.
/// Timestamp::min(): nothing goes.
struct Cut {
  Timestamp otherwise = Timestamp::min();
  std::map<TeamKey, Timestamp> teams;
};

struct ArchivedDay {
  Day day;
  std::uint64_t rows = 0;
  std::string sha256;  // of the rows as text, in lower hexadecimal
  std::string place;   // where it lies, as the archive names it
  Timestamp archived_at{};
};

/// Rows of one agent.
struct Traces {
  bool registered = false;
  std::uint64_t positions = 0, last_known = 0, quarantined = 0, summaries = 0;
  std::vector<Day> archived;  // days whose archive holds the agent
  bool none() const { return !registered && positions + last_known + quarantined + summaries == 0 && archived.empty(); }
};

class Keeper {
 public:
  virtual ~Keeper() = default;

  /// Of all processes on a database one keeps it. True: it is this one, until the keeper ends or its connection is
  /// lost. What a person asks for (archive, erase) may be done without the turn.
  virtual Result<bool> take_turn() = 0;

  /// What works now ends soon, with store_unavailable, and so does all that is asked later: the process wants to end.
  /// Threads: any.
  virtual void interrupt() = 0;

  /// Oldest first: those with rows.
  virtual Result<std::vector<StoredDay>> days() = 0;

  /// Puts the rows of a day in the order (agent, recorded_at), and gives back what removed rows took. Late fixes
  /// land meanwhile and afterwards. Returns false when there was nothing to do: the day is closed, empty, or not over
  /// by the database's clock. A day that has grown by a fifth since, or lost a third, counts as not closed.
  virtual Result<bool> close_day(Day day) = 0;
  /// All of a day. Returns how many rows went (an estimate as in days()).
  virtual Result<std::uint64_t> drop_day(Day day) = 0;
  /// Of a day the rows of the agents whose team's cut is at its end or later: the team in which they are now. When
  /// those are all there are, the day goes as a whole (and the number returned is an estimate as in days()).
  virtual Result<std::uint64_t> remove_positions(Day day, const Cut& cut) = 0;
  /// How many that would be.
  virtual Result<std::uint64_t> count_positions(Day day, const Cut& cut) = 0;
  /// Last-known positions, records set aside, summaries: each by its own time (recorded_at, received_at, begin).
  /// Summaries go by whole days, the hours of a day together with what the day comes to.
  virtual Result<std::uint64_t> remove_last_known(const Cut& cut) = 0;
  virtual Result<std::uint64_t> remove_quarantined(const Cut& cut) = 0;
  virtual Result<std::uint64_t> remove_summaries(const Cut& cut) = 0;
  /// A restored day is not dropped before.
  virtual Result<void> hold_day(Day day, Day until) = 0;

  /// By organisation and team.
  virtual Result<std::vector<TeamRule>> rules() = 0;
  /// In place of the one for the same organisation and team; one that says nothing removes it.
  virtual Result<void> set_rule(const TeamRule& rule) = 0;

  /// Every position of a day by (org, agent, recorded_at), ids compared byte by byte. The visitor must not throw.
  using VisitPosition = std::function<void(const AgentIdentityPtr&, const Position&)>;
  virtual Result<void> read_day(Day day, const VisitPosition& visit) = 0;
  /// Oldest first.
  virtual Result<std::vector<ArchivedDay>> archived_days() = 0;
  /// Notes, too, which agents it holds: those with positions on that day, and those noted before.
  virtual Result<void> note_archived(const ArchivedDay& archived) = 0;
  virtual Result<void> forget_archived(Day day) = 0;
  /// The archive of that day does not hold the agent any more.
  virtual Result<void> forget_archived(Day day, const AgentKey& agent, const ArchivedDay& rewritten) = 0;

  virtual Result<Traces> traces_of(const AgentKey& agent) = 0;
  /// Everything but what the archive holds; while that holds something, the agent stays registered (its number is how
  /// the archive's index knows it). What other processes still write under its number is removed by sweep(). Returns
  /// what is left. An agent that reports again is a new one. Servers that run are told (Reader::erasures).
  virtual Result<Traces> erase(const AgentKey& agent) = 0;
  /// Removes what came under the numbers of erased agents since, and mends what a call left that was cut off. Returns
  /// how many rows went.
  virtual Result<std::uint64_t> sweep() = 0;
};

}  // namespace fieldcast::store
