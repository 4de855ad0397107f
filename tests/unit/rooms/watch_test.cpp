#include "fieldcast/rooms/watch.hpp"

#include "fieldcast/rooms/home.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fieldcast::rooms {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::size_t much = 1 << 20;
constexpr milliseconds at_once{0};
const Viewport near_origin{-1, -1, 1, 1};

struct Room {
  Home home{1};
  std::int64_t time = 0;
  Collected out;

  void move(const std::string& agent, double latitude_deg = 0) {
    home.move(AgentId(agent), std::make_shared<const std::string>(agent), {latitude_deg, 0}, from_unix_ms(++time));
  }
  void presence(const std::string& agent, PresenceState state) {
    home.set_presence(AgentId(agent), state, from_unix_ms(++time));
  }
  void remove(const std::string& agent) { home.remove(AgentId(agent)); }

  const Collected& collect(Watch& watch, std::size_t bytes_max = much) {
    watch.collect(home.table(), bytes_max, out);
    return out;
  }
  std::vector<std::string> names(const std::vector<SlotIndex>& slots) const {
    std::vector<std::string> agents;
    for (const SlotIndex slot : slots) agents.push_back(home.table().slot(slot).agent.str());
    return agents;
  }
  std::vector<std::string> moved() const { return names(out.moved); }
  std::vector<std::string> presence() const { return names(out.presence); }
  std::vector<std::string> left() const { return names(out.left); }

  Watch watching(std::optional<Viewport> viewport = {}, Version since = 0) {
    Watch watch(since, viewport, at_once);
    collect(watch);
    watch.snapshot_done();
    return watch;
  }
};

TEST(Watch, BeginsWithASnapshotOfEverything) {
  Room room;
  room.move("a");
  room.presence("a", PresenceState::online);
  room.move("b");
  Watch watch(0, {}, at_once);
  EXPECT_TRUE(watch.snapshot_due());
  EXPECT_TRUE(watch.behind(room.home.table()));
  room.collect(watch);
  EXPECT_TRUE(room.out.snapshot);
  EXPECT_FALSE(room.out.resumed);
  EXPECT_EQ(room.out.part, 1u);
  EXPECT_TRUE(room.out.complete);
  EXPECT_THAT(room.moved(), ElementsAre("a", "b"));
  EXPECT_THAT(room.presence(), IsEmpty());
  EXPECT_EQ(room.out.upto, room.home.table().version());
  watch.snapshot_done();
  EXPECT_FALSE(watch.behind(room.home.table()));
  EXPECT_TRUE(watch.in_step(room.home.table().version()));
}

TEST(Watch, HasASnapshotOfAnEmptyRoomToo) {
  Room room;
  Watch watch(0, {}, at_once);
  EXPECT_TRUE(room.collect(watch).empty());
  EXPECT_TRUE(room.out.snapshot);
  EXPECT_TRUE(room.out.complete);
  watch.snapshot_done();
  EXPECT_TRUE(watch.in_step(0));
}

TEST(Watch, IsToldOnlyWhatChangedSinceItsCursor) {
  Room room;
  for (const auto* agent : {"a", "b", "c", "d"}) room.move(agent);
  const Version cursor = room.home.table().version();
  room.move("b");
  room.presence("c", PresenceState::parked);
  room.remove("d");
  Watch watch(cursor, {}, at_once);
  EXPECT_TRUE(watch.resumed());
  room.collect(watch);
  EXPECT_TRUE(room.out.resumed);
  EXPECT_THAT(room.moved(), ElementsAre("b", "c")) << "an entry carries presence too";
  EXPECT_THAT(room.left(), ElementsAre("d"));
}

TEST(Watch, GetsAFullSnapshotWhenItsCursorIsOlderThanWhatIsForgotten) {
  Room room;
  room.move("stays");
  room.move("leaves");
  const Version cursor = room.home.table().version();
  room.remove("leaves");
  for (std::size_t i = 0; i < LatestTable::tombstones_max; ++i) {
    room.move("x" + std::to_string(i));
    room.home.skip_changes();
    room.remove("x" + std::to_string(i));
  }
  Watch watch(cursor, {}, at_once);
  room.collect(watch);
  EXPECT_FALSE(room.out.resumed);
  EXPECT_FALSE(watch.resumed());
  EXPECT_THAT(room.moved(), ElementsAre("stays"));
  EXPECT_THAT(room.left(), IsEmpty()) << "who begins anew has nobody who could have left";
}

TEST(Watch, BeginsAnewWhenItWasBehindForLongerThanTombstonesAreKept) {
  Room room;
  room.move("stays");
  room.move("leaves");
  Watch watch = room.watching();
  room.remove("leaves");
  for (std::size_t i = 0; i < LatestTable::tombstones_max; ++i) {
    room.move("x" + std::to_string(i));
    room.home.skip_changes();
    room.remove("x" + std::to_string(i));
  }
  room.collect(watch);
  EXPECT_TRUE(watch.snapshot_due());
  EXPECT_TRUE(room.out.snapshot);
  EXPECT_FALSE(room.out.resumed);
  EXPECT_EQ(room.out.part, 1u);
  EXPECT_THAT(room.moved(), ElementsAre("stays"));
}

TEST(Watch, IsToldThePresenceBesideThePositionOfAnAgentThatIsNew) {
  Room room;
  Watch watch = room.watching();
  room.move("a");
  room.presence("a", PresenceState::online);
  room.collect(watch);
  EXPECT_THAT(room.moved(), ElementsAre("a"));
  EXPECT_THAT(room.presence(), ElementsAre("a"));
  room.presence("a", PresenceState::silent);
  room.collect(watch);
  EXPECT_THAT(room.moved(), IsEmpty());
  EXPECT_THAT(room.presence(), ElementsAre("a"));
}

TEST(Watch, IsToldInPartsWithinItsBytesButAtLeastOneEach) {
  Room room;
  for (const auto* agent : {"a", "b", "c"}) room.move(agent);
  Watch watch(0, {}, at_once);
  room.collect(watch, 1);
  EXPECT_THAT(room.moved(), ElementsAre("a"));
  EXPECT_FALSE(room.out.complete);
  EXPECT_EQ(room.out.upto, 1u);
  room.move("a");
  room.collect(watch, 1);
  EXPECT_EQ(room.out.part, 2u);
  EXPECT_THAT(room.moved(), ElementsAre("b"));
  room.collect(watch, much);
  EXPECT_THAT(room.moved(), ElementsAre("c", "a"));
  EXPECT_TRUE(room.out.complete);
  EXPECT_EQ(room.out.part, 3u);
}

TEST(Watch, IsToldAnEarlierChangeOfPresenceThatAMoveCarriedBehindAPart) {
  Room room;
  for (const auto* agent : {"a", "b"}) room.move(agent);
  Watch watch = room.watching();
  room.presence("a", PresenceState::silent);
  room.move("b");
  room.move("c");
  room.move("a");
  room.collect(watch, 1);
  EXPECT_THAT(room.moved(), ElementsAre("b"));
  room.collect(watch);
  EXPECT_THAT(room.moved(), ElementsAre("c", "a"));
  EXPECT_THAT(room.presence(), ElementsAre("c", "a"));
}

TEST(Watch, TakesTheSharedUpdateOnlyWhileItIsInStep) {
  Room room;
  room.move("a");
  Watch watch = room.watching();
  EXPECT_TRUE(watch.in_step(1));
  room.move("b");
  watch.advance(2);
  EXPECT_TRUE(watch.in_step(2));
  EXPECT_FALSE(watch.in_step(1));
  EXPECT_FALSE(watch.behind(room.home.table()));
  watch.set_view({}, milliseconds{100});
  EXPECT_FALSE(watch.in_step(2));
  watch.set_view(near_origin, at_once);
  EXPECT_FALSE(watch.in_step(2));
}

TEST(Watch, LeavesTheTimeOfItsIntervalBetweenTwoCollects) {
  Watch watch(0, {}, milliseconds{250});
  const SteadyTime now = SteadyTime{} + seconds{5};
  EXPECT_LE(watch.not_before(), now);
  watch.delivered(now);
  EXPECT_EQ(watch.not_before(), now + milliseconds{250});
  watch.set_view({}, milliseconds{100});
  EXPECT_LE(watch.not_before(), now) << "a moved view is answered at once";
}

TEST(WatchWithAViewport, SeesOnlyWhatIsInIt) {
  Room room;
  room.move("in");
  room.move("out", 5);
  Watch watch(0, near_origin, at_once);
  room.collect(watch);
  watch.snapshot_done();
  EXPECT_THAT(room.moved(), ElementsAre("in"));
  room.move("out", 6);
  room.presence("out", PresenceState::silent);
  EXPECT_TRUE(watch.behind(room.home.table()));
  EXPECT_TRUE(room.collect(watch).empty());
  EXPECT_FALSE(watch.behind(room.home.table()));
}

TEST(WatchWithAViewport, IsToldWhoComesAndWhoLeaves) {
  Room room;
  room.move("a");
  room.move("b", 5);
  Watch watch = room.watching(near_origin);
  room.move("a", 5);
  room.move("b", 0);
  room.collect(watch);
  EXPECT_THAT(room.moved(), ElementsAre("b"));
  EXPECT_THAT(room.presence(), ElementsAre("b")) << "its presence was never told";
  EXPECT_THAT(room.left(), ElementsAre("a"));
  room.move("a", 6);
  room.remove("a");
  room.remove("b");
  room.collect(watch);
  EXPECT_THAT(room.left(), ElementsAre("b"));
}

TEST(WatchWithAViewport, GetsAFullSnapshotWhateverItsCursor) {
  Room room;
  room.move("a");
  Watch watch(1, near_origin, at_once);
  room.collect(watch);
  EXPECT_FALSE(room.out.resumed);
  EXPECT_THAT(room.moved(), ElementsAre("a"));
}

TEST(WatchWithAViewport, IsToldOfUnchangedAgentsWhenItsViewMoves) {
  Room room;
  room.move("both");
  room.move("before", -0.9);
  room.move("after", 1.5);
  Watch watch = room.watching(near_origin);
  watch.set_view(Viewport{-1, -0.5, 1, 2}, at_once);
  EXPECT_TRUE(watch.behind(room.home.table()));
  room.collect(watch);
  EXPECT_FALSE(room.out.snapshot);
  EXPECT_THAT(room.moved(), ElementsAre("after"));
  EXPECT_THAT(room.presence(), ElementsAre("after"));
  EXPECT_THAT(room.left(), ElementsAre("before"));
  EXPECT_FALSE(watch.behind(room.home.table()));
}

TEST(WatchWithAViewport, IsNotBehindWhenOnlyItsIntervalChanges) {
  Room room;
  room.move("a");
  Watch watch = room.watching(near_origin);
  watch.set_view(near_origin, milliseconds{50});
  EXPECT_FALSE(watch.behind(room.home.table()));
}

TEST(WatchWithAViewport, MayComeFromTheWholeRoomAndGoBackToIt) {
  Room room;
  room.move("in");
  room.move("out", 5);
  Watch watch = room.watching();
  watch.set_view(near_origin, at_once);
  room.collect(watch);
  EXPECT_THAT(room.moved(), IsEmpty());
  EXPECT_THAT(room.left(), ElementsAre("out"));
  watch.set_view({}, at_once);
  EXPECT_FALSE(watch.in_step(room.home.table().version()));
  room.collect(watch);
  EXPECT_THAT(room.moved(), ElementsAre("out"));
  EXPECT_THAT(room.left(), IsEmpty());
  EXPECT_TRUE(watch.in_step(room.home.table().version()));
}

TEST(WatchWithAViewport, MovesItsViewInPartsToo) {
  Room room;
  for (const auto* agent : {"a", "b", "c"}) room.move(agent, 5);
  Watch watch = room.watching(near_origin);
  watch.set_view(Viewport{-1, 4, 1, 6}, at_once);
  room.collect(watch, 1);
  EXPECT_THAT(room.moved(), ElementsAre("a"));
  EXPECT_FALSE(room.out.complete);
  EXPECT_TRUE(watch.behind(room.home.table()));
  room.move("b", 9);
  room.collect(watch, 1);
  EXPECT_THAT(room.moved(), ElementsAre("c"));
  room.collect(watch, 1);
  EXPECT_TRUE(room.out.empty()) << "b was never told, so it does not leave";
  EXPECT_TRUE(room.out.complete);
}

TEST(Watch, TakesConstantMemory) { EXPECT_LE(sizeof(Watch), 64u); }

}  // namespace
}  // namespace fieldcast::rooms
