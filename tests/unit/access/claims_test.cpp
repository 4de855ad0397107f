#include "fieldcast/access/claims.hpp"

#include <gtest/gtest.h>

namespace fieldcast::access {
namespace {

constexpr Role all_roles[] = {Role::agent, Role::gateway, Role::manager, Role::admin};

Claims claims_of(Role role, std::string_view org = "acme") {
  Claims claims;
  claims.user = UserId("u1");
  claims.role = role;
  claims.org = OrgId(org);
  return claims;
}
TeamKey team(std::string_view org, std::string_view name) { return {OrgId(org), TeamId(name)}; }
AgentIdentity agent(std::string_view org, std::string_view team_name, std::string_view name) {
  return {OrgId(org), TeamId(team_name), AgentId(name), ""};
}

TEST(MaySee, LetsManagersSeeTheirTeams) {
  Claims manager = claims_of(Role::manager);
  EXPECT_FALSE(may_see(manager, team("acme", "north")));
  manager.teams = {TeamId("north"), TeamId("west")};
  EXPECT_TRUE(may_see(manager, team("acme", "north")));
  EXPECT_FALSE(may_see(manager, team("acme", "south")));
  EXPECT_FALSE(may_see(manager, team("acme", "")));
  manager.all_teams = true;
  EXPECT_TRUE(may_see(manager, team("acme", "south")));
}

TEST(MaySee, LetsAdminsSeeTheirOrganisation) { EXPECT_TRUE(may_see(claims_of(Role::admin), team("acme", "north"))); }

TEST(MaySee, LetsNeitherAgentsNorGatewaysSeeTeams) {
  for (const auto role : {Role::agent, Role::gateway}) {
    Claims claims = claims_of(role);
    claims.team = TeamId("north");
    claims.teams = {TeamId("north")};
    claims.all_teams = true;
    EXPECT_FALSE(may_see(claims, team("acme", "north")));
  }
}

TEST(MaySee, LetsAnAgentSeeItselfOnly) {
  const Claims claims = claims_of(Role::agent);
  EXPECT_TRUE(may_see(claims, agent("acme", "north", "u1")));
  EXPECT_FALSE(may_see(claims, agent("acme", "north", "u2")));
  EXPECT_FALSE(may_see(claims_of(Role::gateway), agent("acme", "north", "u1")));
  EXPECT_FALSE(may_see(claims_of(Role::manager), agent("acme", "north", "u1")));
}

TEST(MaySee, LetsAManagerSeeTheAgentsOfATeam) {
  Claims manager = claims_of(Role::manager);
  manager.teams = {TeamId("north")};
  EXPECT_TRUE(may_see(manager, agent("acme", "north", "a1")));
  EXPECT_FALSE(may_see(manager, agent("acme", "south", "a1")));
}

TEST(MayReport, LetsAnAgentReportForItselfOnly) {
  const Claims claims = claims_of(Role::agent);
  EXPECT_TRUE(may_report_for(claims, {OrgId("acme"), AgentId("u1")}, TeamId("any")));
  EXPECT_FALSE(may_report_for(claims, {OrgId("acme"), AgentId("u2")}, TeamId("")));
}

TEST(MayReport, LetsAGatewayReportForItsTeams) {
  const AgentKey key{OrgId("acme"), AgentId("a1")};
  Claims gateway = claims_of(Role::gateway);
  EXPECT_FALSE(may_report_for(gateway, key, TeamId("north")));
  EXPECT_FALSE(may_report_for(gateway, key, TeamId("")));
  gateway.team = TeamId("north");
  gateway.teams = {TeamId("south")};
  EXPECT_TRUE(may_report_for(gateway, key, TeamId("north")));
  EXPECT_TRUE(may_report_for(gateway, key, TeamId("south")));
  EXPECT_FALSE(may_report_for(gateway, key, TeamId("west")));
  EXPECT_FALSE(may_report_for(gateway, key, TeamId("")));
  gateway.all_teams = true;
  EXPECT_TRUE(may_report_for(gateway, key, TeamId("west")));
}

TEST(MayReport, LetsManagersAndAdminsReportForNobody) {
  for (const auto role : {Role::manager, Role::admin}) {
    Claims claims = claims_of(role);
    claims.all_teams = true;
    EXPECT_FALSE(may_report_for(claims, {OrgId("acme"), AgentId("u1")}, TeamId("north")));
  }
}

TEST(Organisations, AreNeverCrossed) {
  for (const auto role : all_roles) {
    Claims claims = claims_of(role, "acme");
    claims.team = TeamId("north");
    claims.teams = {TeamId("north")};
    claims.all_teams = true;
    EXPECT_FALSE(may_see(claims, team("other", "north"))) << to_string(role);
    EXPECT_FALSE(may_see(claims, agent("other", "north", "u1"))) << to_string(role);
    EXPECT_FALSE(may_report_for(claims, {OrgId("other"), AgentId("u1")}, TeamId("north"))) << to_string(role);
  }
}

TEST(Claims, ComeBackFromTheirText) {
  Claims claims;
  claims.user = UserId("mira \"the boss\"");
  claims.role = Role::manager;
  claims.org = OrgId("acme");
  claims.team = TeamId("north");
  claims.teams = {TeamId("north"), TeamId("süd")};
  claims.teams_from_store = true;
  claims.name = "Mira";
  claims.expires_at = from_unix_ms(1'790'000'000'123);
  const ClaimsPtr back = claims_from_text(claims_text(claims));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->user, claims.user);
  EXPECT_EQ(back->role, claims.role);
  EXPECT_EQ(back->org, claims.org);
  EXPECT_EQ(back->team, claims.team);
  EXPECT_EQ(back->teams, claims.teams);
  EXPECT_FALSE(back->all_teams);
  EXPECT_TRUE(back->teams_from_store);
  EXPECT_EQ(back->name, claims.name);
  EXPECT_EQ(back->expires_at, claims.expires_at);
  EXPECT_EQ(claims_from_text(claims_text(Claims{}))->expires_at, Timestamp::max());
}

TEST(Claims, AreNotReadFromATextThatIsNotTheirs) {
  std::string text = claims_text(Claims{});
  EXPECT_FALSE(claims_from_text(""));
  EXPECT_FALSE(claims_from_text("{}"));
  EXPECT_FALSE(claims_from_text(text.substr(0, text.size() - 1)));
  text.replace(text.find("\"role\":0"), 8, "\"role\":9");
  EXPECT_FALSE(claims_from_text(text));
}

}  // namespace
}  // namespace fieldcast::access
