// Agents, organisations, quarantine, memberships.
#include "contract/store_contract.hpp"

#include <gmock/gmock.h>

namespace fieldcast::store::contract {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::int64_t base_ms = 1'700'000'000'000;

TEST_P(StoreContract, RegistersAnAgentFromItsFirstPosition) {
  EXPECT_THAT(registered(), IsEmpty());
  commit({make_position(make_agent("a1", "north", "acme", "Asha"), base_ms)});
  const auto all = registered();
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all[0].identity.org, OrgId("acme"));
  EXPECT_EQ(all[0].identity.team, TeamId("north"));
  EXPECT_EQ(all[0].identity.agent, AgentId("a1"));
  EXPECT_EQ(all[0].identity.name, "Asha");
  ASSERT_TRUE(all[0].last_known);
  EXPECT_EQ(to_unix_ms(all[0].last_known->fix.recorded_at), base_ms);
}

TEST_P(StoreContract, TakesOverANewTeamAndName) {
  commit({make_position(make_agent("a1", "north", "acme", "Asha"), base_ms)});
  commit({make_position(make_agent("a1", "south", "acme", "Asha R"), base_ms + 1)});
  const auto all = registered();
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all[0].identity.team, TeamId("south"));
  EXPECT_EQ(all[0].identity.name, "Asha R");
  EXPECT_THAT(history(make_agent("a1")), SizeIs(2));
}

TEST_P(StoreContract, KeepsTheNameWhenALaterTokenHasNone) {
  commit({make_position(make_agent("a1", "north", "acme", "Asha"), base_ms)});
  reopen();
  commit({make_position(make_agent("a1", "south", "acme", ""), base_ms + 1)});
  commit({make_position(make_agent("a1", "south", "acme", ""), base_ms + 2)});
  EXPECT_EQ(registered().at(0).identity.name, "Asha");
  EXPECT_EQ(registered().at(0).identity.team, TeamId("south"));
}

TEST_P(StoreContract, LetsTheLastOfSeveralTeamsInOneGroupStand) {
  commit({make_position(make_agent("a1", "north"), base_ms), make_position(make_agent("a1", "south"), base_ms + 1),
          make_position(make_agent("a1", "east"), base_ms + 2)});
  ASSERT_THAT(registered(), SizeIs(1));
  EXPECT_EQ(registered()[0].identity.team, TeamId("east"));
}

TEST_P(StoreContract, TakesOverATeamEvenFromAReplayedFix) {
  commit({make_position(make_agent("a1", "north"), base_ms)});
  commit({make_position(make_agent("a1", "south"), base_ms)});
  EXPECT_EQ(registered().at(0).identity.team, TeamId("south"));
}

TEST_P(StoreContract, VisitsTheAgentsOfOneTeamOnly) {
  commit({make_position(make_agent("a1", "north"), base_ms, 1), make_position(make_agent("a2", "south"), base_ms),
          make_position(make_agent("a3", "north"), base_ms, 3)});
  commit({make_position(make_agent("a1", "north", "globex"), base_ms)});
  commit({make_position(make_agent("a3", "south"), base_ms + 1)});
  const auto north = registered(TeamKey{OrgId("acme"), TeamId("north")});
  ASSERT_THAT(north, SizeIs(1));
  EXPECT_EQ(north[0].identity.agent, AgentId("a1"));
  EXPECT_EQ(north[0].identity.org, OrgId("acme"));
  ASSERT_TRUE(north[0].last_known);
  EXPECT_DOUBLE_EQ(north[0].last_known->fix.at.latitude_deg, 1);
  EXPECT_THAT(registered(TeamKey{OrgId("acme"), TeamId("south")}), SizeIs(2));
  EXPECT_THAT(registered(TeamKey{OrgId("acme"), TeamId("east")}), IsEmpty());
}

TEST_P(StoreContract, NeverMixesOrganisations) {
  const auto ours = make_agent("a1", "north", "acme"), theirs = make_agent("a1", "north", "globex");
  commit({make_position(ours, base_ms, 1), make_position(theirs, base_ms, 2)});
  commit({make_position(theirs, base_ms + 1, 3)});
  EXPECT_THAT(history(ours), SizeIs(1));
  EXPECT_THAT(history(theirs), SizeIs(2));
  EXPECT_DOUBLE_EQ(last_known(ours).fix.at.latitude_deg, 1);
  EXPECT_DOUBLE_EQ(last_known(theirs).fix.at.latitude_deg, 3);
  set_aside(ours, "ours");
  set_aside(theirs, "theirs");
  EXPECT_THAT(quarantined_records({.org = OrgId("acme"), .teams = {}, .agent = {}}), ElementsAre("ours"));
  EXPECT_THAT(quarantined_records({.org = OrgId("globex"), .teams = {{TeamId("north")}}, .agent = AgentId("a1")}),
              ElementsAre("theirs"));
}

TEST_P(StoreContract, TellsApartIdsThatLookAlike) {
  const std::vector<std::pair<const char*, const char*>> ids = {{"acme", "a1"},
                                                                {"acme", "A1"},
                                                                {"ACME", "a1"},
                                                                {"acme", "a1 "},
                                                                {"acm", "ea1"},
                                                                {"acme", "a\xCC\x81"},
                                                                {"acme", "\xC3\xA1"},
                                                                {"acme", "'; DROP TABLE agents; --"},
                                                                {"acme", "%"},
                                                                {"acme", "1"},
                                                                {"acme", "01"},
                                                                {"acme", "1.0"},
                                                                {"\xE6\x9D\xB1\xE4\xBA\xAC", "\xF0\x9F\x9A\x9A-7"},
                                                                {"acme", "null"},
                                                                {"acme", "a\\b\"c"}};
  std::vector<AgentPosition> positions;
  for (const auto& [org, agent] : ids) positions.push_back(make_position(make_agent(agent, "north", org), base_ms));
  EXPECT_EQ(commit(positions).accepted, ids.size());
  EXPECT_EQ(counts().agents, ids.size());
  reopen();
  EXPECT_EQ(commit(positions).duplicates, ids.size());
  EXPECT_EQ(counts().agents, ids.size());
  const auto all = registered();
  ASSERT_THAT(all, SizeIs(ids.size()));
  for (const auto& [org, agent] : ids) EXPECT_THAT(history(make_agent(agent, "north", org)), SizeIs(1)) << agent;
}

TEST_P(StoreContract, TakesIdsOfTheGreatestLength) {
  const std::string longest(id_bytes_max, 'x');
  const auto agent = make_agent(longest.c_str(), longest.c_str(), longest.c_str(), std::string(4'096, 'n').c_str());
  commit({make_position(agent, base_ms)});
  EXPECT_EQ(registered().at(0).identity.agent.str(), longest);
  EXPECT_EQ(registered().at(0).identity.name.size(), 4'096U);
}

TEST_P(StoreContract, KeepsARecordSetAsideAsItCame) {
  const std::string record = "{\"lat\": \"\\u0000 \xE6\x9D\xB1\"}" + std::string(4'000, ' ');
  WriteRequest request;
  request.quarantined.push_back(
      {make_agent("a1", "north"), "latitude_not_a_number", record, from_unix_ms(base_ms + 7)});
  WriteResult result;
  ASSERT_TRUE(writer_->commit({&request, 1}, {&result, 1}));
  EXPECT_EQ(result.accepted + result.duplicates, 0U);
  auto records = reader_->quarantine({.org = OrgId("acme"), .teams = {}, .agent = {}});
  ASSERT_TRUE(records);
  ASSERT_THAT(*records, SizeIs(1));
  EXPECT_GT(records->at(0).id, 0U);
  EXPECT_EQ(records->at(0).agent, AgentId("a1"));
  EXPECT_EQ(records->at(0).team, TeamId("north"));
  EXPECT_EQ(records->at(0).code, "latitude_not_a_number");
  EXPECT_EQ(records->at(0).record, record);
  EXPECT_EQ(to_unix_ms(records->at(0).received_at), base_ms + 7);
  EXPECT_EQ(counts().quarantined, 1U);
}

TEST_P(StoreContract, DoesNotRegisterWhoOnlySentWhatWasSetAside) {
  set_aside(make_agent("gateway"), "bad");
  EXPECT_THAT(registered(), IsEmpty());
}

TEST_P(StoreContract, PagesThroughQuarantineNewestFirst) {
  const auto agent = make_agent("a1");
  for (const char* record : {"1", "2", "3", "4", "5"}) set_aside(agent, record);
  QuarantineQuery query{.org = OrgId("acme"), .teams = {}, .agent = {}, .limit = 2};
  std::vector<std::string> read;
  for (int page = 0; page < 3; ++page) {
    auto records = reader_->quarantine(query);
    ASSERT_TRUE(records);
    for (const QuarantineRecord& record : *records) read.push_back(record.record);
    query.before = records->back().id;
  }
  EXPECT_THAT(read, ElementsAre("5", "4", "3", "2", "1"));
  EXPECT_THAT(quarantined_records(query), IsEmpty());
}

TEST_P(StoreContract, ShowsAManagerTheQuarantineOfHisTeamsOnly) {
  set_aside(make_agent("a1", "north"), "n1");
  set_aside(make_agent("a2", "south"), "s1");
  set_aside(make_agent("a3", "east"), "e1");
  set_aside(make_agent("a1", "north"), "n2");
  const OrgId org("acme");
  const auto teams = [](std::vector<TeamId> list) { return std::optional(std::move(list)); };
  EXPECT_THAT(quarantined_records({.org = org, .teams = teams({TeamId("north"), TeamId("east")}), .agent = {}}),
              ElementsAre("n2", "e1", "n1"));
  EXPECT_THAT(quarantined_records({.org = org, .teams = teams({TeamId("north"), TeamId("north")}), .agent = {}}),
              ElementsAre("n2", "n1"));
  EXPECT_THAT(
      quarantined_records({.org = org, .teams = teams({TeamId("north"), TeamId("south")}), .agent = {}, .limit = 2}),
      ElementsAre("n2", "s1"));
  EXPECT_THAT(quarantined_records({.org = org, .teams = teams({}), .agent = {}}), IsEmpty());
}

TEST_P(StoreContract, ShowsTheQuarantineOfOneAgentWithinTheTeamsAskedFor) {
  set_aside(make_agent("a1", "north"), "in north");
  set_aside(make_agent("a2", "north"), "of another");
  set_aside(make_agent("a1", "south"), "in south");
  const OrgId org("acme");
  EXPECT_THAT(quarantined_records({.org = org, .teams = {}, .agent = AgentId("a1")}),
              ElementsAre("in south", "in north"));
  EXPECT_THAT(quarantined_records({.org = org, .teams = {{TeamId("north")}}, .agent = AgentId("a1"), .limit = 1}),
              ElementsAre("in north"));
  EXPECT_THAT(quarantined_records({.org = org, .teams = std::vector<TeamId>{}, .agent = AgentId("a1")}), IsEmpty());
  EXPECT_THAT(quarantined_records({.org = org, .teams = {}, .agent = AgentId("nobody")}), IsEmpty());
}

TEST_P(StoreContract, RemembersWhoMaySeeWhat) {
  const OrgId org("acme");
  const UserId user("m1");
  ASSERT_TRUE(writer_->set_membership(org, user, TeamId("south"), true));
  ASSERT_TRUE(writer_->set_membership(org, user, TeamId("north"), true));
  ASSERT_TRUE(writer_->set_membership(org, user, TeamId("north"), true));
  ASSERT_TRUE(writer_->set_membership(OrgId("globex"), user, TeamId("west"), true));
  ASSERT_TRUE(writer_->set_membership(org, UserId("m2"), TeamId("east"), true));
  EXPECT_THAT(*reader_->teams_of(org, user), ElementsAre(TeamId("north"), TeamId("south")));
  ASSERT_TRUE(writer_->set_membership(org, user, TeamId("north"), false));
  ASSERT_TRUE(writer_->set_membership(org, user, TeamId("never"), false));
  EXPECT_THAT(*reader_->teams_of(org, user), ElementsAre(TeamId("south")));
  EXPECT_THAT(*reader_->teams_of(org, UserId("nobody")), IsEmpty());
}

}  // namespace
}  // namespace fieldcast::store::contract
