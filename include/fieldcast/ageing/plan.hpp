// What is to be done to the days of history now: computed from what there is, so that `fieldcast retention plan` shows
// exactly what the thread would do.
#pragma once

#include "fieldcast/ageing/policy.hpp"

#include <string>
#include <vector>

namespace fieldcast::ageing {

struct DayPlan {
  enum class Step : std::uint8_t {
    wait,     // past its time, but held or not yet over
    archive,  // the archive does not hold it yet
    close,    // to be put in the order of reading
    cut,      // the rows of some teams go
    drop,     // all of it goes
  };
  store::StoredDay stored;
  bool archived = false;
  std::vector<Step> steps;  // in this order; none: it stays as it is
  bool does(Step step) const;
};

struct Situation {
  std::vector<store::StoredDay> days;
  std::vector<store::ArchivedDay> archived;
  Cut positions;
  std::chrono::hours close_after{6};
  bool archives = false;  // an archive is configured
};

/// Oldest first. A day is closed and archived when it has been over for close_after; a day of which anything goes is
/// archived before, when an archive is configured. A day that is held goes when its time is over.
std::vector<DayPlan> plan_days(const Situation& situation, Timestamp now);

std::string_view to_string(DayPlan::Step step);

}  // namespace fieldcast::ageing
