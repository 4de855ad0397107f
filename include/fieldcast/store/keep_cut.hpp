// Up to where the rows of a team go.
#pragma once

#include "fieldcast/store/keeper.hpp"

namespace fieldcast::store {

/// The team's own cut, its organisation's, or that of all others.
inline Timestamp cut_of(const Cut& cut, const TeamKey& team) {
  if (const auto found = cut.teams.find(team); found != cut.teams.end()) return found->second;
  if (const auto found = cut.teams.find({team.org, TeamId()}); found != cut.teams.end()) return found->second;
  return cut.otherwise;
}

/// Whether all rows of a day go.
inline bool takes_day(Timestamp cut, Day day) { return cut >= day + std::chrono::days{1}; }

}  // namespace fieldcast::store
