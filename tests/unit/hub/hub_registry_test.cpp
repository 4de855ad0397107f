// What others did to the database while this instance runs: who is erased leaves it, who is imported arrives.
#include "hub_fixture.hpp"
#include "shared_bus.hpp"

#include <future>

namespace fieldcast::hub {
namespace {

const TeamKey north{OrgId("default"), TeamId("north")};
const AgentKey ana{north.org, AgentId("ana")};

class HubRegistry : public HubTestBase {
 protected:
  HubRegistry() {
    auto owned = std::make_unique<SharedBus>();
    shared = owned.get();
    bus = std::move(owned);
    wiring.bus = bus.get();
  }
  ~HubRegistry() override { store->stop(); }

  /// Asks the database so often, and takes over what all but the last answer told.
  void read_registry(std::size_t times = 2) {
    const std::size_t before = asked();
    for (int waits = 0; waits < 4'000 && asked() < before + times; ++waits) {
      listener.reconnected();
      loops[0]->context().run_for(milliseconds(5));
    }
    EXPECT_GE(asked(), before + times);
    settle();
  }
  /// Who is in the team's room: for one that comes now. The cache is not trusted, so the store is asked first.
  std::vector<std::string> shown() {
    Listener watcher;
    const ClientId id = watch(watcher, 0, manager({"north"}), "team:north");
    for (int waits = 0; waits < 4'000 && watcher.messages.empty(); ++waits) {
      loops[0]->context().run_for(milliseconds(5));
      settle();
    }
    std::vector<std::string> agents;
    const nlohmann::json snapshot = watcher.message(0);
    for (const auto& each : snapshot["agents"]) agents.push_back(each["agent"]);
    hubs[0]->leave(id);
    settle();
    return agents;
  }
  std::size_t asked() {
    const std::lock_guard lock(engine.mutex);
    return engine.registry_asked;
  }
  void erase(const AgentKey& agent, Timestamp at) {
    const std::lock_guard lock(engine.mutex);
    engine.erasures.push_back({static_cast<std::int64_t>(engine.erasures.size()) + 1, store::digest_of(agent), at});
  }
  void import(const char* id, std::optional<int> second) {
    const std::lock_guard lock(engine.mutex);
    auto identity = std::make_shared<const AgentIdentity>(AgentIdentity{north.org, north.team, AgentId(id), {}});
    std::optional<Position> position;
    if (second) {
      position.emplace();
      position->fix.at = {40, 77.5};
      position->fix.recorded_at = position->received_at = start + seconds(*second);
    }
    engine.agents.emplace_back(std::move(identity), position);
  }
  void receive(const char* id, int second) {
    auto publication = std::make_shared<bus::Publication>();
    publication->team = north;
    Position position;
    position.fix.at = {40, 77.5};
    position.fix.recorded_at = position.received_at = start + seconds(second);
    publication->positions.push_back(
        {std::make_shared<const AgentIdentity>(AgentIdentity{north.org, north.team, AgentId(id), {}}), position});
    listener.received(std::move(publication));
    settle();
  }

  SharedBus* shared;
  const bus::Listener listener = Hub::listener(wiring);
};

TEST_F(HubRegistry, WhoIsErasedLeavesRoomsDirectoryAndCache) {
  Listener team, single, other;
  for (const char* id : {"ana", "bob"}) report(0, agent(id, "north"), 1);
  watch(team, 0, manager({"north"}), "team:north");
  watch(single, 1, manager({"north"}), "agent:ana");
  watch(other, 1, manager({"north"}), "agent:bob");
  const std::size_t told_of_bob = other.messages.size();
  erase(ana, start + seconds(2));
  read_registry();
  EXPECT_EQ(team.last()["left"], nlohmann::json::array({"ana"}));
  EXPECT_EQ(single.last()["type"], "error") << "of a room that is not there any more";
  EXPECT_EQ(other.messages.size(), told_of_bob);
  EXPECT_EQ(directory.find(ana), nullptr);
  EXPECT_EQ(shared->forgotten().front(), ana.agent);
  EXPECT_EQ(shown(), std::vector<std::string>{"bob"});
}

TEST_F(HubRegistry, WhoReportsAfterItsErasureIsThereAgain) {
  const auto claims = agent("ana", "north");
  const AgentIdentityPtr signed_in = hubs[0]->register_agent(*claims);
  report(0, claims, 1);
  erase(ana, start + seconds(2));
  read_registry();
  const std::size_t announced = shared->announced.size();
  codec::FixBatch batch;
  batch.fixes.resize(1);
  batch.fixes[0].fix.at = {12.5, 77.5};
  batch.fixes[0].fix.recorded_at = start + seconds(5);
  const Now now{start + seconds(5), SteadyTime{} + seconds(6)};
  hubs[0]->submit(claims, signed_in, batch, now, [](const SubmitAnswer&) {});  // by the session of before
  read_registry();
  EXPECT_NE(directory.find(ana), nullptr);
  EXPECT_EQ(shared->announced.size(), announced + 1) << "other instances learn that it is registered";
  EXPECT_EQ(shown(), std::vector<std::string>{"ana"});
}

TEST_F(HubRegistry, WhatOthersReceivedBeforeTheErasureBringsNobodyBack) {
  Listener watcher;
  watch(watcher, 0, manager({"north"}), "team:north");
  report(0, agent("ana", "north"), 1);
  erase(ana, start + seconds(10));
  read_registry();
  const std::size_t told = watcher.messages.size();
  receive("ana", 9);
  EXPECT_EQ(watcher.messages.size(), told);
  EXPECT_EQ(directory.find(ana), nullptr);
  receive("ana", 12);
  EXPECT_EQ(watcher.of_type("update").back()["positions"][0]["agent"], "ana");
}

TEST_F(HubRegistry, WhatWasOnItsWayToTheRoomIsForgottenByTheNextReading) {
  report(0, agent("ana", "north"), 1);
  erase(ana, start + seconds(2));
  listener.reconnected();
  for (int waits = 0; waits < 4'000 && shared->forgotten().empty(); ++waits)
    loops[0]->context().run_for(milliseconds(5));
  settle();
  // Judged before, and only now at the team's home.
  auto publication = std::make_shared<bus::Publication>();
  publication->team = north;
  Position position;
  position.fix.at = {13, 77.5};
  position.fix.recorded_at = position.received_at = start + seconds(3);
  publication->positions.push_back(
      {std::make_shared<const AgentIdentity>(AgentIdentity{north.org, north.team, ana.agent, {}}), position});
  hubs[wiring.home_of(north)]->take_live(publication, SteadyTime{});
  EXPECT_EQ(shown(), std::vector<std::string>{"ana"});
  read_registry();
  EXPECT_TRUE(shown().empty());
}

TEST_F(HubRegistry, WhoIsStoredAnewRightAfterTheErasureIsShown) {
  report(0, agent("ana", "north"), 1);
  import("ana", 20);  // within the time by which clocks may differ: word of others would be passed over
  erase(ana, start + seconds(20));
  read_registry();
  EXPECT_NE(directory.find(ana), nullptr);
  EXPECT_EQ(shown(), std::vector<std::string>{"ana"});
}

TEST_F(HubRegistry, WhoIsImportedIsKnownAndShown) {
  Listener watcher;
  watch(watcher, 0, manager({"north"}), "team:north");
  read_registry();
  import("ana", 5);
  import("bob", std::nullopt);
  read_registry();
  EXPECT_NE(directory.find(ana), nullptr);
  EXPECT_NE(directory.find({north.org, AgentId("bob")}), nullptr);
  ASSERT_EQ(watcher.of_type("update").size(), 1U) << "once, although it is read again for a while";
  EXPECT_EQ(watcher.of_type("update")[0]["positions"][0]["agent"], "ana");
  EXPECT_TRUE(shared->announced.empty()) << "every instance asks the store itself";
}

TEST_F(HubRegistry, AtStartWhatWasErasedBeforeIsNoNews) {
  import("ana", 50);
  erase(ana, start + seconds(2));
  std::promise<Result<std::size_t>> done;
  ASSERT_TRUE(store->read([&](store::Reader& reader) { done.set_value(hubs[0]->restore(reader, start)); }));
  EXPECT_EQ(*done.get_future().get(), 1U);
  read_registry();
  EXPECT_NE(directory.find(ana), nullptr) << "it was registered anew since";
  EXPECT_TRUE(shared->forgotten().empty());
}

}  // namespace
}  // namespace fieldcast::hub
