// The live way: who is told what, in which order.
#include "hub_fixture.hpp"

namespace fieldcast::hub {
namespace {

class HubLive : public HubTestBase {};

TEST_F(HubLive, ASnapshotComesBeforeTheFirstUpdate) {
  report(0, agent("ana", "north"), 1);
  Listener listener;
  watch(listener, 0, manager({"north"}), "team:north");
  report(0, agent("ana", "north"), 2);
  ASSERT_GE(listener.messages.size(), 2u);
  EXPECT_EQ(listener.message(0)["type"], "snapshot");
  EXPECT_EQ(listener.message(0)["id"], 1);
  EXPECT_EQ(listener.message(0)["agents"][0]["agent"], "ana");
  EXPECT_EQ(listener.message(1)["type"], "update");
}

TEST_F(HubLive, ARoomThatNobodyReportsToHasAnEmptySnapshotAndThenUpdates) {
  Listener listener;
  watch(listener, 1, manager({"north"}), "team:north");
  EXPECT_TRUE(listener.message(0)["agents"].empty());
  report(0, agent("ana", "north"), 1);
  EXPECT_EQ(listener.of_type("update").at(0)["positions"][0]["agent"], "ana");
}

TEST_F(HubLive, AnUpdateIsSerialisedOnceForTheWatchersOfAllShards) {
  Listener here, there;
  watch(here, 0, manager({"north"}), "team:north");
  watch(there, 1, manager({"north"}), "team:north");
  report(1, agent("ana", "north"), 1);
  ASSERT_EQ(here.last()["type"], there.last()["type"]);
  EXPECT_EQ(here.messages.back(), there.messages.back()) << "two texts were made of one update";
}

TEST_F(HubLive, AnOlderFixIsStoredButNotTold) {
  Listener listener;
  watch(listener, 0, manager({"north"}), "team:north");
  report(0, agent("ana", "north"), 10);
  const std::size_t told = listener.messages.size();
  EXPECT_EQ(report(1, agent("ana", "north"), 5).accepted, 1u);
  EXPECT_EQ(listener.messages.size(), told);
  EXPECT_EQ(engine.positions, 2u);
}

TEST_F(HubLive, NothingCrossesTeams) {
  Listener north, south;
  watch(north, 0, manager({"north"}), "team:north");
  watch(south, 1, manager({"south"}), "team:south");
  report(0, agent("ana", "north"), 1);
  EXPECT_EQ(north.of_type("update").size(), 1u);
  EXPECT_TRUE(south.of_type("update").empty());
}

TEST_F(HubLive, NothingCrossesOrganisationsWhoseTeamsAndAgentsHaveTheSameNames) {
  Listener ours, theirs;
  watch(ours, 0, manager({"north"}, "ours"), "team:north");
  watch(theirs, 0, manager({"north"}, "theirs"), "team:north");
  report(0, agent("ana", "north", "ours"), 1);
  EXPECT_EQ(ours.of_type("update").size(), 1u);
  EXPECT_TRUE(theirs.of_type("update").empty());
}

TEST_F(HubLive, AForeignTeamIsForbiddenAndAnUnknownKindOfRoomIsUnknown) {
  Listener listener;
  watch(listener, 0, manager({"north"}), "team:south");
  EXPECT_EQ(listener.last()["code"], "forbidden");
  EXPECT_EQ(listener.last()["room"], "team:south");
  watch(listener, 0, manager({"north"}), "planet:mars");
  EXPECT_EQ(listener.last()["code"], "room_unknown");
}

TEST_F(HubLive, AnAgentOfAnotherTeamLooksLikeOneThatDoesNotExist) {
  report(0, agent("bob", "south"), 1);
  Listener listener;
  watch(listener, 0, manager({"north"}), "agent:bob");
  const auto foreign = listener.last();
  watch(listener, 0, manager({"north"}), "agent:nobody");
  EXPECT_EQ(foreign["code"], "forbidden");
  EXPECT_EQ(listener.last()["code"], "forbidden");
}

TEST_F(HubLive, ASlowWatcherGetsOnlyTheLatestOnceItKeepsUpAgain) {
  report(0, agent("ana", "north"), 1);
  Listener listener;
  const ClientId id = watch(listener, 1, manager({"north"}), "team:north");
  listener.keeps_up = false;
  const std::size_t told = listener.messages.size();
  for (int second = 2; second < 50; ++second) report(0, agent("ana", "north"), second, 12.5 + second * 1e-3);
  EXPECT_EQ(listener.messages.size(), told);
  listener.keeps_up = true;
  hubs[1]->writable(id);
  settle();
  const auto updates = listener.of_type("update");
  ASSERT_EQ(updates.size(), 1u);
  ASSERT_EQ(updates[0]["positions"].size(), 1u);
  EXPECT_DOUBLE_EQ(updates[0]["positions"][0]["lat"].get<double>(), 12.5 + 49e-3);
}

TEST_F(HubLive, AResumeTellsOnlyWhatChangedSince) {
  report(0, agent("ana", "north"), 1);
  report(0, agent("bob", "north"), 1);
  Listener first;
  const ClientId id = watch(first, 0, manager({"north"}), "team:north");
  hubs[0]->leave(id);
  settle();
  report(0, agent("bob", "north"), 2);
  Listener again;
  watch(again, 1, manager({"north"}), "team:north", first.cursor);
  ASSERT_EQ(again.message(0)["resumed"], true);
  ASSERT_EQ(again.message(0)["agents"].size(), 1u);
  EXPECT_EQ(again.message(0)["agents"][0]["agent"], "bob");
}

TEST_F(HubLive, WhoLosesTheConnectionBetweenAPositionAndItsPresenceIsToldBothAgain) {
  Listener first;
  watch(first, 0, manager({"north"}), "team:north");
  report(0, agent("ana", "north"), 1);
  ASSERT_EQ(first.message(1)["type"], "update");
  ASSERT_EQ(first.message(2)["type"], "presence");
  Listener again;
  watch(again, 0, manager({"north"}), "team:north", first.message(1)["cursor"]);
  ASSERT_EQ(again.message(0)["agents"].size(), 1u);
  EXPECT_EQ(again.message(0)["agents"][0]["presence"], "online");
  Listener whole;
  watch(whole, 0, manager({"north"}), "team:north", first.message(2)["cursor"]);
  EXPECT_TRUE(whole.message(0)["agents"].empty());
}

TEST_F(HubLive, ACursorOfAnotherLifeGetsTheWholeRoom) {
  report(0, agent("ana", "north"), 1);
  Listener listener;
  watch(listener, 0, manager({"north"}), "team:north", "abcdef.5");
  EXPECT_EQ(listener.message(0)["resumed"], false);
  EXPECT_EQ(listener.message(0)["agents"].size(), 1u);
}

TEST_F(HubLive, AnAgentsRoomTellsOfThatAgentAlone) {
  report(0, agent("ana", "north"), 1);
  report(0, agent("bob", "north"), 1);
  Listener listener;
  watch(listener, 1, manager({"north"}), "agent:bob");
  ASSERT_EQ(listener.message(0)["agents"].size(), 1u);
  report(0, agent("ana", "north"), 2);
  EXPECT_TRUE(listener.of_type("update").empty());
  report(0, agent("bob", "north"), 2);
  EXPECT_EQ(listener.of_type("update").at(0)["room"], "agent:bob");
}

TEST_F(HubLive, AnAgentThatChangesItsTeamLeavesTheOldRoomAndItsWatchersFollowIfTheyMay) {
  report(0, agent("ana", "north"), 1);
  Listener north, both, stranger;
  watch(north, 0, manager({"north"}), "team:north");
  watch(both, 1, manager({"north", "south"}), "agent:ana");
  watch(stranger, 1, manager({"north"}), "agent:ana");
  report(0, agent("ana", "south"), 2);
  EXPECT_EQ(north.of_type("update").back()["left"][0], "ana");
  EXPECT_EQ(both.of_type("snapshot").size(), 2u);
  EXPECT_EQ(stranger.last()["code"], "forbidden");
  report(0, agent("ana", "south"), 3);
  EXPECT_EQ(both.of_type("update").back()["positions"][0]["agent"], "ana");
  EXPECT_EQ(stranger.last()["code"], "forbidden");
}

TEST_F(HubLive, TheNewerConnectionOfADeviceReplacesTheOlderOne) {
  Listener older, newer;
  hubs[0]->join(older, agent("ana", "north"), Hub::Seat::take);
  settle();
  hubs[1]->join(newer, agent("ana", "north"), Hub::Seat::take);
  settle();
  EXPECT_EQ(older.closed_with, &outcome::replaced);
  EXPECT_EQ(newer.closed_with, nullptr);
}

TEST_F(HubLive, TheNewerConnectionReplacesTheOlderOneAlsoWhenItsTokenNamesAnotherTeam) {
  Listener older, newer;
  hubs[0]->join(older, agent("ana", "north"), Hub::Seat::take);
  hubs[1]->join(newer, agent("ana", "south"), Hub::Seat::take);
  settle();
  EXPECT_EQ(older.closed_with, &outcome::replaced);
}

TEST_F(HubLive, AWatcherThatClosedDoesNotGiveUpTheSeatOfItsSuccessor) {
  Listener first, second, third;
  const ClientId id = hubs[0]->join(first, agent("ana", "north"), Hub::Seat::take);
  hubs[1]->join(second, agent("ana", "north"), Hub::Seat::take);
  settle();
  hubs[0]->leave(id);
  hubs[0]->join(third, agent("ana", "north"), Hub::Seat::take);
  settle();
  EXPECT_EQ(second.closed_with, &outcome::replaced);
}

TEST_F(HubLive, AnUpdateOfThousandsOfPositionsReachesWatchersInPieces) {
  Listener listener;
  watch(listener, 0, manager({"north"}), "team:north");
  bus::Publication publication;
  publication.team = {OrgId("default"), TeamId("north")};
  for (int i = 0; i < 3'000; ++i) {
    const AgentIdentity identity{OrgId("default"), TeamId("north"), AgentId("van-" + std::to_string(i)), {}};
    AgentPosition position{std::make_shared<const AgentIdentity>(identity), {}};
    position.position.fix.at = {1, 2};
    position.position.fix.recorded_at = start;
    publication.positions.push_back(std::move(position));
  }
  Hub::listener(wiring).received(std::make_shared<const bus::Publication>(std::move(publication)));
  settle();
  std::size_t told = 0;
  for (const auto& update : listener.of_type("update")) {
    told += update["positions"].size();
    EXPECT_LE(update.dump().size(), 2 * wiring.settings.update_bytes);
  }
  EXPECT_EQ(told, 3'000u);
}

TEST_F(HubLive, RightsThatWereTakenAwayEndTheRoomsConcerned) {
  Listener listener;
  const ClientId id = watch(listener, 0, manager({"north", "south"}), "team:south");
  hubs[0]->renew(id, manager({"north"}));
  settle();
  EXPECT_EQ(listener.last()["code"], "forbidden");
  const std::size_t told = listener.messages.size();
  report(0, agent("bob", "south"), 1);
  EXPECT_EQ(listener.messages.size(), told);
}

TEST_F(HubLive, MoreRoomsThanAllowedAreRefused) {
  wiring.settings.rooms_per_client_max = 1;
  Listener listener;
  const ClientId id = watch(listener, 0, manager({"north", "south"}), "team:north");
  codec::Subscribe second;
  second.room = "team:south";
  hubs[0]->subscribe(id, second);
  settle();
  EXPECT_EQ(listener.last()["code"], "too_many_rooms");
}

}  // namespace
}  // namespace fieldcast::hub
