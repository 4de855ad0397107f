#include "fieldcast/simulate/replay.hpp"

#include <algorithm>

namespace fieldcast::simulate {
namespace {

using std::chrono::microseconds;

std::vector<PlannedFix> plan_at_once(const std::vector<Fix>& fixes, bool shift_to_now, Timestamp now) {
  Timestamp last = Timestamp::min();
  for (const Fix& fix : fixes) last = std::max(last, fix.recorded_at);
  std::vector<PlannedFix> plan;
  plan.reserve(fixes.size());
  for (const Fix& fix : fixes)
    plan.push_back({microseconds{0}, shift_to_now ? now - (last - fix.recorded_at) : fix.recorded_at});
  return plan;
}

}  // namespace

std::vector<PlannedFix> plan_replay(const std::vector<Fix>& fixes, const ReplayOptions& options, Timestamp now) {
  if (options.speed <= 0 || fixes.empty()) return plan_at_once(fixes, options.shift_to_now, now);
  const Timestamp first = fixes.front().recorded_at;
  Timestamp newest = first;
  milliseconds cut{0};  // what was left out of gaps
  microseconds wait{0};
  std::vector<PlannedFix> plan;
  plan.reserve(fixes.size());
  for (const Fix& fix : fixes) {
    const milliseconds gap = fix.recorded_at - newest;
    if (options.gap_max.count() > 0 && gap > options.gap_max) cut += gap - options.gap_max;
    newest = std::max(newest, fix.recorded_at);
    const auto after_start = std::chrono::duration_cast<microseconds>(
        std::chrono::duration<double, std::milli>(fix.recorded_at - first - cut) / options.speed);
    wait = std::max(wait, after_start);
    const Timestamp shifted = now + std::chrono::floor<milliseconds>(after_start);
    plan.push_back({wait, options.shift_to_now ? shifted : fix.recorded_at});
  }
  return plan;
}

}  // namespace fieldcast::simulate
