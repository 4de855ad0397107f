#include "fieldcast/rooms/home.hpp"

#include <gtest/gtest.h>

namespace fieldcast::rooms {
namespace {

Fragment text(const char* fragment) { return std::make_shared<const std::string>(fragment); }
Timestamp at_ms(std::int64_t ms) { return from_unix_ms(ms); }
const AgentId a("a"), b("b");

TEST(Home, TakesOnlyNewerPositionsForNewer) {
  Home home(1);
  EXPECT_TRUE(home.is_newer(a, at_ms(5)));
  home.move(a, text("1"), {1, 2}, at_ms(5));
  EXPECT_FALSE(home.is_newer(a, at_ms(4)));
  EXPECT_FALSE(home.is_newer(a, at_ms(5)));
  EXPECT_TRUE(home.is_newer(a, at_ms(6)));
}

TEST(Home, LetsAnAgentComeBackWithThePositionItLeftWithButNoOlderOne) {
  Home home(1);
  home.move(a, text("1"), {1, 2}, at_ms(5));
  home.remove(a);
  EXPECT_FALSE(home.is_newer(a, at_ms(4)));
  EXPECT_TRUE(home.is_newer(a, at_ms(5)));
}

TEST(Home, GivesEveryChangeTheNextVersionAndNothingForNoChange) {
  Home home(1);
  EXPECT_EQ(home.set_presence(a, PresenceState::online, at_ms(1)), no_slot);
  home.remove(a);
  EXPECT_EQ(home.table().version(), 0u);
  home.move(a, text("1"), {1, 2}, at_ms(5));
  home.set_presence(a, PresenceState::online, at_ms(5));
  EXPECT_EQ(home.table().version(), 2u);
  home.set_presence(a, PresenceState::online, at_ms(5));
  EXPECT_EQ(home.table().version(), 2u);
  home.remove(a);
  home.remove(a);
  EXPECT_EQ(home.table().version(), 3u);
  EXPECT_EQ(home.set_presence(a, PresenceState::online, at_ms(6)), no_slot);
}

TEST(Home, GivesOneChangeForEachAgentItsLatestOldestFirst) {
  Home home(1);
  EXPECT_FALSE(home.has_changes());
  home.move(a, text("1"), {1, 2}, at_ms(1));
  home.move(b, text("2"), {1, 2}, at_ms(1));
  home.move(a, text("3"), {3, 4}, at_ms(2));
  home.set_presence(b, PresenceState::online, at_ms(2));
  const auto changes = home.take_changes();
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[0].agent, a);
  EXPECT_EQ(changes[0].version, 3u);
  EXPECT_EQ(*changes[0].fragment, "3");
  EXPECT_TRUE(changes[0].moved);
  EXPECT_EQ(changes[1].agent, b);
  EXPECT_TRUE(changes[1].moved);
  EXPECT_TRUE(changes[1].presence_changed);
  EXPECT_EQ(changes[1].presence, PresenceState::online);
  EXPECT_FALSE(home.has_changes());
  EXPECT_TRUE(home.take_changes().empty());
  home.set_presence(a, PresenceState::parked, at_ms(3));
  const auto more = home.take_changes();
  ASSERT_EQ(more.size(), 1u);
  EXPECT_FALSE(more[0].moved);
  EXPECT_TRUE(more[0].presence_changed);
}

TEST(Home, TellsEveryAgentThatLeftBetweenTwoTakesHoweverMany) {
  Home home(1);
  const std::size_t count = LatestTable::tombstones_max + 500;
  for (std::size_t i = 0; i < count; ++i) home.move(AgentId(std::to_string(i)), text("x"), {1, 2}, at_ms(1));
  LatestTable mirror;
  for (const Change& change : home.take_changes()) mirror.apply(change);
  for (std::size_t i = 0; i < count; ++i) home.remove(AgentId(std::to_string(i)));
  for (const Change& change : home.take_changes()) mirror.apply(change);
  EXPECT_EQ(mirror.agents(), 0u);
  EXPECT_EQ(mirror.version(), home.table().version());
}

TEST(Home, BringsANewMirrorToItsStateTombstonesAndForgottenIncluded) {
  Home home(1);
  home.move(a, text("1"), {1, 2}, at_ms(1));
  for (std::size_t i = 0; i < LatestTable::tombstones_max + 5; ++i) {
    const AgentId agent(std::to_string(i));
    home.move(agent, text("x"), {1, 2}, at_ms(1));
    home.skip_changes();
    home.remove(agent);
  }
  home.move(b, text("2"), {1, 2}, at_ms(1));
  LatestTable mirror;
  for (const Change& change : home.all()) mirror.apply(change);
  EXPECT_EQ(mirror.version(), home.table().version());
  EXPECT_EQ(mirror.forgotten(), home.table().forgotten());
  EXPECT_NE(mirror.forgotten(), 0u);
  EXPECT_EQ(mirror.agents(), 2u);
  EXPECT_EQ(mirror.slot_count(), LatestTable::tombstones_max + 2);
}

}  // namespace
}  // namespace fieldcast::rooms
