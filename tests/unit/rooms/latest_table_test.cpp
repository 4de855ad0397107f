#include "fieldcast/rooms/latest_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fieldcast::rooms {
namespace {

using testing::ElementsAre;

Change moved(const std::string& agent, Version version) {
  Change change;
  change.agent = AgentId(agent);
  change.version = version;
  change.moved = true;
  change.fragment = std::make_shared<const std::string>(agent);
  change.at = {1, 2};
  change.recorded_at = from_unix_ms(static_cast<std::int64_t>(version));
  return change;
}
Change presence(const std::string& agent, Version version, PresenceState state) {
  Change change;
  change.agent = AgentId(agent);
  change.version = version;
  change.presence_changed = true;
  change.presence = state;
  return change;
}
Change gone(const std::string& agent, Version version) {
  Change change;
  change.agent = AgentId(agent);
  change.version = version;
  change.gone = true;
  return change;
}

std::vector<std::string> changed_since(const LatestTable& table, Version since) {
  std::vector<std::string> agents;
  for (SlotIndex i = table.first_since(since); i != no_slot; i = table.next(i)) {
    agents.push_back(table.slot(i).agent.str());
  }
  return agents;
}

TEST(LatestTable, WalksWhatChangedSinceAVersionOldestFirst) {
  LatestTable table;
  EXPECT_THAT(changed_since(table, 0), ElementsAre());
  Version version = 0;
  for (const auto* agent : {"a", "b", "c", "a", "d", "b"}) table.apply(moved(agent, ++version));
  EXPECT_THAT(changed_since(table, 0), ElementsAre("c", "a", "d", "b"));
  EXPECT_THAT(changed_since(table, 3), ElementsAre("a", "d", "b"));
  EXPECT_THAT(changed_since(table, 5), ElementsAre("b"));
  EXPECT_THAT(changed_since(table, 6), ElementsAre());
  EXPECT_EQ(table.agents(), 4u);
  EXPECT_EQ(table.version(), 6u);
}

TEST(LatestTable, FindsItsPlaceByAHintOnlyWhereTheHintIsStillTrue) {
  LatestTable table;
  table.apply(moved("a", 1));
  const SlotIndex b = table.apply(moved("b", 2));
  const SlotIndex c = table.apply(moved("c", 3));
  EXPECT_EQ(table.first_since(2, b), c);
  table.apply(moved("b", 4));
  EXPECT_EQ(table.first_since(2, b), c);
  EXPECT_EQ(table.first_since(2, 1'000), c);
}

TEST(LatestTable, KeepsTheVersionsOfPositionAndPresenceApart) {
  LatestTable table;
  const SlotIndex slot = table.apply(moved("a", 1));
  table.apply(presence("a", 2, PresenceState::online));
  EXPECT_EQ(table.slot(slot).position_version, 1u);
  EXPECT_EQ(table.slot(slot).presence_version, 2u);
  EXPECT_EQ(table.slot(slot).presence, PresenceState::online);
  EXPECT_EQ(*table.slot(slot).fragment, "a");
  table.apply(moved("a", 3));
  EXPECT_EQ(table.slot(slot).position_version, 3u);
  EXPECT_EQ(table.slot(slot).presence_version, 2u);
}

TEST(LatestTable, PassesOverWhatItKnowsAlready) {
  LatestTable table;
  const SlotIndex slot = table.apply(moved("a", 5));
  EXPECT_EQ(table.apply(gone("a", 5)), no_slot);
  EXPECT_EQ(table.apply(gone("a", 4)), no_slot);
  EXPECT_FALSE(table.slot(slot).gone);
}

TEST(LatestTable, ShowsNoAgentWithoutPosition) {
  LatestTable table;
  EXPECT_EQ(table.apply(presence("a", 1, PresenceState::online)), no_slot);
  EXPECT_EQ(table.agents(), 0u);
  EXPECT_EQ(table.version(), 1u);
}

TEST(LatestTable, KeepsTheSlotOfAnAgentThatLeftAndReusesItWhenItReturns) {
  LatestTable table;
  const SlotIndex slot = table.apply(moved("a", 1));
  table.apply(moved("b", 2));
  EXPECT_EQ(table.apply(gone("a", 3)), slot);
  EXPECT_TRUE(table.slot(slot).gone);
  EXPECT_FALSE(table.slot(slot).fragment);
  EXPECT_EQ(table.agents(), 1u);
  EXPECT_THAT(changed_since(table, 2), ElementsAre("a"));
  EXPECT_EQ(table.apply(presence("a", 4, PresenceState::online)), no_slot);
  EXPECT_EQ(table.apply(moved("a", 5)), slot);
  EXPECT_FALSE(table.slot(slot).gone);
  EXPECT_EQ(table.slot(slot).presence_version, 5u) << "who comes back is new in every respect";
  EXPECT_EQ(table.agents(), 2u);
}

TEST(LatestTable, ForgetsTheOldestTombstonesAndSaysSo) {
  LatestTable table;
  Version version = 0;
  const std::size_t count = LatestTable::tombstones_max + 10;
  for (std::size_t i = 0; i < count; ++i) table.apply(moved("agent" + std::to_string(i), ++version));
  const Version before = version;
  for (std::size_t i = 0; i < count; ++i) table.apply(gone("agent" + std::to_string(i), ++version));
  EXPECT_EQ(table.agents(), 0u);
  EXPECT_EQ(changed_since(table, 0).size(), LatestTable::tombstones_max);
  EXPECT_EQ(table.find(AgentId("agent9")), no_slot);
  EXPECT_NE(table.find(AgentId("agent10")), no_slot);
  EXPECT_EQ(table.forgotten(), before + 10);
  EXPECT_FALSE(table.since_is_complete(before + 9));
  EXPECT_TRUE(table.since_is_complete(before + 10));
  EXPECT_TRUE(table.since_is_complete(0));
  const std::size_t slots = table.slot_count();
  table.apply(moved("new", ++version));
  EXPECT_EQ(table.slot_count(), slots) << "the slots of forgotten tombstones are used again";
}

TEST(LatestTable, KeepsTombstonesThatMayNotBeForgottenYet) {
  LatestTable table;
  Version version = 0;
  for (std::size_t i = 0; i < 2'000; ++i) {
    table.apply(moved("agent" + std::to_string(i), ++version));
    table.apply(gone("agent" + std::to_string(i), ++version), 0);
  }
  EXPECT_EQ(changed_since(table, 0).size(), 2'000u);
  table.apply(moved("x", ++version));
  table.apply(gone("x", version + 1), version + 1);
  EXPECT_EQ(changed_since(table, 0).size(), LatestTable::tombstones_max);
}

TEST(LatestTable, DoesNotGrowWithAgentsThatComeAndGo) {
  LatestTable table;
  Version version = 0;
  for (int i = 0; i < 100'000; ++i) {
    const std::string agent = "agent" + std::to_string(i % 7);
    table.apply(moved(agent, ++version));
    table.apply(gone(agent, ++version));
  }
  EXPECT_EQ(table.slot_count(), 7u);
  EXPECT_TRUE(table.since_is_complete(1));
}

TEST(LatestTable, TakesOverWhatItsHomeHasForgotten) {
  LatestTable table;
  Change marker;
  marker.version = 7;
  const std::vector<Change> changes{moved("a", 3), marker, moved("b", 9)};
  table.restore(changes, 12);
  EXPECT_EQ(table.version(), 12u);
  EXPECT_FALSE(table.since_is_complete(6));
  EXPECT_TRUE(table.since_is_complete(7));
  EXPECT_THAT(changed_since(table, 0), ElementsAre("a", "b"));
}

}  // namespace
}  // namespace fieldcast::rooms
