#include "fieldcast/access/claims.hpp"

#include <algorithm>

namespace fieldcast::access {
namespace {

bool lists(const Claims& claims, const TeamId& team) {
  return claims.all_teams || std::ranges::find(claims.teams, team) != claims.teams.end();
}

}  // namespace

std::string_view to_string(Role role) {
  switch (role) {
    case Role::agent:
      return "agent";
    case Role::gateway:
      return "gateway";
    case Role::manager:
      return "manager";
    case Role::admin:
      return "admin";
  }
  return "";
}

bool may_see(const Claims& claims, const TeamKey& team) {
  if (claims.org != team.org) return false;
  return claims.role == Role::admin || (claims.role == Role::manager && lists(claims, team.team));
}

bool may_see(const Claims& claims, const AgentIdentity& agent) {
  const bool is_itself =
      claims.role == Role::agent && claims.org == agent.org && claims.user.str() == agent.agent.str();
  return is_itself || may_see(claims, agent.team_key());
}

bool may_report_for(const Claims& claims, const AgentKey& agent, const TeamId& team) {
  if (claims.org != agent.org) return false;
  if (claims.role == Role::agent) return claims.user.str() == agent.agent.str();
  if (claims.role != Role::gateway) return false;
  return lists(claims, team) || (!team.empty() && claims.team == team);
}

}  // namespace fieldcast::access
