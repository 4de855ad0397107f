#include "contract/bus_contract.hpp"

#include <atomic>
#include <future>
#include <gmock/gmock.h>
#include <numeric>
#include <thread>

namespace fieldcast::bus::contract {

TeamKey make_team(const char* team, const char* org) { return {OrgId(org), TeamId(team)}; }

PublicationPtr make_publication(const TeamKey& team, std::int64_t number) {
  static const auto agent =
      std::make_shared<const AgentIdentity>(AgentIdentity{OrgId("acme"), TeamId("north"), AgentId("a1"), "Asha"});
  Position position;
  position.fix.at = {12.5, 77.5};
  position.fix.recorded_at = from_unix_ms(number);
  return std::make_shared<const Publication>(Publication{team, {{agent, position}}});
}

std::int64_t number_of(const Publication& publication) {
  return to_unix_ms(publication.positions.at(0).position.fix.recorded_at);
}

Listener Heard::listener() {
  return {.received =
              [this](PublicationPtr publication) {
                const std::lock_guard lock(mutex_);
                publications_.push_back(std::move(publication));
                changed_.notify_all();
              },
          .gap =
              [this](const TeamKey& team) {
                const std::lock_guard lock(mutex_);
                gaps_.push_back(team);
                changed_.notify_all();
              }};
}

std::vector<std::int64_t> Heard::wait_for(std::size_t count) {
  std::unique_lock lock(mutex_);
  EXPECT_TRUE(changed_.wait_for(lock, seconds{20}, [&] { return publications_.size() >= count; }))
      << "heard " << publications_.size() << " of " << count;
  std::vector<std::int64_t> numbers;
  for (const PublicationPtr& publication : publications_) numbers.push_back(number_of(*publication));
  return numbers;
}

std::vector<std::int64_t> Heard::numbers_of(const TeamKey& team) {
  const std::lock_guard lock(mutex_);
  std::vector<std::int64_t> numbers;
  for (const PublicationPtr& publication : publications_)
    if (publication->team == team) numbers.push_back(number_of(*publication));
  return numbers;
}

std::vector<TeamKey> Heard::gaps() {
  const std::lock_guard lock(mutex_);
  return gaps_;
}

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_P(BusContract, BringsAPublicationToAnInstanceThatSubscribed) {
  Heard heard, ignored;
  const auto listening = join(heard), origin = join(ignored);
  listening->subscribe(make_team("north"));
  origin->publish(make_publication(make_team("north"), 7));
  EXPECT_THAT(heard.wait_for(1), ElementsAre(7));
  EXPECT_THAT(heard.numbers_of(make_team("north")), ElementsAre(7));
  EXPECT_TRUE(listening->healthy());
  EXPECT_FALSE(listening->name().empty());
}

TEST_P(BusContract, NeverEchoesToTheOrigin) {
  Heard heard_by_origin, heard;
  const auto origin = join(heard_by_origin), other = join(heard);
  origin->subscribe(make_team("north"));
  other->subscribe(make_team("north"));
  origin->publish(make_publication(make_team("north"), 1));
  other->publish(make_publication(make_team("north"), 2));
  EXPECT_THAT(heard.wait_for(1), ElementsAre(1));
  EXPECT_THAT(heard_by_origin.wait_for(1), ElementsAre(2));
}

TEST_P(BusContract, BringsOnlyTeamsThatWereSubscribed) {
  Heard heard, ignored;
  const auto listening = join(heard), origin = join(ignored);
  listening->subscribe(make_team("north"));
  origin->publish(make_publication(make_team("south"), 1));
  origin->publish(make_publication(make_team("north", "globex"), 2));
  origin->publish(make_publication(make_team("north"), 3));
  EXPECT_THAT(heard.wait_for(1), ElementsAre(3));
}

TEST_P(BusContract, KeepsTheOrderOfAnOriginAndTeam) {
  Heard heard, ignored;
  const auto listening = join(heard), one = join(ignored), two = join(ignored);
  const TeamKey north = make_team("north"), south = make_team("south");
  listening->subscribe(north);
  listening->subscribe(south);
  constexpr std::int64_t count = 2'000;
  std::thread first([&] {
    for (std::int64_t i = 0; i < count; ++i) one->publish(make_publication(north, i));
  });
  std::thread second([&] {
    for (std::int64_t i = 0; i < count; ++i) two->publish(make_publication(south, i));
  });
  first.join();
  second.join();
  heard.wait_for(2 * count);
  std::vector<std::int64_t> expected(count);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(heard.numbers_of(north), expected);
  EXPECT_EQ(heard.numbers_of(south), expected);
  EXPECT_THAT(heard.gaps(), IsEmpty());
}

TEST_P(BusContract, EndsASubscriptionAfterAsManyUnsubscribes) {
  Heard heard, ignored;
  const auto listening = join(heard), origin = join(ignored);
  const TeamKey north = make_team("north"), marker = make_team("marker");
  listening->subscribe(marker);
  listening->subscribe(north);
  listening->subscribe(north);
  listening->unsubscribe(north);
  origin->publish(make_publication(north, 1));
  heard.wait_for(1);
  listening->unsubscribe(north);
  origin->publish(make_publication(north, 2));
  origin->publish(make_publication(marker, 3));
  EXPECT_THAT(heard.wait_for(2), ElementsAre(1, 3));
}

TEST_P(BusContract, IgnoresAnUnsubscribeTooMany) {
  Heard heard, ignored;
  const auto listening = join(heard), origin = join(ignored);
  listening->unsubscribe(make_team("north"));
  listening->subscribe(make_team("north"));
  origin->publish(make_publication(make_team("north"), 1));
  EXPECT_THAT(heard.wait_for(1), ElementsAre(1));
}

TEST_P(BusContract, LetsAListenerUseItsBus) {
  Heard ignored;
  const auto origin = join(ignored);
  const TeamKey north = make_team("north"), south = make_team("south");
  std::promise<Bus*> own;
  std::shared_future<Bus*> bus = own.get_future().share();
  Heard heard;
  const auto answering = network_->join({.received =
                                             [&, bus](PublicationPtr publication) {
                                               bus.get()->publish(make_publication(south, number_of(*publication) + 1));
                                               bus.get()->unsubscribe(north);
                                             },
                                         .gap = {}});
  own.set_value(answering.get());
  const auto listening = join(heard);
  listening->subscribe(south);
  answering->subscribe(north);
  origin->publish(make_publication(north, 10));
  EXPECT_THAT(heard.wait_for(1), ElementsAre(11));
}

TEST_P(BusContract, LetsABusGoWhileOthersPublish) {
  Heard ignored;
  const auto origin = join(ignored);
  const TeamKey north = make_team("north");
  std::atomic<bool> done{false};
  std::thread publishing([&] {
    for (std::int64_t i = 0; !done; ++i) origin->publish(make_publication(north, i));
  });
  for (int round = 0; round < 50; ++round) {
    std::atomic<bool> gone{false}, told_too_late{false};
    std::atomic<int> told{0};
    {
      const auto listening = network_->join({.received =
                                                 [&](PublicationPtr) {
                                                   ++told;
                                                   if (gone) told_too_late = true;
                                                 },
                                             .gap = {}});
      listening->subscribe(north);
      if (round % 5 == 0)
        while (told == 0) std::this_thread::yield();
    }
    gone = true;
    EXPECT_FALSE(told_too_late);
  }
  done = true;
  publishing.join();
}

TEST_P(BusContract, LosesNothingSilentlyWhenAListenerIsSlow) {
  Heard ignored;
  const auto origin = join(ignored);
  const TeamKey north = make_team("north");
  std::promise<void> let_go;
  auto held = let_go.get_future().share();
  std::atomic<int> received{0}, gaps{0};
  const auto slow = network_->join({.received =
                                        [&, held](PublicationPtr) {
                                          held.wait();
                                          ++received;
                                        },
                                    .gap =
                                        [&](const TeamKey& team) {
                                          EXPECT_EQ(team, north);
                                          ++gaps;
                                        }});
  slow->subscribe(north);
  constexpr int count = 200'000;
  const PublicationPtr publication = make_publication(north, 1);
  for (int i = 0; i < count; ++i) origin->publish(publication);
  let_go.set_value();
  const auto deadline = std::chrono::steady_clock::now() + seconds{20};
  while (received < count && gaps == 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_TRUE(received == count || gaps > 0) << received << " received, no gap told";
}

}  // namespace
}  // namespace fieldcast::bus::contract
