// Summaries: what positions come to by hour and by day, kept right by whatever comes, and as often as it comes.
#include "contract/store_contract_summaries.hpp"

#include <atomic>
#include <gmock/gmock.h>
#include <thread>

namespace fieldcast::store::contract {
namespace {

using std::chrono::minutes;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Timestamp day = summary_day;
constexpr double step_m = 111.195;  // of a thousandth of a degree of latitude

TEST_P(StoreSummaries, AreTheFiguresOfTheRule) {
  commit(track(-1'800, 1'800));
  expect_work_changes_no_answer();
  const AgentSummaries hours_read = read();
  ASSERT_EQ(hours_read.buckets.size(), 2U);
  EXPECT_EQ(hours_read.buckets[0].begin, ten - hours{1});
  const Summary& nine = hours_read.buckets[0].figures;
  EXPECT_EQ(nine.fixes, 60U);
  EXPECT_NEAR(nine.distance_m, 59 * step_m, 0.1);
  EXPECT_EQ(nine.moving, seconds{59 * 30});
  const Summary& hour = hours_read.buckets[1].figures;
  EXPECT_EQ(hours_read.buckets[1].begin, ten);
  EXPECT_EQ(hour.fixes, 60U);
  EXPECT_EQ(hour.rows_read, 120U);
  EXPECT_NEAR(hour.distance_m, 60 * step_m, 0.1);
  EXPECT_EQ(hour.moving, minutes{30});
  EXPECT_EQ(hour.stops, 0U);
  EXPECT_NEAR(hour.speed_max_mps, step_m / 30, 1e-3);
  EXPECT_NEAR(hour.box->south_deg, 50, 1e-7);
  EXPECT_NEAR(hour.box->north_deg, 50.059, 1e-7);
  const AgentSummaries days_read = read(Bucket::day);
  ASSERT_EQ(days_read.buckets.size(), 1U);
  EXPECT_EQ(days_read.buckets[0].begin, day);
  EXPECT_EQ(days_read.buckets[0].figures.fixes, 120U);
  EXPECT_NEAR(days_read.buckets[0].figures.distance_m, 119 * step_m, 0.1);
  EXPECT_EQ(days_read.complete_until, day + days{1});
}

TEST_P(StoreSummaries, HaveNothingOfWhomNobodyKnowsAndOfOtherTimes) {
  EXPECT_THAT(read().buckets, IsEmpty());
  commit(track(0, 300));
  work();
  EXPECT_THAT(read(Bucket::hour, ten + hours{1}, ten + hours{2}).buckets, IsEmpty());
  EXPECT_THAT(read(Bucket::hour, ten - hours{1}, ten).buckets, IsEmpty());
  EXPECT_THAT(read(Bucket::day, day - days{1}, day).buckets, IsEmpty());
  EXPECT_THAT(read(Bucket::day, day + days{1}, day + days{2}).buckets, IsEmpty());
  EXPECT_THAT(fixes(read(Bucket::hour, ten, ten + hours{1}).buckets), ElementsAre(10U));
}

TEST_P(StoreSummaries, TakeInWhatComesLateIntoTheHourAndTheOneAfter) {
  commit({at(-30, 0), at(3'570, 200), at(3'630, 210)});
  EXPECT_GT(work(), 0U);
  EXPECT_EQ(work(), 0U);
  commit({at(3'000, 100), at(3'600, 205)});
  expect_work_changes_no_answer();
  const auto buckets = read().buckets;
  EXPECT_THAT(fixes(buckets), ElementsAre(1U, 2U, 2U));
  EXPECT_NEAR(buckets[1].figures.distance_m, 200 * step_m, 1);
  EXPECT_NEAR(buckets[2].figures.distance_m, 10 * step_m, 1);
  commit({at(3'590, 212)});
  work();
  EXPECT_NEAR(read().buckets[2].figures.distance_m, (7 + 5) * step_m, 1) << "the hour after it begins where it ends";
}

TEST_P(StoreSummaries, AreTheSameInWhateverOrderFixesCome) {
  std::vector<AgentPosition> whole = track(-1'800, 5'400);
  const AgentIdentityPtr other = make_agent("a2");
  for (std::size_t i = 0; i < whole.size(); ++i) {
    AgentPosition shuffled = whole[(i * 77) % whole.size()];
    shuffled.agent = other;
    commit({shuffled});
    if (i % 40 == 0) work();
  }
  commit(whole);
  work();
  const auto in_order = read().buckets;
  auto answer = reader_->summaries(SummaryQuery{other->key(), Bucket::hour, day, day + days{1}});
  ASSERT_TRUE(answer);
  ASSERT_EQ(in_order.size(), answer->buckets.size());
  for (std::size_t i = 0; i < in_order.size(); ++i) expect_same(in_order[i].figures, answer->buckets[i].figures);
}

TEST_P(StoreSummaries, AreNotChangedByFixesThatComeAgain) {
  commit(track(0, 3'000));
  work();
  const auto before = read().buckets;
  commit(track(0, 3'000));
  work();
  const auto after = read().buckets;
  ASSERT_EQ(after.size(), 1U);
  expect_same(before[0].figures, after[0].figures);
}

TEST_P(StoreSummaries, BelongToTheDayInWhichTheirHoursLie) {
  commit(track(13 * 3'600, 15 * 3'600));  // from 23:00 to 01:00
  expect_work_changes_no_answer();
  const auto both = read(Bucket::day, day, day + days{2});
  ASSERT_THAT(fixes(both.buckets), ElementsAre(120U, 120U));
  EXPECT_NEAR(both.buckets[1].figures.distance_m, 120 * step_m, 0.1) << "the first pair crosses midnight";
  commit({at(14 * 3'600 - 15, 14 * 120)});
  EXPECT_THAT(fixes(read(Bucket::day, day, day + days{2}).buckets), ElementsAre(121U, 120U));
  work();
  EXPECT_THAT(fixes(read(Bucket::day, day, day + days{2}).buckets), ElementsAre(121U, 120U));
}

TEST_P(StoreSummaries, WaitUntilAnHourIsOverAndItsLastFixesHaveCome) {
  commit(track(0, 300));
  EXPECT_EQ(work(ten + hours{1} + Summariser::arrival_max - milliseconds{1}), 0U);
  EXPECT_THAT(fixes(read().buckets), ElementsAre(10U)) << "an answer does not wait";
  EXPECT_EQ(work(ten + hours{1} + Summariser::arrival_max), 1U);
  EXPECT_EQ(work(ten + hours{2} + Summariser::arrival_max), 1U) << "the hour after it";
  EXPECT_EQ(work(), 0U);
}

TEST_P(StoreSummaries, AreWorkedOnInParts) {
  commit(track(0, 4 * 3'600));
  EXPECT_EQ(work(later, 2), 2U);
  EXPECT_EQ(read_team().complete_until, ten + hours{2});
  EXPECT_EQ(work(later, 2), 2U);
  EXPECT_EQ(work(later, 2), 1U);
  EXPECT_EQ(work(later, 2), 0U);
  EXPECT_EQ(read_team().complete_until, day + days{1});
}

TEST_P(StoreSummaries, MarkTheHourThatRunsOnceAndTakeAllOfItIn) {
  const Timestamp now = read_clock().wall, hour = begin_of(Bucket::hour, now);
  for (int i = 0; i < 3; ++i) commit({make_position(agent_, to_unix_ms(hour) + i * 10, 50 + i * 0.001, 8)});
  EXPECT_EQ(work(now), 0U);
  EXPECT_THAT(fixes(read(Bucket::hour, hour, hour + hours{1}).buckets), ElementsAre(3U));
  EXPECT_GE(work(now + hours{3}), 1U);
  EXPECT_THAT(fixes(read(Bucket::hour, hour, hour + hours{1}).buckets), ElementsAre(3U));
}

TEST_P(StoreSummaries, MarkAgainWhenAWriterBeginsAnew) {
  commit(track(0, 60));
  work();
  reopen();
  commit({at(90, 3)});
  work();
  EXPECT_THAT(fixes(read().buckets), ElementsAre(3U));
}

TEST_P(StoreSummaries, SayUntilWhenTheyAreCompleteWhenTooMuchIsDue) {
  std::vector<AgentPosition> positions;
  for (int hour = 0; hour < 60; ++hour) positions.push_back(at(hour * 3'600, hour));
  commit(positions);
  const AgentSummaries part = read(Bucket::hour, day, day + days{4});
  EXPECT_EQ(part.complete_until, ten + hours{48});
  EXPECT_EQ(part.buckets.size(), 48U);
  EXPECT_EQ(read(Bucket::day, day, day + days{4}).complete_until, day + days{2});
  work();
  const AgentSummaries all = read(Bucket::hour, day, day + days{4});
  EXPECT_EQ(all.complete_until, day + days{4});
  EXPECT_EQ(all.buckets.size(), 60U);
  for (std::size_t i = 0; i < part.buckets.size(); ++i) expect_same(part.buckets[i].figures, all.buckets[i].figures);
}

}  // namespace
}  // namespace fieldcast::store::contract
