#include "fieldcast/ageing/policy.hpp"

#include <algorithm>

namespace fieldcast::ageing {
namespace {

std::optional<days> said(const store::TeamRule& rule, Kind kind) {
  switch (kind) {
    case Kind::positions:
      return rule.positions;
    case Kind::last_known:
      return rule.last_known;
    case Kind::quarantine:
      return rule.quarantine;
    case Kind::summaries:
      return rule.summaries;
  }
  return std::nullopt;
}

days configured(const Policy& policy, Kind kind) {
  switch (kind) {
    case Kind::positions:
      return policy.positions;
    case Kind::last_known:
      return policy.last_known;
    case Kind::quarantine:
      return policy.quarantine;
    case Kind::summaries:
      return policy.summaries;
  }
  return days{0};
}

Timestamp cut_after(days kept, Timestamp now) {
  if (kept == days{0}) return Timestamp::min();
  return std::chrono::floor<days>(now) - kept;
}

}  // namespace

Cut cut_of(Kind kind, const Policy& policy, std::span<const store::TeamRule> rules, Timestamp now) {
  Cut cut;
  cut.otherwise = cut_after(configured(policy, kind), now);
  for (const store::TeamRule& rule : rules)
    if (const auto kept = said(rule, kind)) cut.teams[{rule.org, rule.team}] = cut_after(*kept, now);
  return cut;
}

Timestamp certain(const Cut& cut) {
  Timestamp earliest = cut.otherwise;
  for (const auto& [team, before] : cut.teams) earliest = std::min(earliest, before);
  return earliest;
}

Timestamp possible(const Cut& cut) {
  Timestamp latest = cut.otherwise;
  for (const auto& [team, before] : cut.teams) latest = std::max(latest, before);
  return latest;
}

}  // namespace fieldcast::ageing
