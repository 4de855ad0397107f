// Summaries: what positions come to by hour and by day, of teams, and worked on by several at once.
#include "contract/store_contract_summaries.hpp"

#include <atomic>
#include <gmock/gmock.h>
#include <thread>

namespace fieldcast::store::contract {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr Timestamp day = summary_day;
constexpr double step_m = 111.195;  // of a thousandth of a degree of latitude

TEST_P(StoreSummaries, OfATeamAreTheSumsOfItsAgents) {
  commit(track(0, 3'600));
  commit({make_position(make_agent("a2"), to_unix_ms(ten), 40, 7),
          make_position(make_agent("a3", "south"), to_unix_ms(ten)),
          make_position(make_agent("a2", "north", "other"), to_unix_ms(ten))});
  EXPECT_EQ(read_team().complete_until, ten);
  EXPECT_EQ(read_team("north", Bucket::day).complete_until, day);
  work();
  for (const Bucket bucket : {Bucket::hour, Bucket::day}) {
    const TeamSummaries team = read_team("north", bucket);
    EXPECT_EQ(team.complete_until, day + days{1});
    ASSERT_THAT(fixes(team.buckets), ElementsAre(121U));
    EXPECT_EQ(team.buckets[0].begin, bucket == Bucket::hour ? ten : day);
    EXPECT_NEAR(team.buckets[0].figures.distance_m, 119 * step_m, 0.1);
    EXPECT_NEAR(team.buckets[0].figures.speed_max_mps, step_m / 30, 1e-3);
    EXPECT_NEAR(team.buckets[0].figures.box->south_deg, 40, 1e-7);
    EXPECT_NEAR(team.buckets[0].figures.box->east_deg, 8, 1e-7);
    ASSERT_EQ(team.agents.size(), 2U);
    EXPECT_EQ(team.agents[0].agent.str(), "a1");
    EXPECT_EQ(team.agents[0].name, "Asha");
    expect_same(team.agents[0].figures, read(bucket).buckets.at(0).figures);
    EXPECT_EQ(team.agents[1].figures.fixes, 1U);
  }
  EXPECT_THAT(read_team("nobody").buckets, IsEmpty());
  EXPECT_THAT(read_team("north", Bucket::hour, "nobody").agents, IsEmpty());
  EXPECT_THAT(fixes(read_team("north", Bucket::hour, "other").buckets), ElementsAre(1U));
}

TEST_P(StoreSummaries, OfATeamHaveABoxAcrossTheAntimeridianWhereThatIsShorter) {
  commit({make_position(make_agent("a1"), to_unix_ms(ten), 1, 179),
          make_position(make_agent("a2"), to_unix_ms(ten), 2, -178)});
  work();
  Viewport box = read_team().buckets.at(0).figures.box.value();
  EXPECT_DOUBLE_EQ(box.west_deg, 179);
  EXPECT_DOUBLE_EQ(box.east_deg, -178);
  EXPECT_DOUBLE_EQ(box.south_deg, 1);
  EXPECT_DOUBLE_EQ(box.north_deg, 2);
  commit({make_position(make_agent("a3"), to_unix_ms(ten), 1, 179.8),
          make_position(make_agent("a3"), to_unix_ms(ten) + 600'000, 1, -179.8)});
  work();
  box = read_team().buckets.at(0).figures.box.value();
  EXPECT_DOUBLE_EQ(box.west_deg, 179);
  EXPECT_DOUBLE_EQ(box.east_deg, -178);
  commit({make_position(make_agent("a4"), to_unix_ms(ten), 1, -0.2),
          make_position(make_agent("a4"), to_unix_ms(ten) + 600'000, 1, 0.2)});
  work();
  box = read_team().buckets.at(0).figures.box.value();
  EXPECT_DOUBLE_EQ(box.west_deg, -180);
  EXPECT_DOUBLE_EQ(box.east_deg, 180);
}

TEST_P(StoreSummaries, OfATeamFollowItsAgents) {
  commit(track(0, 300));
  work();
  commit({make_position(make_agent("a1", "south"), to_unix_ms(ten) + 300'000, 50.01, 8)});
  work();
  EXPECT_THAT(read_team("north").agents, IsEmpty());
  EXPECT_THAT(fixes(read_team("south").buckets), ElementsAre(11U));
}

TEST_P(StoreSummaries, AreWorkedOnByTwoAtOnceWithoutHarm) {
  auto second = engine_->open_summariser();
  ASSERT_TRUE(second) << second.error().text;
  std::vector<AgentPosition> positions;
  for (int i = 0; i < 30; ++i)
    for (int hour = 0; hour < 8; ++hour)
      positions.push_back(
          make_position(make_agent(("b" + std::to_string(i)).c_str()), to_unix_ms(ten + hours{hour}), 50, 8));
  commit(positions);
  std::thread other([&] { EXPECT_TRUE((*second)->work(later, 10'000)); });
  work();
  other.join();
  EXPECT_EQ(work(), 0U);
  const TeamSummaries team = read_team();
  EXPECT_THAT(fixes(team.buckets), testing::AllOf(testing::SizeIs(8), testing::Each(30U)));
  EXPECT_EQ(team.complete_until, day + days{1});
}

TEST_P(StoreSummaries, AreExactWhileFixesComeAndHoursAreWorkedOn) {
  std::atomic<bool> stop{false};
  auto second = engine_->open_summariser();
  ASSERT_TRUE(second) << second.error().text;
  std::thread working([&] {
    while (!stop) EXPECT_TRUE((*second)->work(later, 10));
  });
  for (int i = 0; i < 200; ++i) commit({at((i * 67) % 200 * 36, (i * 67) % 200)});
  stop = true;
  working.join();
  const AgentSummaries computed = read();
  work();
  EXPECT_THAT(fixes(read().buckets), ElementsAre(100U, 100U));
  EXPECT_THAT(fixes(computed.buckets), ElementsAre(100U, 100U));
  EXPECT_NEAR(read(Bucket::day).buckets.at(0).figures.distance_m, 199 * step_m, 1);
}

}  // namespace
}  // namespace fieldcast::store::contract
