// The durable way: answers after the commit, and what is set aside.
#include "hub_fixture.hpp"

namespace fieldcast::hub {
namespace {

class HubDurable : public HubTestBase {
 protected:
  static access::ClaimsPtr gateway(std::string team, std::vector<std::string> teams = {}) {
    auto claims = std::make_shared<access::Claims>();
    claims->user = UserId("box");
    claims->role = access::Role::gateway;
    claims->team = TeamId(std::move(team));
    for (auto& each : teams) claims->teams.emplace_back(std::move(each));
    return claims;
  }
};

TEST_F(HubDurable, WhileTheStoreFailsNothingIsAcknowledgedAndTheLiveWayGoesOn) {
  Listener listener;
  watch(listener, 0, manager({"north"}), "team:north");
  engine.failing = true;
  EXPECT_EQ(report(0, agent("ana", "north"), 1).failure, &outcome::store_unavailable);
  EXPECT_EQ(listener.of_type("update").size(), 1u);
  EXPECT_EQ(engine.positions, 0u);
}

TEST_F(HubDurable, ABadRecordIsSetAsideWithItsIndexAndTheRestGoesOn) {
  const access::ClaimsPtr ana = agent("ana", "north");
  codec::FixBatch batch;
  batch.fixes.resize(3);
  for (auto& decoded : batch.fixes) {
    decoded.fix.at = {10, 20};
    decoded.fix.recorded_at = start;
  }
  batch.fixes[1].fix.at.latitude_deg = 91;
  batch.fixes[2].problem = &outcome::longitude_missing;
  std::optional<SubmitAnswer> answer;
  hubs[0]->submit(ana, hubs[0]->register_agent(*ana), batch, {start, SteadyTime{} + seconds(1)},
                  [&](const SubmitAnswer& given) { answer = given; });
  while (!answer) loops[0]->context().run_one();
  EXPECT_EQ(answer->accepted, 1u);
  ASSERT_EQ(answer->quarantined.size(), 2u);
  EXPECT_EQ(answer->quarantined[0].index, 1u);
  EXPECT_EQ(answer->quarantined[0].why, &outcome::latitude_out_of_range);
  EXPECT_EQ(answer->quarantined[1].why, &outcome::longitude_missing);
}

TEST_F(HubDurable, AnAgentMayNotReportForAnother) {
  const SubmitAnswer answer = report(0, agent("ana", "north"), 1, 12.5, "bob");
  ASSERT_EQ(answer.quarantined.size(), 1u);
  EXPECT_EQ(answer.quarantined[0].why, &outcome::agent_not_permitted);
  EXPECT_EQ(directory.find({OrgId("default"), AgentId("bob")}), nullptr);
}

TEST_F(HubDurable, AGatewayReportsForAgentsOfItsTeamsAndRegistersThem) {
  EXPECT_EQ(report(0, gateway("north"), 1, 12.5, "van-1").accepted, 1u);
  const AgentIdentityPtr van = directory.find({OrgId("default"), AgentId("van-1")});
  ASSERT_NE(van, nullptr);
  EXPECT_EQ(van->team, TeamId("north"));
}

TEST_F(HubDurable, AGatewayMayNotTakeAnAgentOfAnotherTeam) {
  report(0, agent("ana", "south"), 1);
  const SubmitAnswer answer = report(0, gateway("north"), 2, 12.5, "ana");
  ASSERT_EQ(answer.quarantined.size(), 1u);
  EXPECT_EQ(answer.quarantined[0].why, &outcome::agent_not_permitted);
  EXPECT_EQ(directory.find({OrgId("default"), AgentId("ana")})->team, TeamId("south"));
}

TEST_F(HubDurable, ARecordThatIsSetAsideMovesNobody) {
  report(0, agent("ana", "north"), 1);
  codec::FixBatch batch;
  batch.fixes.resize(1);
  batch.fixes[0].fix.at = {10, 20};
  batch.fixes[0].fix.recorded_at = start + std::chrono::hours(48);
  batch.fixes[0].agent = "ana";
  batch.fixes[0].team = "south";
  std::optional<SubmitAnswer> answer;
  hubs[0]->submit(gateway("north", {"south"}), nullptr, batch, {start, SteadyTime{} + seconds(1)},
                  [&](const SubmitAnswer& given) { answer = given; });
  while (!answer) loops[0]->context().run_one();
  EXPECT_EQ(answer->quarantined.at(0).why, &outcome::recorded_at_in_future);
  EXPECT_EQ(directory.find({OrgId("default"), AgentId("ana")})->team, TeamId("north"));
}

TEST_F(HubDurable, AConnectionReportsForTheTeamThatItsAgentHasNow) {
  report(0, agent("ana", "north"), 1);
  const access::ClaimsPtr ana = agent("ana", "");
  const AgentIdentityPtr since_sign_in = hubs[0]->register_agent(*ana);
  report(1, agent("ana", "south"), 2);
  Listener north, south;
  watch(north, 0, manager({"north"}), "team:north");
  watch(south, 0, manager({"south"}), "team:south");
  codec::FixBatch batch;
  batch.fixes.resize(1);
  batch.fixes[0].fix.at = {10, 20};
  batch.fixes[0].fix.recorded_at = start + seconds(3);
  hubs[0]->submit(ana, since_sign_in, batch, {start + seconds(3), SteadyTime{} + seconds(4)},
                  [](const SubmitAnswer&) {});
  settle();
  EXPECT_TRUE(north.of_type("update").empty());
  EXPECT_EQ(south.of_type("update").size(), 1u);
}

TEST_F(HubDurable, AGatewaysRecordWithoutAgentIsSetAside) {
  EXPECT_EQ(report(0, gateway("north"), 1).quarantined.at(0).why, &outcome::agent_missing);
}

TEST_F(HubDurable, AnEmptyBatchIsAnsweredAtOnce) {
  const access::ClaimsPtr ana = agent("ana", "north");
  codec::FixBatch batch;
  std::optional<SubmitAnswer> answer;
  hubs[0]->submit(ana, hubs[0]->register_agent(*ana), batch, {start, SteadyTime{} + seconds(1)},
                  [&](const SubmitAnswer& given) { answer = given; });
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->failure, nullptr);
  EXPECT_EQ(answer->accepted, 0u);
}

TEST_F(HubDurable, AnAgentWithoutTeamKeepsTheOneItIsKnownIn) {
  report(0, agent("ana", "north"), 1);
  EXPECT_EQ(hubs[0]->register_agent(*agent("ana", ""))->team, TeamId("north"));
  EXPECT_EQ(hubs[0]->register_agent(*agent("eve", ""))->team, TeamId("default"));
}

}  // namespace
}  // namespace fieldcast::hub
