#include "fieldcast/store/directory.hpp"

#include <gmock/gmock.h>
#include <thread>

namespace fieldcast::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

AgentIdentity agent(const char* id, const char* team, const char* name = "", const char* org = "acme") {
  return {OrgId(org), TeamId(team), AgentId(id), name};
}
AgentKey key(const char* id, const char* org = "acme") { return {OrgId(org), AgentId(id)}; }

TEST(Directory, KnowsNobodyAtFirst) {
  const Directory directory;
  EXPECT_EQ(directory.find(key("a1")), nullptr);
  EXPECT_EQ(directory.size(), 0U);
  EXPECT_THAT(directory.teams(OrgId("acme")), IsEmpty());
}

TEST(Directory, RegistersAnAgentWithoutABefore) {
  Directory directory;
  const auto registered = directory.put(agent("a1", "north", "Asha"));
  EXPECT_EQ(registered.before, nullptr);
  EXPECT_EQ(registered.agent->name, "Asha");
  EXPECT_EQ(directory.find(key("a1")), registered.agent);
  EXPECT_EQ(directory.size(), 1U);
}

TEST(Directory, TakesTheStoresWordUnlessTheAgentSpokeHereLast) {
  using enum Directory::Source;
  Directory directory;
  directory.put(agent("a1", "north"), store);
  EXPECT_EQ(directory.put(agent("a1", "south"), store).agent->team, TeamId("south"));
  const SteadyTime now{};
  directory.put(agent("a1", "east"), here, now);
  const auto refused = directory.put(agent("a1", "south"), store, now + Directory::store_behind_max - seconds{1});
  EXPECT_EQ(refused.agent->team, TeamId("east"));
  EXPECT_FALSE(refused.changed);
  EXPECT_EQ(directory.put(agent("a1", "west"), other_instance).agent->team, TeamId("west"));
  directory.put(agent("a1", "east"), here, now);
  EXPECT_EQ(directory.put(agent("a1", "south"), store, now + Directory::store_behind_max).agent->team, TeamId("south"));
  EXPECT_THAT(directory.teams(OrgId("acme")), ElementsAre(TeamId("south")));
}

const Timestamp noon = from_unix_ms(1'790'000'000'000);

Erasure erasure(const AgentKey& who, Timestamp at = noon) { return {1, digest_of(who), at}; }

TEST(Directory, ForgetsWhoWasErasedAndNobodyElse) {
  Directory directory;
  for (const char* id : {"a1", "a2"}) directory.put(agent(id, "north"));
  directory.put(agent("a1", "north", "", "zeta"));
  const Erasure erased[] = {erasure(key("a1")), erasure(key("nobody"))};
  const auto gone = directory.forget(erased);
  ASSERT_EQ(gone.size(), 1U);
  EXPECT_EQ(gone[0]->key(), key("a1"));
  EXPECT_EQ(directory.find(key("a1")), nullptr);
  EXPECT_NE(directory.find(key("a2")), nullptr);
  EXPECT_NE(directory.find(key("a1", "zeta")), nullptr);
  EXPECT_TRUE(directory.forget(erased).empty());
}

TEST(Directory, ATeamGoesWithItsLastAgent) {
  Directory directory;
  for (const char* id : {"a1", "a2"}) directory.put(agent(id, "north"));
  for (const char* id : {"a1", "a2"}) {
    EXPECT_THAT(directory.teams(OrgId("acme")), ElementsAre(TeamId("north")));
    const Erasure erased[] = {erasure(key(id))};
    directory.forget(erased);
  }
  EXPECT_THAT(directory.teams(OrgId("acme")), IsEmpty());
  directory.put(agent("a1", "north"));
  EXPECT_THAT(directory.teams(OrgId("acme")), ElementsAre(TeamId("north")));
}

TEST(Directory, WhatWasReceivedBeforeAnErasureBringsNobodyBack) {
  Directory directory;
  const Erasure erased[] = {erasure(key("a1"), noon - seconds{60}), erasure(key("a1"))};
  directory.forget(erased);
  const Timestamp last = noon + Directory::clocks_apart_max;
  EXPECT_EQ(directory.find_or_put(agent("a1", "north"), last), nullptr);
  EXPECT_EQ(directory.find(key("a1")), nullptr);
  EXPECT_NE(directory.find_or_put(agent("a2", "north"), last), nullptr);
  EXPECT_NE(directory.find_or_put(agent("a1", "north"), last + milliseconds{1}), nullptr);
  EXPECT_EQ(directory.find_or_put(agent("a1", "north"), last), nullptr) << "known or not, it is of before";
}

TEST(Directory, ADigestTellsOrganisationAndAgentApart) {
  EXPECT_NE(digest_of({OrgId("a"), AgentId("bc")}), digest_of({OrgId("ab"), AgentId("c")}));
  // printf 'acme\0a1' | sha256sum: other programs work on the same database.
  EXPECT_EQ(digest_of(key("a1")), "5aa1c9bc4facf2969706a3899f8951d594e81c1911056dd0f3a196e35291333f");
}

TEST(Directory, GivesTheSameIdentityWhileNothingChanges) {
  Directory directory;
  const auto first = directory.put(agent("a1", "north", "Asha"));
  for (const char* name : {"Asha", ""}) {
    const auto again = directory.put(agent("a1", "north", name));
    EXPECT_EQ(again.agent, first.agent);
    EXPECT_EQ(again.before, nullptr);
  }
}

TEST(Directory, TellsWhatAnAgentWasBeforeItsTeamChanged) {
  Directory directory;
  directory.put(agent("a1", "north", "Asha"));
  const auto moved = directory.put(agent("a1", "south"));
  ASSERT_NE(moved.before, nullptr);
  EXPECT_EQ(moved.before->team, TeamId("north"));
  EXPECT_EQ(moved.agent->team, TeamId("south"));
  EXPECT_EQ(moved.agent->name, "Asha");
  EXPECT_THAT(directory.teams(OrgId("acme")), ElementsAre(TeamId("south")));
  EXPECT_EQ(directory.size(), 1U);
}

TEST(Directory, TakesOverANewName) {
  Directory directory;
  directory.put(agent("a1", "north", "Asha"));
  const auto renamed = directory.put(agent("a1", "north", "Asha R"));
  ASSERT_NE(renamed.before, nullptr);
  EXPECT_EQ(renamed.before->name, "Asha");
  EXPECT_EQ(directory.find(key("a1"))->name, "Asha R");
  EXPECT_THAT(directory.teams(OrgId("acme")), ElementsAre(TeamId("north")));
}

TEST(Directory, ListsTeamsSortedAndOnlyWhileTheyHaveAnAgent) {
  Directory directory;
  directory.put(agent("a1", "south"));
  directory.put(agent("a2", "north"));
  directory.put(agent("a3", "north"));
  EXPECT_THAT(directory.teams(OrgId("acme")), ElementsAre(TeamId("north"), TeamId("south")));
  directory.put(agent("a2", "south"));
  EXPECT_THAT(directory.teams(OrgId("acme")), ElementsAre(TeamId("north"), TeamId("south")));
  directory.put(agent("a3", "south"));
  EXPECT_THAT(directory.teams(OrgId("acme")), ElementsAre(TeamId("south")));
}

TEST(Directory, KeepsOrganisationsApart) {
  Directory directory;
  directory.put(agent("a1", "north", "Asha", "acme"));
  const auto other = directory.put(agent("a1", "west", "Ben", "globex"));
  EXPECT_EQ(other.before, nullptr);
  EXPECT_EQ(directory.find(key("a1", "acme"))->name, "Asha");
  EXPECT_THAT(directory.teams(OrgId("globex")), ElementsAre(TeamId("west")));
}

TEST(Directory, CountsTeamsRightWhenManyThreadsMoveTheSameAgents) {
  Directory directory;
  const std::vector<const char*> teams = {"t0", "t1", "t2"};
  std::vector<std::thread> threads;
  for (std::size_t seed = 0; seed < 4; ++seed)
    threads.emplace_back([&, seed] {
      for (std::size_t i = 0; i < 2'000; ++i) {
        const std::string id = "a" + std::to_string(i % 10);
        directory.put(agent(id.c_str(), teams[(i * 7 + seed) % 3]));
        EXPECT_NE(directory.find(key(id.c_str())), nullptr);
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(directory.size(), 10U);
  for (int i = 0; i < 10; ++i) directory.put(agent(("a" + std::to_string(i)).c_str(), "home"));
  EXPECT_THAT(directory.teams(OrgId("acme")), ElementsAre(TeamId("home")));
}

}  // namespace
}  // namespace fieldcast::store
