// Several instances: what others know reaches those who ask here, and the other way round.
#include "hub_fixture.hpp"
#include "shared_bus.hpp"

namespace fieldcast::hub {
namespace {

const TeamKey north{OrgId("default"), TeamId("north")};

class HubSharing : public HubTestBase {
 protected:
  HubSharing() {
    auto owned = std::make_unique<SharedBus>();
    shared = owned.get();
    bus = std::move(owned);
    wiring.bus = bus.get();
  }

  /// The agent as another instance has it, `second` after the fixture's moment.
  bus::CachedPosition elsewhere(const char* id, int second, double latitude = 40, const char* team = "north") {
    bus::CachedPosition known;
    known.position.agent =
        std::make_shared<const AgentIdentity>(AgentIdentity{OrgId("default"), TeamId(team), AgentId(id), {}});
    known.position.position.fix.at = {latitude, 77.5};
    known.position.position.fix.recorded_at = start + seconds(second);
    known.position.position.received_at = known.heard_at = read_clock().wall;
    return known;
  }
  void receive(const bus::CachedPosition& known) {
    auto publication = std::make_shared<bus::Publication>();
    publication->team = known.position.agent->team_key();
    publication->positions.push_back(known.position);
    listener.received(std::move(publication));
    settle();
  }
  void heal(bool cache_may_be_new = false) {
    listener.heal(north, cache_may_be_new);
    settle();
  }
  /// For what real time or the store's threads bring; 20 s at most.
  template <class Condition>
  void wait_until(Condition condition) {
    for (int waits = 0; waits < 2'000 && !condition(); ++waits) {
      for (auto& loop : loops) loop->context().run_for(milliseconds(5));
      settle();
    }
    EXPECT_TRUE(condition());
  }
  std::size_t agents_when_asked(std::size_t shard, std::optional<Circle> near = {}) {
    std::optional<std::size_t> agents;
    hubs[shard]->at_home(
        north, near, [](const TeamHome* home) { return home == nullptr ? 0 : home->home.table().agents(); },
        [&agents](std::size_t count) { agents = count; });
    settle();
    return agents.value_or(999);
  }

  SharedBus* shared;
  const bus::Listener listener = Hub::listener(wiring);
};

TEST_F(HubSharing, AFirstWatcherGetsWhatOthersKnowInItsSnapshot) {
  report(0, agent("ana", "north"), 1);
  shared->cache = {elsewhere("ana", 5), elsewhere("bob", 5)};
  Listener watcher;
  watch(watcher, 1, manager({"north"}), "team:north");
  ASSERT_EQ(watcher.messages.size(), 1u);
  const auto agents = watcher.message(0)["agents"];
  ASSERT_EQ(agents.size(), 2u);
  for (const auto& each : agents) EXPECT_EQ(each["lat"], 40) << "older than what another instance had";
  EXPECT_EQ(shared->subscriptions[north], 1);
}

TEST_F(HubSharing, TheSnapshotWaitsForTheCacheAndNothingIsToldBefore) {
  shared->holds_answers = true;
  Listener first, second;
  watch(first, 0, manager({"north"}), "team:north");
  watch(second, 1, manager({"north"}), "team:north");
  report(0, agent("ana", "north"), 1);
  EXPECT_TRUE(first.messages.empty());
  EXPECT_EQ(shared->readings, 1) << "who comes meanwhile shares the answer";
  shared->cache = {elsewhere("bob", 5)};
  shared->answer_held();
  settle();
  EXPECT_EQ(first.message(0)["agents"].size(), 2u);
  EXPECT_EQ(second.message(0)["agents"].size(), 2u);
}

TEST_F(HubSharing, WithoutTheBusWatchersGetWhatIsKnownHere) {
  shared->away = true;
  report(0, agent("ana", "north"), 1);
  Listener watcher;
  watch(watcher, 0, manager({"north"}), "team:north");
  wait_until([&] { return !watcher.messages.empty(); });
  ASSERT_FALSE(watcher.messages.empty()) << "the store was asked instead, and knew nothing";
  EXPECT_EQ(watcher.message(0)["agents"].size(), 1u);
}

TEST_F(HubSharing, PublicationsOfOthersAreTold) {
  Listener watcher;
  watch(watcher, 0, manager({"north"}), "team:north");
  receive(elsewhere("ana", 5));
  EXPECT_EQ(watcher.of_type("update").at(0)["positions"][0]["agent"], "ana");
  EXPECT_TRUE(directory.find({north.org, AgentId("ana")})) << "an agent that others registered is known";
  const std::size_t told = watcher.messages.size();
  receive(elsewhere("ana", 4));
  EXPECT_EQ(watcher.messages.size(), told) << "an older position was told";
}

TEST_F(HubSharing, WhatWasMissedIsToldAfterAHeal) {
  Listener watcher;
  watch(watcher, 0, manager({"north"}), "team:north");
  shared->cache = {elsewhere("ana", 9)};
  heal();
  EXPECT_EQ(watcher.of_type("update").at(0)["positions"][0]["agent"], "ana");
}

TEST_F(HubSharing, AHealThatTheCacheDidNotAnswerIsTriedAgain) {
  Listener watcher;
  watch(watcher, 0, manager({"north"}), "team:north");
  shared->cache = {elsewhere("ana", 9)};
  shared->fails_next = 1;
  heal();
  EXPECT_TRUE(watcher.of_type("update").empty());
  wait_until([&] { return !watcher.of_type("update").empty(); });
  EXPECT_EQ(watcher.of_type("update").at(0)["positions"][0]["agent"], "ana");
}

TEST_F(HubSharing, HealsThatComeTogetherAreReadTogether) {
  Listener watcher;
  watch(watcher, 0, manager({"north"}), "team:north");
  const int readings = shared->readings;
  shared->holds_answers = true;
  for (int i = 0; i < 50; ++i) listener.heal(north, false);
  settle();
  EXPECT_EQ(shared->readings, readings + 1);
  shared->holds_answers = false;
  shared->answer_held();
  wait_until([&] { return shared->readings == readings + 2; });
  settle();
  EXPECT_EQ(agents_when_asked(1), 0u);
  EXPECT_EQ(shared->readings, readings + 2) << "in step after the second";
}

TEST_F(HubSharing, ACacheThatMayBeNewIsNotBelievedAlone) {
  Listener watcher;
  watch(watcher, 0, manager({"north"}), "team:north");
  heal();
  engine.agents_asked = 0;
  heal();
  EXPECT_EQ(engine.agents_asked, 0u);
  heal(true);
  wait_until([&] { return engine.agents_asked == 1; });
}

TEST_F(HubSharing, WhoAsksDoesNotWaitLongForACacheThatDoesNotAnswer) {
  report(0, agent("ana", "north"), 1);
  shared->holds_answers = true;
  Listener watcher;
  watch(watcher, 0, manager({"north"}), "team:north");
  EXPECT_TRUE(watcher.messages.empty());
  wait_until([&] { return !watcher.messages.empty(); });
  EXPECT_EQ(watcher.message(0)["agents"].size(), 1u);
}

TEST_F(HubSharing, ATeamInStepIsNotReadAgainUntilItsLastWatcherLeft) {
  Listener watcher;
  const ClientId id = watch(watcher, 0, manager({"north"}), "team:north");
  heal();
  const int readings = shared->readings;
  agents_when_asked(1);
  EXPECT_EQ(shared->readings, readings);
  hubs[0]->leave(id);
  settle();
  EXPECT_EQ(shared->subscriptions[north], 0);
  agents_when_asked(1);
  EXPECT_EQ(shared->readings, readings + 1);
}

TEST_F(HubSharing, AQuestionAboutATeamThatNobodyWatchesHereIsAnsweredWithWhatOthersKnow) {
  EXPECT_EQ(agents_when_asked(0), 0u);
  shared->cache = {elsewhere("ana", 1), elsewhere("bob", 1)};
  EXPECT_EQ(agents_when_asked(0), 2u);
}

TEST_F(HubSharing, ANearbyQuestionAlsoAsksWhereThoseAreWhoWereNearWhenLastHeardHere) {
  report(0, agent("ana", "north"), 1, 12.5);
  shared->cache = {elsewhere("ana", 5, 60), elsewhere("bob", 5, 12.5)};
  EXPECT_EQ(agents_when_asked(0, Circle{{12.5, 77.5}, 1'000, 10}), 2u);
  EXPECT_EQ(shared->asked_also, std::vector<AgentId>{AgentId("ana")});
}

TEST_F(HubSharing, ARegistrationIsAnnouncedOnceAndAnothersTakenOver) {
  Listener watcher;
  report(0, agent("ana", "north"), 1);
  report(0, agent("ana", "north"), 2);
  ASSERT_EQ(shared->announced.size(), 1u);
  watch(watcher, 0, manager({"north"}), "team:north");
  heal();
  listener.registered(elsewhere("ana", 3, 40, "south").position.agent);
  settle();
  EXPECT_EQ(watcher.last()["left"][0], "ana");
  EXPECT_EQ(shared->announced.size(), 1u) << "another's word was sent back";
  receive(elsewhere("ana", 4, 41, "north"));
  EXPECT_EQ(watcher.last()["left"][0], "ana") << "late word of the team that the agent had left";
}

TEST_F(HubSharing, ANewTeamThatIsLearntLateBringsWhatWasPassedOver) {
  Listener watcher;
  report(0, agent("ana", "south"), 1);
  watch(watcher, 0, manager({"north"}), "team:north");
  heal();
  shared->cache = {elsewhere("ana", 5)};
  receive(elsewhere("ana", 5));
  EXPECT_TRUE(watcher.of_type("update").empty()) << "its team is south, as far as is known here";
  listener.registered(elsewhere("ana", 5).position.agent);
  settle();
  ASSERT_EQ(watcher.of_type("update").size(), 1u);
  EXPECT_EQ(watcher.of_type("update").at(0)["positions"][0]["agent"], "ana");
}

TEST_F(HubSharing, ANewerConnectionElsewhereClosesTheOneHere) {
  Listener phone;
  hubs[0]->join(phone, agent("ana", "north"), Hub::Seat::take);
  settle();
  ASSERT_EQ(shared->seats.size(), 1u);
  const Timestamp before = read_clock().wall - seconds(60);
  for (const Timestamp late : {before, read_clock().wall + seconds(5)}) {
    listener.replaced({shared->seats[0], late, true, 1});
    settle();
    EXPECT_EQ(phone.closed_with, nullptr) << "late, and clocks may differ by as much";
  }
  listener.replaced({shared->seats[0], read_clock().wall + seconds(1), false, 0});
  settle();
  EXPECT_EQ(phone.closed_with, nullptr) << "it was heard before ours was announced, and reached the shard after";
  listener.replaced({shared->seats[0], before, false, 1});
  settle();
  ASSERT_NE(phone.closed_with, nullptr);
  EXPECT_EQ(phone.closed_with->code, "replaced");
}

TEST_F(HubSharing, ASeatThatIsLeftIsWithdrawn) {
  Listener phone;
  const ClientId id = hubs[0]->join(phone, agent("ana", "north"), Hub::Seat::take);
  settle();
  hubs[0]->leave(id);
  settle();
  EXPECT_EQ(shared->left_seats, std::vector<std::uint64_t>{1});
}

TEST_F(HubSharing, PresenceFollowsWhatOthersHeard) {
  Listener watcher;
  watch(watcher, 0, manager({"north"}), "team:north");
  auto known = elsewhere("ana", 1);
  known.position.position.received_at = known.heard_at = read_clock().wall - seconds(200);
  shared->cache = {known};
  heal();
  EXPECT_EQ(watcher.of_type("presence").back()["state"], "silent");
  receive(elsewhere("ana", 2));
  EXPECT_EQ(watcher.of_type("presence").back()["state"], "online");
}

}  // namespace
}  // namespace fieldcast::hub
