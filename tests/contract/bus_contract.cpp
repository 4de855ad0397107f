#include "contract/bus_contract.hpp"

#include <atomic>
#include <future>
#include <gmock/gmock.h>
#include <numeric>
#include <set>
#include <thread>

namespace fieldcast::bus::contract {
namespace {

using testing::ElementsAre;

TEST_P(BusContract, BringsAPublicationToAnInstanceThatSubscribed) {
  Heard heard, ignored;
  const auto listening = join(heard), origin = join(ignored);
  subscribe(*listening, heard, make_team("north"));
  origin->publish(make_publication(make_team("north"), 7));
  EXPECT_THAT(heard.wait_for(1), ElementsAre(7));
  EXPECT_THAT(heard.numbers_of(make_team("north")), ElementsAre(7));
  EXPECT_TRUE(listening->healthy());
  EXPECT_FALSE(listening->name().empty());
}

TEST_P(BusContract, NeverEchoesToTheOrigin) {
  Heard heard_by_origin, heard;
  const auto origin = join(heard_by_origin), other = join(heard);
  subscribe(*origin, heard_by_origin, make_team("north"));
  subscribe(*other, heard, make_team("north"));
  origin->publish(make_publication(make_team("north"), 1));
  other->publish(make_publication(make_team("north"), 2));
  EXPECT_THAT(heard.wait_for(1), ElementsAre(1));
  EXPECT_THAT(heard_by_origin.wait_for(1), ElementsAre(2));
}

TEST_P(BusContract, BringsOnlyTeamsThatWereSubscribed) {
  Heard heard, ignored;
  const auto listening = join(heard), origin = join(ignored);
  subscribe(*listening, heard, make_team("north"));
  origin->publish(make_publication(make_team("south"), 1));
  origin->publish(make_publication(make_team("north", "globex"), 2));
  origin->publish(make_publication(make_team("north"), 3));
  EXPECT_THAT(heard.wait_for(1), ElementsAre(3));
}

TEST_P(BusContract, KeepsTheOrderOfAnOriginAndTeam) {
  Heard heard, ignored;
  const auto listening = join(heard), one = join(ignored), two = join(ignored);
  const TeamKey north = make_team("north"), south = make_team("south");
  subscribe(*listening, heard, north);
  subscribe(*listening, heard, south);
  const std::size_t healed = heard.heals(north);
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
  EXPECT_EQ(heard.heals(north), healed);
}

TEST_P(BusContract, EndsASubscriptionAfterAsManyUnsubscribes) {
  Heard heard, ignored;
  const auto listening = join(heard), origin = join(ignored);
  const TeamKey north = make_team("north"), marker = make_team("marker");
  subscribe(*listening, heard, marker);
  subscribe(*listening, heard, north);
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
  subscribe(*listening, heard, make_team("north"));
  origin->publish(make_publication(make_team("north"), 1));
  EXPECT_THAT(heard.wait_for(1), ElementsAre(1));
}

TEST_P(BusContract, LetsAListenerUseItsBus) {
  Heard ignored;
  const auto origin = join(ignored);
  const TeamKey north = make_team("north"), south = make_team("south");
  std::promise<Bus*> own;
  std::shared_future<Bus*> bus = own.get_future().share();
  Heard heard, own_heals;
  Listener uses_its_bus = own_heals.listener();
  uses_its_bus.received = [&, bus](const PublicationPtr& publication) {
    const auto number = to_unix_ms(publication->positions.at(0).position.fix.recorded_at);
    bus.get()->publish(make_publication(south, number + 1));
    bus.get()->unsubscribe(north);
  };
  const auto answering = join(uses_its_bus);
  own.set_value(answering.get());
  const auto listening = join(heard);
  subscribe(*listening, heard, south);
  subscribe(*answering, own_heals, north);
  origin->publish(make_publication(north, 10));
  EXPECT_THAT(heard.wait_for(1), ElementsAre(11));
}

TEST_P(BusContract, LetsABusGoWhileOthersPublish) {
  Heard ignored;
  const auto origin = join(ignored);
  const TeamKey north = make_team("north");
  std::atomic<bool> done{false};
  std::thread publishing([&] {
    for (std::int64_t i = 0; !done; ++i) origin->publish(make_publication(north, i % 1'000));
  });
  for (int round = 0; round < 50; ++round) {
    std::atomic<bool> gone{false}, told_too_late{false};
    std::atomic<int> told{0};
    {
      const auto listening = network_->join({.received = [&](const PublicationPtr&) {
        ++told;
        if (gone) told_too_late = true;
      }});
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
  Heard ignored, heard;
  const auto origin = join(ignored);
  const TeamKey north = make_team("north");
  std::promise<void> let_go;
  auto held = let_go.get_future().share();
  std::atomic<std::size_t> received{0};
  Listener slow_listener = heard.listener();
  slow_listener.received = [&, held](const PublicationPtr& publication) {
    held.wait();
    received += publication->positions.size();
  };
  const auto slow = join(slow_listener);
  subscribe(*slow, heard, north);
  const std::size_t healed = heard.heals(north);
  constexpr std::size_t count = 100'000;
  for (std::size_t i = 0; i < count; ++i) origin->publish(make_publication(north, static_cast<std::int64_t>(i)));
  let_go.set_value();
  EXPECT_TRUE(eventually([&] { return received == count || heard.heals(north) > healed; }, seconds{60}))
      << received << " received, no heal told";
}

}  // namespace
}  // namespace fieldcast::bus::contract
