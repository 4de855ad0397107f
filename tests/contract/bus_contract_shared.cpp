// The live cache and values that are taken once: what a bus that is shared must do besides.
#include "contract/bus_contract.hpp"

#include <algorithm>
#include <gmock/gmock.h>
#include <thread>

namespace fieldcast::bus::contract {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::vector<std::string> agents_of(const Cached& cached) {
  std::vector<std::string> agents;
  if (!cached) return {"no answer"};
  for (const CachedPosition& each : *cached) agents.push_back(each.position.agent->agent.str());
  return agents;
}

}  // namespace

void SharedBusContract::SetUp() {
  BusContract::SetUp();
  bus_ = join(heard_);
  other_ = join(heard_other_);
  ASSERT_TRUE(bus_->shared());
}

std::vector<std::string> SharedBusContract::near(Coordinates at, double radius_m, std::size_t limit,
                                                 std::vector<AgentId> also) {
  Awaited<Cached> answer;
  other_->cached_near(north_, at, radius_m, limit, std::move(also), answer.callback());
  return agents_of(answer.get());
}

void SharedBusContract::publish(std::vector<AgentPosition> positions) {
  bus_->publish(std::make_shared<const Publication>(Publication{north_, std::move(positions)}));
}

AgentPosition SharedBusContract::at(const std::string& agent, Coordinates place, milliseconds ago) const {
  AgentPosition position = make_position(make_agent(agent, north_), now_ - ago, place);
  position.position.received_at = now_ - ago;
  return position;
}

Cached SharedBusContract::cached_of(std::size_t agents) {
  return cached_until(*other_, north_, [&](const auto& found) { return found.size() == agents; });
}

namespace {

TEST_P(SharedBusContract, CachesTheNewestPositionOfEachAgentExactly) {
  AgentPosition newest = at("asha", {12.345678901234567, -77.98765432109876});
  newest.position.fix.accuracy_m = 3.25F;
  newest.position.fix.battery = 0.1F;
  newest.position.fix.activity = Activity::cycling;
  newest.position.fix.attributes = R"({"job":"ü 7"})";
  publish({at("asha", {1, 1}, seconds{9}), newest, at("ravi", {2, 2}, seconds{3})});
  const auto cached = cached_of(2);
  ASSERT_THAT(agents_of(cached), UnorderedElementsAre("asha", "ravi"));
  const auto& found = *std::find_if(cached->begin(), cached->end(), [](const CachedPosition& each) {
    return each.position.agent->agent == AgentId("asha");
  });
  EXPECT_EQ(found.position.agent->team_key(), north_);
  EXPECT_EQ(found.position.agent->name, newest.agent->name);
  const Fix &got = found.position.position.fix, &sent = newest.position.fix;
  EXPECT_EQ(got.at.latitude_deg, sent.at.latitude_deg);
  EXPECT_EQ(got.at.longitude_deg, sent.at.longitude_deg);
  EXPECT_EQ(got.recorded_at, sent.recorded_at);
  EXPECT_EQ(got.accuracy_m, sent.accuracy_m);
  EXPECT_EQ(got.battery, sent.battery);
  EXPECT_FALSE(known(got.speed_mps));
  EXPECT_EQ(got.activity, sent.activity);
  EXPECT_EQ(got.attributes, sent.attributes);
  EXPECT_EQ(found.position.position.received_at, newest.position.received_at);
  EXPECT_EQ(found.heard_at, newest.position.received_at);
}

TEST_P(SharedBusContract, TakesABacklogForASignOfLifeOnly) {
  publish({at("asha", {1, 1}, seconds{60})});
  cached_of(1);
  AgentPosition old = at("asha", {2, 2}, seconds{90});
  old.position.received_at = now_;
  publish({old});
  const auto cached =
      cached_until(*other_, north_, [&](const auto& found) { return found.size() == 1 && found[0].heard_at == now_; });
  ASSERT_EQ(agents_of(cached).size(), 1U);
  EXPECT_EQ(cached->at(0).heard_at, now_);
  EXPECT_EQ(cached->at(0).position.position.fix.recorded_at, now_ - seconds{60});
  EXPECT_EQ(cached->at(0).position.position.fix.at.latitude_deg, 1);
}

TEST_P(SharedBusContract, LeavesOutAgentsThatWereNotHeardWithinTheTimeToLive) {
  publish({at("fresh", {1, 1}), at("stale", {1, 1}, seconds{301})});
  EXPECT_THAT(agents_of(cached_of(1)), ElementsAre("fresh"));
  EXPECT_THAT(near({1, 1}, 100, 10, {AgentId("stale")}), ElementsAre("fresh"));
}

TEST_P(SharedBusContract, AnswersAnEmptyCacheForATeamThatNobodyKnows) {
  EXPECT_THAT(agents_of(cached(*other_, make_team("nobody"))), IsEmpty());
  EXPECT_THAT(near({1, 1}, 100, 10), IsEmpty());
}

TEST_P(SharedBusContract, KeepsTeamsApart) {
  publish({at("asha", {1, 1})});
  cached_of(1);
  EXPECT_THAT(agents_of(cached(*other_, make_team("north", "globex"))), IsEmpty());
  EXPECT_THAT(agents_of(cached(*other_, make_team("south"))), IsEmpty());
}

TEST_P(SharedBusContract, CachesALargeTeam) {
  std::vector<AgentPosition> all;
  constexpr int count = 5'000;
  all.reserve(count);
  for (int i = 0; i < count; ++i) all.push_back(at(std::to_string(i), {i / 100.0, i / 100.0}));
  publish(all);
  auto agents = agents_of(cached_of(count));
  std::sort(agents.begin(), agents.end());
  EXPECT_EQ(agents.size(), std::size_t{count});
  EXPECT_EQ(std::unique(agents.begin(), agents.end()), agents.end());
}

TEST_P(SharedBusContract, FindsWhoIsNearNearestFirst) {
  publish({at("far", {12.1, 77}), at("nearer", {12.001, 77}), at("nearest", {12.0001, 77}), at("home", {13, 78}),
           at("polar", {89, 0})});
  cached_of(5);
  EXPECT_THAT(near({12, 77}, 1'000, 10), ElementsAre("nearest", "nearer"));
  EXPECT_THAT(near({12, 77}, 20'000, 10), ElementsAre("nearest", "nearer", "far"));
  EXPECT_THAT(near({12, 77}, 20'000, 2), ElementsAre("nearest", "nearer"));
  EXPECT_THAT(near({12, 77}, 1'000, 1, {AgentId("home"), AgentId("nearest"), AgentId("polar"), AgentId("unknown")}),
              UnorderedElementsAre("nearest", "home", "polar"));
  EXPECT_THAT(near({90, 0}, 100, 5), IsEmpty());
}

TEST_P(SharedBusContract, FindsAcrossTheAntimeridian) {
  publish({at("west", {0, 179.9999}), at("east", {0, -179.9999})});
  cached_of(2);
  EXPECT_THAT(near({0, 180}, 100, 5), UnorderedElementsAre("west", "east"));
}

TEST_P(SharedBusContract, TakesAnAgentThatChangedItsTeamOutOfTheOldOne) {
  publish({at("asha", {1, 1}), at("ravi", {1, 1})});
  cached_of(2);
  const auto before = make_agent("asha", north_), after = make_agent("asha", make_team("south"));
  bus_->announce(after, before);
  EXPECT_THAT(agents_of(cached_of(1)), ElementsAre("ravi"));
  EXPECT_THAT(near({1, 1}, 100, 5, {AgentId("asha")}), ElementsAre("ravi"));
  bus_->announce(before, after);
  publish({at("asha", {2, 2}, milliseconds{-5})});
  EXPECT_THAT(agents_of(cached_of(2)), UnorderedElementsAre("asha", "ravi"));
}

TEST_P(SharedBusContract, HasNothingOfAnAgentThatIsForgottenUntilItReportsAgain) {
  publish({at("asha", {1, 1}), at("ravi", {1, 1})});
  cached_of(2);
  bus_->forget(make_agent("asha", north_));
  EXPECT_THAT(agents_of(cached_of(1)), ElementsAre("ravi"));
  EXPECT_THAT(near({1, 1}, 100, 5, {AgentId("asha")}), ElementsAre("ravi"));
  publish({at("asha", {2, 2}, milliseconds{-5})});
  EXPECT_THAT(agents_of(cached_of(2)), UnorderedElementsAre("asha", "ravi"));
}

TEST_P(SharedBusContract, HasInTheCacheWhatItBringsToSubscribers) {
  // Whoever is told of a position finds it, or a newer one, in the cache.
  std::promise<Cached> answer;
  std::promise<Bus*> own;
  std::shared_future<Bus*> own_bus = own.get_future().share();
  Heard heard;
  Listener listener = heard.listener();
  listener.received = [&, own_bus](const PublicationPtr&) {
    own_bus.get()->cached(north_, [&](Cached cached) { answer.set_value(std::move(cached)); });
  };
  const auto listening = join(listener);
  own.set_value(listening.get());
  subscribe(*listening, heard, north_);
  publish({at("asha", {1, 1})});
  EXPECT_THAT(agents_of(answer.get_future().get()), ElementsAre("asha"));
}

TEST_P(SharedBusContract, KeepsAValueUntilItIsTaken) {
  EXPECT_TRUE(keep_once(*bus_, "ticket {1}", std::string("va\0lue\r\n", 8)));
  EXPECT_EQ(take_once(*other_, "ticket {1}"), std::string("va\0lue\r\n", 8));
  EXPECT_EQ(take_once(*other_, "ticket {1}"), std::nullopt);
  EXPECT_EQ(take_once(*bus_, "never kept"), std::nullopt);
}

TEST_P(SharedBusContract, RefusesASecondValueOfOneName) {
  EXPECT_TRUE(keep_once(*bus_, "ticket", "first"));
  EXPECT_FALSE(keep_once(*other_, "ticket", "second"));
  EXPECT_EQ(take_once(*other_, "ticket"), "first");
}

TEST_P(SharedBusContract, ForgetsAValueWhoseTimeIsOver) {
  EXPECT_TRUE(keep_once(*bus_, "short", "value", seconds{1}));
  std::this_thread::sleep_for(milliseconds{1'100});
  EXPECT_EQ(take_once(*other_, "short"), std::nullopt);
}

TEST_P(SharedBusContract, GivesAValueToOneOfManyTakers) {
  for (int round = 0; round < 20; ++round) {
    const std::string name = "ticket " + std::to_string(round);
    ASSERT_TRUE(keep_once(*bus_, name, "value"));
    std::vector<Awaited<std::optional<std::string>>> answers(20);
    for (std::size_t i = 0; i < answers.size(); ++i)
      (i % 2 == 0 ? bus_ : other_)->take_once(name, answers[i].callback());
    EXPECT_EQ(std::count_if(answers.begin(), answers.end(), [](auto& answer) { return answer.get().has_value(); }), 1);
  }
}

}  // namespace
}  // namespace fieldcast::bus::contract
