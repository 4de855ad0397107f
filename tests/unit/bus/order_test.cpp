#include "fieldcast/bus/seat_order.hpp"
#include "fieldcast/bus/sequences.hpp"

#include <gtest/gtest.h>

namespace fieldcast::bus {
namespace {

TEST(Sequences, FindHowMuchIsMissing) {
  Sequences sequences;
  EXPECT_EQ(sequences.missing_before({1, 100}), 0U);
  EXPECT_EQ(sequences.missing_before({1, 101}), 0U);
  EXPECT_EQ(sequences.missing_before({1, 105}), 3U);
  EXPECT_EQ(sequences.missing_before({1, 106}), 0U);
}

TEST(Sequences, TakeEachOriginForItself) {
  Sequences sequences;
  EXPECT_EQ(sequences.missing_before({1, 5}), 0U);
  EXPECT_EQ(sequences.missing_before({2, 900}), 0U);
  EXPECT_EQ(sequences.missing_before({1, 6}), 0U);
}

TEST(Sequences, MissNothingByWhatCameBefore) {
  Sequences sequences;
  sequences.missing_before({1, 5});
  EXPECT_EQ(sequences.missing_before({1, 5}), 0U);
  EXPECT_EQ(sequences.missing_before({1, 3}), 0U);
  EXPECT_EQ(sequences.missing_before({1, 6}), 0U);
}

TEST(Sequences, TakeTheFirstAsItIsAfterForgetting) {
  Sequences sequences;
  sequences.missing_before({1, 5});
  sequences.forget();
  EXPECT_EQ(sequences.missing_before({1, 50}), 0U);
}

TEST(Sequences, RememberABoundedNumberOfOrigins) {
  Sequences sequences;
  for (std::uint64_t origin = 0; origin < 5'000; ++origin) sequences.missing_before({origin, 1});
  EXPECT_EQ(sequences.missing_before({0, 9}), 0U);      // forgotten
  EXPECT_EQ(sequences.missing_before({4'999, 9}), 7U);  // not forgotten
}

class SeatOrderTest : public testing::Test {
 protected:
  const AgentKey asha{OrgId("acme"), AgentId("asha")};
  const SteadyTime start{};
  const SeatTaken theirs{asha, from_unix_ms(7), false, 0};
  SeatOrder order;
};

TEST_F(SeatOrderTest, TellsOfASeatThatIsNotOurs) {
  const auto heard = order.heard(theirs, start);
  ASSERT_TRUE(heard.has_value());
  EXPECT_FALSE(heard->late);
}

TEST_F(SeatOrderTest, TellsOfNoSeatThatIsOlderThanOurs) {
  const auto number = order.announced(asha, start);
  EXPECT_FALSE(order.heard(theirs, start).has_value());
  order.confirmed(asha, number);
  EXPECT_TRUE(order.heard(theirs, start).has_value());
  EXPECT_EQ(order.unconfirmed(), 0U);
}

TEST_F(SeatOrderTest, SaysAfterWhichOfOursItHeard) {
  EXPECT_EQ(order.heard(theirs, start)->heard_after, 0U);
  const auto number = order.announced({OrgId("acme"), AgentId("another")}, start);
  EXPECT_EQ(order.heard(theirs, start)->heard_after, number);
}

TEST_F(SeatOrderTest, WaitsForTheNewestOfOurs) {
  const auto first = order.announced(asha, start), second = order.announced(asha, start);
  EXPECT_TRUE(order.outdated(asha, first));
  EXPECT_FALSE(order.outdated(asha, second));
  order.confirmed(asha, first);
  EXPECT_FALSE(order.heard(theirs, start).has_value());
  order.confirmed(asha, second);
  EXPECT_TRUE(order.heard(theirs, start).has_value());
}

TEST_F(SeatOrderTest, LetsTimesDecideWhenTheirsIsLate) {
  order.announced(asha, start);
  SeatTaken late = theirs;
  late.late = true;
  EXPECT_TRUE(order.heard(late, start).value().late);
}

TEST_F(SeatOrderTest, LetsTimesDecideWhenOursIsLate) {
  const auto number = order.announced(asha, start);
  EXPECT_FALSE(order.heard(theirs, start + SeatOrder::late_after - milliseconds{1}).has_value());
  EXPECT_TRUE(order.heard(theirs, start + SeatOrder::late_after).value().late);
  order.mark_late(asha, number);
  EXPECT_TRUE(order.heard(theirs, start).value().late);
}

}  // namespace
}  // namespace fieldcast::bus
