// Does what the plan says, and keeps the rest in time: one round after the other, on a thread of the server or asked
// for by a person (`fieldcast retention run`).
//
// Of all instances on a database one has the turn. An error ends the round, the next begins afresh: every step may be
// cut off anywhere. An archive that cannot be reached stops only what must not be done without it.
#pragma once

#include "fieldcast/ageing/plan.hpp"

#include <functional>

namespace fieldcast::ageing {

/// Where days are kept for longer; all absent: nowhere.
struct Archive {
  std::function<Result<void>(store::Keeper&, Day)> write;
  /// Whether it has every row of the day that the store has now.
  std::function<Result<bool>(store::Keeper&, Day)> holds;
  /// What works now fails soon, and so does all that is asked later. May be absent. Threads: any.
  std::function<void()> interrupt{};
};

/// Rows, unless it says days.
struct Done {
  std::uint64_t days_closed = 0, days_archived = 0, days_dropped = 0;
  std::uint64_t positions = 0, last_known = 0, quarantined = 0, summaries = 0, swept = 0;
  bool any() const {
    return days_closed + days_archived + days_dropped + positions + last_known + quarantined + summaries + swept != 0;
  }
  Done& operator+=(const Done& more);
};

class Housekeeping {
 public:
  using Failed = std::function<void(const Error&)>;
  /// `failed`: what went wrong without ending the round.
  Housekeeping(Policy policy, Archive archive, Failed failed)
      : policy_(policy), archive_(std::move(archive)), failed_(std::move(failed)) {}

  /// What a round would do with the days of history.
  Result<std::vector<DayPlan>> plan(store::Keeper& keeper, Timestamp now) const;

  /// One round. `go_on` is asked between steps; false ends the round.
  /// Errors: of the keeper. What was done until then is done, and told by `done`.
  Result<void> round(store::Keeper& keeper, Timestamp now, const std::function<bool()>& go_on, Done& done);

 private:
  Result<void> treat(store::Keeper& keeper, const DayPlan& plan, const Cut& cut, Timestamp now, Done& done);
  Result<bool> has_rows_to_cut(store::Keeper& keeper, Day day, const Cut& cut, Timestamp now) const;
  // False: the archive does not hold the day, which is no error of the store.
  Result<bool> may_go(store::Keeper& keeper, Day day, Timestamp now, Done& done);
  Result<bool> archive(store::Keeper& keeper, Day day, Timestamp now, Done& done);
  Result<bool> archive_failed(const Error& error, Timestamp now);
  Result<void> tidy(store::Keeper& keeper, std::span<const store::TeamRule> rules, Timestamp now, Done& done);

  const Policy policy_;
  const Archive archive_;
  const Failed failed_;
  static constexpr std::chrono::minutes archive_rests_for{10};  // after a failure
  Timestamp archive_again_at_ = Timestamp::min();
  std::map<Day, Day> cut_on_;  // by day of history: when its teams were last looked through
};

}  // namespace fieldcast::ageing
