// What is particular to the local bus: its inbox is bounded.
#include "fieldcast/bus/bus.hpp"

#include <atomic>
#include <future>
#include <gtest/gtest.h>
#include <set>
#include <thread>

namespace fieldcast::bus {
namespace {

TeamKey team(const std::string& name) { return {OrgId("acme"), TeamId(name)}; }

PublicationPtr publication(const TeamKey& to, std::size_t positions) {
  return std::make_shared<const Publication>(Publication{to, std::vector<AgentPosition>(positions)});
}

TEST(LocalBus, HealsEachTeamWhosePublicationsFoundNoRoom) {
  const auto exchange = make_local_exchange();
  std::promise<void> let_go;
  auto held = let_go.get_future().share();
  std::promise<void> first;
  std::atomic<int> received{0};
  std::promise<std::set<TeamKey>> all_gaps;
  std::set<TeamKey> gaps;
  const auto slow = make_local_bus(exchange, {.received =
                                                  [&, held](PublicationPtr) {
                                                    if (received++ == 0) first.set_value();
                                                    held.wait();
                                                  },
                                              .heal =
                                                  [&](const TeamKey& lost, bool) {
                                                    gaps.insert(lost);
                                                    if (gaps.size() == 2) all_gaps.set_value(gaps);
                                                  }});
  const auto origin = make_local_bus(exchange, {});
  for (const char* name : {"first", "fits", "lost", "also lost"}) slow->subscribe(team(name));
  origin->publish(publication(team("first"), 1));
  first.get_future().wait();
  origin->publish(publication(team("fits"), 65'536));
  origin->publish(publication(team("lost"), 1));
  origin->publish(publication(team("also lost"), 1));
  origin->publish(publication(team("lost"), 1));
  let_go.set_value();
  EXPECT_EQ(all_gaps.get_future().get(), (std::set<TeamKey>{team("lost"), team("also lost")}));
}

TEST(LocalBus, TakesAPublicationLargerThanItsInboxWhenNothingWaits) {
  const auto exchange = make_local_exchange();
  std::promise<std::size_t> size;
  const auto listening =
      make_local_bus(exchange, {.received = [&](PublicationPtr got) { size.set_value(got->positions.size()); }});
  const auto origin = make_local_bus(exchange, {});
  listening->subscribe(team("north"));
  origin->publish(publication(team("north"), 100'000));
  EXPECT_EQ(size.get_future().get(), 100'000U);
}

TEST(LocalBus, HasNoCacheAndSaysSo) {
  const auto bus = make_local_bus(make_local_exchange(), {});
  EXPECT_FALSE(bus->shared());
  std::promise<bool> cached, near, kept, taken;
  bus->cached(team("north"), [&](auto answer) { cached.set_value(answer.has_value()); });
  bus->cached_near(team("north"), {12, 77}, 100, 5, {}, [&](auto answer) { near.set_value(answer.has_value()); });
  bus->keep_once("ticket", "value", seconds{5}, [&](bool answer) { kept.set_value(answer); });
  bus->take_once("ticket", [&](auto answer) { taken.set_value(answer.has_value()); });
  for (auto* answer : {&cached, &near, &kept, &taken}) EXPECT_FALSE(answer->get_future().get());
}

TEST(LocalBus, TellsThatRegistrationsFoundNoRoom) {
  const auto exchange = make_local_exchange();
  std::promise<void> let_go, first, told;
  auto held = let_go.get_future().share();
  std::atomic<int> registered{0};
  const auto slow = make_local_bus(exchange, {.registered =
                                                  [&, held](const AgentIdentityPtr&) {
                                                    if (registered++ == 0) first.set_value();
                                                    held.wait();
                                                  },
                                              .reconnected = [&] { told.set_value(); }});
  const auto origin = make_local_bus(exchange, {});
  const auto agent = std::make_shared<const AgentIdentity>();
  origin->announce(agent, nullptr);
  first.get_future().wait();
  for (int i = 0; i <= 65'536; ++i) origin->announce(agent, nullptr);
  let_go.set_value();
  told.get_future().wait();
}

TEST(LocalBus, WorksWithoutCallbacks) {
  const auto exchange = make_local_exchange();
  const auto listening = make_local_bus(exchange, {});
  const auto origin = make_local_bus(exchange, {});
  listening->subscribe(team("north"));
  origin->publish(publication(team("north"), 1));
  EXPECT_TRUE(origin->healthy());
  EXPECT_EQ(origin->name(), "local");
}

TEST(LocalBus, OutlivesTheOthersOnItsExchange) {
  auto exchange = make_local_exchange();
  auto one = make_local_bus(exchange, {});
  {
    const auto two = make_local_bus(exchange, {});
    two->subscribe(team("north"));
  }
  exchange.reset();
  one->publish(publication(team("north"), 1));
  one->subscribe(team("north"));
  one->unsubscribe(team("north"));
}

}  // namespace
}  // namespace fieldcast::bus
