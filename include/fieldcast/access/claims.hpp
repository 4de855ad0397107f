// What a verified token says of its bearer, and what that permits. Pure.
#pragma once

#include "fieldcast/base/clock.hpp"
#include "fieldcast/domain/ids.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace fieldcast::access {

enum class Role : std::uint8_t { agent, gateway, manager, admin };
std::string_view to_string(Role role);

struct Claims {
  UserId user;  // `sub`
  Role role = Role::agent;
  OrgId org{"default"};
  TeamId team;                    // agents, gateways: where they report; empty when absent
  std::vector<TeamId> teams;      // managers (and gateways): listed; empty when absent
  bool all_teams = false;         // `*`, or admin
  bool teams_from_store = false;  // a manager's token without `teams`: memberships in the store decide
  std::string name;
  Timestamp expires_at = Timestamp::max();
};
using ClaimsPtr = std::shared_ptr<const Claims>;

/// Claims as one instance hands them to another: a JSON object. No token; whoever can write it can be anybody.
std::string claims_text(const Claims& claims);
/// Null for what claims_text did not write.
ClaimsPtr claims_from_text(std::string_view text);

/// May watch, list and query the team. Managers and admins, in their organisation only.
bool may_see(const Claims& claims, const TeamKey& team);
/// May see one agent: whoever may see its team, and the agent itself.
bool may_see(const Claims& claims, const AgentIdentity& agent);
/// May report for the agent: the agent itself (role agent), or a gateway of its team
/// (its `team`, its `teams`, or `*`), in their organisation only.
bool may_report_for(const Claims& claims, const AgentKey& agent, const TeamId& team);

}  // namespace fieldcast::access
