// Who was where: what is asked of the history by place.
//
// Answered by a store that has PostGIS. Elsewhere the answer is the error not_available, and its text says what is
// missing and what would mend it.
#pragma once

#include "fieldcast/domain/area.hpp"

#include <optional>
#include <vector>

namespace fieldcast::store {

/// Of an organisation's agents: those of some teams (absent: of every team; an empty list: of none), or one agent.
/// An agent's team is the one it is in now: its history goes with it.
struct AgentScope {
  OrgId org;
  std::optional<std::vector<TeamId>> teams;
  std::optional<AgentId> agent;
};

struct AreaQuery {
  AgentScope scope;
  Area area;
  Timestamp from{};
  Timestamp to{};                // exclusive
  std::optional<AgentId> after;  // cursor: ids behind this
  std::size_t limit = 1'000;
};

/// A stay is a run of an agent's consecutive fixes inside. It ends with a fix outside, and between two fixes that are
/// more than this apart: nobody knows where the agent was meanwhile.
inline constexpr seconds stay_gap_max{600};

/// What one agent was seen of in an area, from the fixes of the time that was asked for and no others.
struct AreaVisit {
  AgentIdentityPtr agent;
  Timestamp first_at{}, last_at{};
  milliseconds inside{};  // the stays together, each from its first fix to its last; one fix alone takes no time
  std::uint64_t stays = 0;
  std::uint64_t fixes = 0;  // inside
};

/// Each agent's position at a moment in the past: its newest fix at `at` or before, no older than `age_max`.
struct NearbyQuery {
  AgentScope scope;
  Coordinates centre;
  double radius_m = 0;
  Timestamp at{};
  seconds age_max{3'600};
  std::size_t limit = 20;
};

struct NearbyAgent {
  AgentIdentityPtr agent;
  Position position;
  double distance_m = 0;
};

}  // namespace fieldcast::store
