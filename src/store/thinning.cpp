#include "fieldcast/store/thinning.hpp"

#include "fieldcast/store/summary_columns.hpp"

#include <algorithm>
#include <cmath>

namespace fieldcast::store {
namespace {

constexpr float heading_speed_min_mps = 1;

/// A phone that stands reports any heading, or its last.
bool heads_somewhere(const Waypoint& point) {
  return known(point.heading_deg) && !(point.speed_mps < heading_speed_min_mps);
}

double turn_deg(const Waypoint& from, const Waypoint& to) {
  return std::abs(std::remainder(double{to.heading_deg} - double{from.heading_deg}, 360.0));
}

constexpr auto is_earlier = [](const Waypoint& point, Timestamp time) { return point.recorded_at < time; };
constexpr auto is_later = [](Timestamp time, const Waypoint& point) { return time < point.recorded_at; };

}  // namespace

Waypoint waypoint(Timestamp recorded_at, Coordinates at, float speed_mps, float heading_deg) {
  const auto rounded = [](double degrees) { return to_degrees(to_units(degrees)); };
  return {recorded_at, {rounded(at.latitude_deg), rounded(at.longitude_deg)}, speed_mps, heading_deg};
}

bool is_move(const Thinning& thinning, const Waypoint& from, const Waypoint& to) {
  if (thinning.distance_m && distance_m(from.at, to.at) >= double{*thinning.distance_m}) return true;
  return thinning.heading_deg && heads_somewhere(from) && heads_somewhere(to) &&
         turn_deg(from, to) >= double{*thinning.heading_deg};
}

Thinner::Thinner(const Thinning& thinning, Past past) : thinning_(thinning), past_(std::move(past)) {
  // Last-known positions may be removed before history: then nobody knows what is late, and all counts as late.
  if (!past_.newest && !past_.stored.empty()) past_.newest = Timestamp::max();
}

bool Thinner::takes(const Waypoint& fix) {
  std::vector<Waypoint>& stored = past_.stored;
  const auto next = std::lower_bound(stored.begin(), stored.end(), fix.recorded_at, is_earlier);
  if (next != stored.end() && next->recorded_at == fix.recorded_at) return true;
  const auto first = std::upper_bound(stored.begin(), next, fix.recorded_at - *thinning_.after, is_later);
  const auto is_move_from = [&](const Waypoint& before) { return is_move(thinning_, before, fix); };
  const bool is_late = past_.newest && fix.recorded_at <= *past_.newest;
  // The nearest first: that is most often the one it is no move from.
  const auto last = is_late || first == next ? first : std::prev(next);
  if (!std::all_of(std::reverse_iterator(next), std::reverse_iterator(last), is_move_from)) return false;
  stored.insert(next, fix);
  return true;
}

bool ThinningRules::are_due(SteadyTime now) {
  if (read_at_ && now - *read_at_ < believed_) return false;
  read_at_ = now;
  return true;
}

void ThinningRules::replace(const std::vector<Rule>& rules) {
  rules_.clear();
  const bool any = std::any_of(rules.begin(), rules.end(), [](const Rule& rule) { return !rule.thinning.takes_all(); });
  if (!any) return;
  for (Rule rule : rules) {
    if (!rule.thinning.takes_all())
      rule.thinning.after =
          std::clamp(rule.thinning.after.value_or(thinning_after_max), seconds{1}, thinning_after_max);
    rules_[rule.org].insert_or_assign(rule.team, rule.thinning);
  }
}

const Thinning* ThinningRules::of(const AgentIdentity& agent) const {
  const auto org = rules_.find(agent.org);
  if (org == rules_.end()) return nullptr;
  auto rule = org->second.find(agent.team);
  if (rule == org->second.end()) rule = org->second.find(TeamId());
  return rule == org->second.end() || rule->second.takes_all() ? nullptr : &rule->second;
}

}  // namespace fieldcast::store
