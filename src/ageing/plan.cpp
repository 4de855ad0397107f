#include "fieldcast/ageing/plan.hpp"

#include <algorithm>
#include <set>

namespace fieldcast::ageing {
namespace {

using Step = DayPlan::Step;

DayPlan plan_day(const store::StoredDay& stored, bool archived, const Situation& situation, Timestamp now) {
  DayPlan plan{.stored = stored, .archived = archived, .steps = {}};
  const Timestamp end = stored.day + days{1};
  if (end + situation.close_after > now) return plan;
  const bool all_go = end <= certain(situation.positions), some_go = end <= possible(situation.positions);
  const bool held = stored.held_until && *stored.held_until > now;
  if (situation.archives && !archived && !held) plan.steps.push_back(Step::archive);
  if (held && some_go) plan.steps.push_back(Step::wait);
  if (all_go && !held) {
    plan.steps.push_back(Step::drop);
    return plan;
  }
  if (some_go && !held) plan.steps.push_back(Step::cut);
  if (!stored.closed) plan.steps.push_back(Step::close);
  return plan;
}

}  // namespace

bool DayPlan::does(Step step) const { return std::find(steps.begin(), steps.end(), step) != steps.end(); }

std::vector<DayPlan> plan_days(const Situation& situation, Timestamp now) {
  std::set<Day> archived;
  for (const store::ArchivedDay& day : situation.archived) archived.insert(day.day);
  std::vector<DayPlan> plans;
  for (const store::StoredDay& stored : situation.days)
    plans.push_back(plan_day(stored, archived.contains(stored.day), situation, now));
  return plans;
}

std::string_view to_string(Step step) {
  switch (step) {
    case Step::wait:
      return "wait";
    case Step::archive:
      return "archive";
    case Step::close:
      return "close";
    case Step::cut:
      return "cut";
    case Step::drop:
      return "drop";
  }
  return {};
}

}  // namespace fieldcast::ageing
