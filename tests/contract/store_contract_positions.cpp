// Positions: idempotence, last-known, history, precision.
#include "contract/store_contract.hpp"

#include <gmock/gmock.h>

namespace fieldcast::store::contract {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t base_ms = 1'700'000'000'000;

std::optional<Timestamp> at_ms(std::int64_t ms) { return from_unix_ms(ms); }

TEST_P(StoreContract, CountsAReplayedFixAsADuplicateAndChangesNothing) {
  const auto agent = make_agent("a1");
  EXPECT_EQ(commit({make_position(agent, base_ms, 10, 20)}).accepted, 1U);
  const WriteResult again = commit({make_position(agent, base_ms, 11, 21)});
  EXPECT_EQ(again.accepted, 0U);
  EXPECT_EQ(again.duplicates, 1U);
  ASSERT_EQ(history(agent).size(), 1U);
  EXPECT_DOUBLE_EQ(history(agent)[0].fix.at.latitude_deg, 10);
  EXPECT_DOUBLE_EQ(last_known(agent).fix.at.latitude_deg, 10);
  EXPECT_EQ(counts().positions, 1U);
}

TEST_P(StoreContract, KeepsTheFirstOfTwoEqualKeysWithinABatch) {
  const auto agent = make_agent("a1");
  const WriteResult result = commit({make_position(agent, base_ms + 5, 30, 1), make_position(agent, base_ms, 10, 1),
                                     make_position(agent, base_ms, 11, 1), make_position(agent, base_ms + 5, 31, 1)});
  EXPECT_EQ(result.accepted, 2U);
  EXPECT_EQ(result.duplicates, 2U);
  const auto kept = history(agent);
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_DOUBLE_EQ(kept[0].fix.at.latitude_deg, 10);
  EXPECT_DOUBLE_EQ(kept[1].fix.at.latitude_deg, 30);
  EXPECT_DOUBLE_EQ(last_known(agent).fix.at.latitude_deg, 30);
}

TEST_P(StoreContract, CountsForEachRequestOfAGroupByItself) {
  const auto one = make_agent("a1"), two = make_agent("a2");
  const std::vector<WriteRequest> requests = {
      make_request({make_position(two, base_ms), make_position(one, base_ms)}), make_request({}),
      make_request({make_position(one, base_ms), make_position(one, base_ms - 1), make_position(two, base_ms)})};
  std::vector<WriteResult> results(3);
  ASSERT_TRUE(writer_->commit(requests, results));
  EXPECT_EQ(results[0].accepted, 2U);
  EXPECT_EQ(results[0].duplicates, 0U);
  EXPECT_EQ(results[1].accepted + results[1].duplicates, 0U);
  EXPECT_EQ(results[2].accepted, 1U);
  EXPECT_EQ(results[2].duplicates, 2U);
}

TEST_P(StoreContract, MovesLastKnownForwardOnly) {
  const auto agent = make_agent("a1");
  commit({make_position(agent, base_ms, 10)});
  commit({make_position(agent, base_ms - 60'000, 9)});
  EXPECT_DOUBLE_EQ(last_known(agent).fix.at.latitude_deg, 10);
  commit({make_position(agent, base_ms + 2, 12), make_position(agent, base_ms + 1, 11)});
  EXPECT_DOUBLE_EQ(last_known(agent).fix.at.latitude_deg, 12);
  EXPECT_EQ(history(agent).size(), 4U);
}

TEST_P(StoreContract, ReadsHistoryOldestFirst) {
  const auto agent = make_agent("a1");
  commit({make_position(agent, base_ms + 2), make_position(agent, base_ms), make_position(agent, base_ms + 1)});
  EXPECT_THAT(history_times({.agent = agent->key(), .after = {}}), ElementsAre(base_ms, base_ms + 1, base_ms + 2));
}

TEST_P(StoreContract, TakesTheStartOfAHistoryInAndItsEndOut) {
  const auto agent = make_agent("a1");
  for (int i = 0; i < 5; ++i) commit({make_position(agent, base_ms + i)});
  EXPECT_THAT(
      history_times(
          {.agent = agent->key(), .from = from_unix_ms(base_ms + 1), .to = from_unix_ms(base_ms + 3), .after = {}}),
      ElementsAre(base_ms + 1, base_ms + 2));
  EXPECT_THAT(
      history_times(
          {.agent = agent->key(), .from = from_unix_ms(base_ms + 3), .to = from_unix_ms(base_ms + 3), .after = {}}),
      IsEmpty());
}

TEST_P(StoreContract, PagesThroughAHistoryByItsCursor) {
  const auto agent = make_agent("a1");
  for (int i = 0; i < 5; ++i) commit({make_position(agent, base_ms + i)});
  HistoryQuery query{.agent = agent->key(), .after = {}, .limit = 2};
  EXPECT_THAT(history_times(query), ElementsAre(base_ms, base_ms + 1));
  query.after = at_ms(base_ms + 1);
  EXPECT_THAT(history_times(query), ElementsAre(base_ms + 2, base_ms + 3));
  query.after = at_ms(base_ms + 3);
  EXPECT_THAT(history_times(query), ElementsAre(base_ms + 4));
  query.after = at_ms(base_ms + 4);
  EXPECT_THAT(history_times(query), IsEmpty());
  query.after = Timestamp::max();
  EXPECT_THAT(history_times(query), IsEmpty());
}

TEST_P(StoreContract, StartsAtTheLaterOfStartAndCursor) {
  const auto agent = make_agent("a1");
  for (int i = 0; i < 5; ++i) commit({make_position(agent, base_ms + i)});
  EXPECT_THAT(history_times({.agent = agent->key(), .from = from_unix_ms(base_ms + 3), .after = at_ms(base_ms)}),
              ElementsAre(base_ms + 3, base_ms + 4));
}

TEST_P(StoreContract, AnswersALimitOfZeroWithNothing) {
  const auto agent = make_agent("a1");
  commit({make_position(agent, base_ms)});
  EXPECT_THAT(history_times({.agent = agent->key(), .after = {}, .limit = 0}), IsEmpty());
  EXPECT_THAT(history_times({.agent = agent->key(), .after = {}, .limit = SIZE_MAX}), ElementsAre(base_ms));
}

TEST_P(StoreContract, HasNoHistoryOfAnAgentThatNobodyKnows) {
  EXPECT_THAT(history_times({.agent = {OrgId("acme"), AgentId("nobody")}, .after = {}}), IsEmpty());
}

TEST_P(StoreContract, GivesBackEveryColumnAsItCame) {
  const auto agent = make_agent("a1");
  AgentPosition full = make_position(agent, base_ms + 123, 12.3456789, -77.7654321);
  full.position.received_at = from_unix_ms(base_ms + 456);
  Fix& fix = full.position.fix;
  fix.accuracy_m = 4.7F;
  fix.speed_mps = 0.1F;
  fix.heading_deg = 359.9F;
  fix.altitude_m = -413.2F;
  fix.battery = 0.81F;
  fix.activity = Activity::driving;
  fix.attributes = R"({"plate":"KA-01 \"x\"","n":[1,2]})";
  commit({full});
  for (const Position& read : {history(agent).at(0), last_known(agent)}) {
    EXPECT_NEAR(read.fix.at.latitude_deg, fix.at.latitude_deg, 5e-8);
    EXPECT_NEAR(read.fix.at.longitude_deg, fix.at.longitude_deg, 5e-8);
    EXPECT_EQ(read.fix.recorded_at, fix.recorded_at);
    EXPECT_EQ(read.received_at, full.position.received_at);
    EXPECT_EQ(read.fix.accuracy_m, fix.accuracy_m);
    EXPECT_EQ(read.fix.speed_mps, fix.speed_mps);
    EXPECT_EQ(read.fix.heading_deg, fix.heading_deg);
    EXPECT_EQ(read.fix.altitude_m, fix.altitude_m);
    EXPECT_EQ(read.fix.battery, fix.battery);
    EXPECT_EQ(read.fix.activity, Activity::driving);
    EXPECT_EQ(read.fix.attributes, fix.attributes);
  }
}

TEST_P(StoreContract, GivesBackAbsentNumbersAsAbsentAndZeroAsZero) {
  const auto agent = make_agent("a1");
  AgentPosition bare = make_position(agent, base_ms), zeros = make_position(agent, base_ms + 1);
  Fix& fix = zeros.position.fix;
  fix.accuracy_m = fix.speed_mps = fix.heading_deg = fix.altitude_m = fix.battery = 0;
  commit({bare, zeros});
  const auto read = history(agent);
  ASSERT_EQ(read.size(), 2U);
  for (const float value : {read[0].fix.accuracy_m, read[0].fix.speed_mps, read[0].fix.heading_deg,
                            read[0].fix.altitude_m, read[0].fix.battery})
    EXPECT_FALSE(known(value));
  for (const float value : {read[1].fix.accuracy_m, read[1].fix.speed_mps, read[1].fix.heading_deg,
                            read[1].fix.altitude_m, read[1].fix.battery})
    EXPECT_EQ(value, 0.0F);
  EXPECT_EQ(read[0].fix.activity, Activity::unknown);
  EXPECT_EQ(read[0].fix.attributes, "");
}

TEST_P(StoreContract, GivesBackEveryActivity) {
  const auto agent = make_agent("a1");
  const std::vector<Activity> all = {Activity::unknown, Activity::stationary, Activity::walking,
                                     Activity::running, Activity::cycling,    Activity::driving};
  std::vector<AgentPosition> positions;
  for (const Activity activity : all) {
    positions.push_back(make_position(agent, base_ms + static_cast<int>(activity)));
    positions.back().position.fix.activity = activity;
  }
  commit(positions);
  std::vector<Activity> read;
  for (const Position& position : history(agent)) read.push_back(position.fix.activity);
  EXPECT_EQ(read, all);
}

TEST_P(StoreContract, TakesPolesTheAntimeridianAndTheEndsOfTime) {
  const auto agent = make_agent("a1");
  constexpr std::int64_t year_2000 = 946'684'800'000, end_of_9999 = 253'402'300'799'999;
  commit({make_position(agent, year_2000, 90, 180), make_position(agent, year_2000 + 1, -90, -180),
          make_position(agent, base_ms, 0, -0.0), make_position(agent, end_of_9999, 89.9999999, -179.9999999)});
  const auto read = history(agent);
  ASSERT_EQ(read.size(), 4U);
  EXPECT_EQ(to_unix_ms(read[0].fix.recorded_at), year_2000);
  EXPECT_EQ(read[0].fix.at.latitude_deg, 90);
  EXPECT_EQ(read[0].fix.at.longitude_deg, 180);
  EXPECT_EQ(read[1].fix.at.latitude_deg, -90);
  EXPECT_EQ(read[1].fix.at.longitude_deg, -180);
  EXPECT_EQ(read[2].fix.at.longitude_deg, 0);
  EXPECT_EQ(to_unix_ms(read[3].fix.recorded_at), end_of_9999);
  EXPECT_NEAR(read[3].fix.at.latitude_deg, 89.9999999, 1e-9);
  EXPECT_NEAR(read[3].fix.at.longitude_deg, -179.9999999, 1e-9);
}

TEST_P(StoreContract, WritesCoordinatesItHasReadWithoutDrift) {
  const auto agent = make_agent("a1");
  commit({make_position(agent, base_ms, 51.47782951, -0.00147812)});
  const Coordinates once = history(agent).at(0).fix.at;
  commit({make_position(agent, base_ms + 1, once.latitude_deg, once.longitude_deg)});
  const Coordinates twice = history(agent).at(1).fix.at;
  EXPECT_EQ(once.latitude_deg, twice.latitude_deg);
  EXPECT_EQ(once.longitude_deg, twice.longitude_deg);
}

}  // namespace
}  // namespace fieldcast::store::contract
