// The rule by which fixes come to distance, moving time, stops and speed: on tracks made by hand.
#include "fieldcast/summary/summary.hpp"

#include <gtest/gtest.h>

namespace fieldcast::summary {
namespace {

constexpr Timestamp ten = from_unix_ms(1'700'000'000'000 / 3'600'000 * 3'600'000);  // a full hour
constexpr double degree_m = 6'371'008.8 * 3.14159265358979323846 / 180;             // of latitude

/// A point so many metres north of one place, so many seconds after the hour.
TrackPoint north(double at_s, double north_m, float accuracy_m = 5, float speed_mps = unknown_value) {
  TrackPoint point;
  point.recorded_at = ten + milliseconds{static_cast<std::int64_t>(at_s * 1e3)};
  point.at = {50 + north_m / degree_m, 8};
  point.accuracy_m = accuracy_m;
  point.speed_mps = speed_mps;
  return point;
}

Summary hour_of(const std::vector<TrackPoint>& points) { return of_hour(ten, points); }

TEST(SummaryHour, OfNothingIsNothing) {
  const Summary none = hour_of({});
  EXPECT_EQ(none.fixes, 0U);
  EXPECT_EQ(none.distance_m, 0);
  EXPECT_FALSE(none.box);
  EXPECT_FALSE(known(none.speed_max_mps));
  EXPECT_FALSE(known(none.speed_mean_mps()));
}

TEST(SummaryHour, AddsTheWayFromAnchorToAnchor) {
  std::vector<TrackPoint> points;
  for (int i = 0; i <= 60; ++i) points.push_back(north(i * 30, i * 300));  // 10 m/s for half an hour
  const Summary hour = hour_of(points);
  EXPECT_EQ(hour.fixes, 61U);
  EXPECT_NEAR(hour.distance_m, 18'000, 0.01);
  EXPECT_EQ(hour.moving, std::chrono::minutes{30});
  EXPECT_EQ(hour.stops, 0U);
  EXPECT_NEAR(hour.speed_max_mps, 10, 1e-3);
  EXPECT_NEAR(hour.speed_mean_mps(), 10, 1e-3);
  ASSERT_TRUE(hour.box);
  EXPECT_NEAR(hour.box->south_deg, 50, 1e-9);
  EXPECT_NEAR(hour.box->north_deg, 50 + 18'000 / degree_m, 1e-9);
}

TEST(SummaryHour, OfAWalkerWhoReportsOftenLosesNothing) {
  for (const double every_s : {0.1, 1.0, 5.0}) {
    std::vector<TrackPoint> points;
    for (int i = 0; i * every_s <= 900; ++i) points.push_back(north(i * every_s, i * every_s * 1.4));
    const Summary hour = hour_of(points);
    EXPECT_NEAR(hour.distance_m, 900 * 1.4, 25) << every_s;
    EXPECT_NEAR(hour.speed_mean_mps(), 1.4, 0.05) << every_s;
    EXPECT_LT(hour.speed_max_mps, 1.6) << every_s;
    EXPECT_EQ(hour.stops, 0U) << every_s;
  }
}

TEST(SummaryHour, TakesTremblingForRest) {
  std::vector<TrackPoint> points;
  for (int i = 0; i < 100; ++i) points.push_back(north(i * 30, i % 2 == 0 ? 0 : 14));
  for (int i = 100; i < 119; ++i) points.push_back(north(i * 30, i % 2 == 0 ? 0 : 38, 40));
  const Summary hour = hour_of(points);
  EXPECT_EQ(hour.distance_m, 0);
  EXPECT_EQ(hour.moving.count(), 0);
  EXPECT_EQ(hour.stops, 1U);
}

TEST(SummaryHour, CountsAsFarAsTheBlurOnlyBeyondIt) {
  EXPECT_EQ(hour_of({north(0, 0), north(30, 14.9)}).distance_m, 0);
  EXPECT_NEAR(hour_of({north(0, 0), north(30, 15.1)}).distance_m, 15.1, 0.01);
  EXPECT_EQ(hour_of({north(0, 0, 60), north(30, 59)}).distance_m, 0);
  EXPECT_EQ(hour_of({north(0, 0), north(30, 59, 60)}).distance_m, 0);
  EXPECT_NEAR(hour_of({north(0, 0, 60), north(30, 61)}).distance_m, 61, 0.01);
  EXPECT_NEAR(hour_of({north(0, 0, unknown_value), north(30, 15.1, unknown_value)}).distance_m, 15.1, 0.01);
}

TEST(SummaryHour, CountsAFixThatIsTooCoarseAndNoMore) {
  const Summary hour = hour_of({north(0, 0), north(30, 500, 100.1F, 20), north(60, 0)});
  EXPECT_EQ(hour.fixes, 3U);
  EXPECT_EQ(hour.distance_m, 0);
  EXPECT_FALSE(known(hour.speed_max_mps));
  EXPECT_NEAR(hour.box->north_deg, 50, 1e-9);
  EXPECT_FALSE(hour_of({north(0, 0, 101)}).box);
  EXPECT_TRUE(hour_of({north(0, 0, 100)}).box);
}

TEST(SummaryHour, PassesOverAJumpAndWhatTwoFarFixesSay) {
  const Summary one = hour_of({north(0, 0), north(30, 9'000, 5, 33), north(60, 30)});
  EXPECT_NEAR(one.distance_m, 30, 0.01);
  EXPECT_EQ(one.fixes, 3U);
  EXPECT_LT(one.speed_max_mps, 1);
  EXPECT_LT(one.box->north_deg, 50.01);
  EXPECT_NEAR(hour_of({north(0, 0), north(30, 9'000), north(60, 9'020), north(90, 30)}).distance_m, 30, 0.01);
}

TEST(SummaryHour, PassesOverAJumpAfterALongRest) {
  std::vector<TrackPoint> points;
  for (int i = 0; i < 100; ++i) points.push_back(north(i * 30, 0));
  points.push_back(north(3'000, 9'000));
  points.push_back(north(3'030, 0));
  EXPECT_EQ(hour_of(points).distance_m, 0);
}

TEST(SummaryHour, BelievesThreeFarFixesThatAgreeButCountsNoWayToThem) {
  const Summary there =
      hour_of({north(0, 0), north(30, 90'000), north(60, 90'020), north(90, 90'040), north(120, 90'100)});
  EXPECT_NEAR(there.distance_m, 60, 0.01);
  EXPECT_NEAR(there.box->north_deg, 50 + 90'100 / degree_m, 1e-9);
}

TEST(SummaryHour, DoesNotBelieveFarFixesThatDisagree) {
  std::vector<TrackPoint> points = {north(0, 0)};
  for (int i = 1; i < 8; ++i) points.push_back(north(i * 30, i * 20'000));
  const Summary hour = hour_of(points);
  EXPECT_EQ(hour.distance_m, 0);
  EXPECT_NEAR(hour.box->north_deg, 50, 1e-9);
  EXPECT_EQ(hour.fixes, 8U);
}

TEST(SummaryHour, BelievesAFastTrainAndTwoFixesAtAlmostTheSameTime) {
  EXPECT_NEAR(hour_of({north(0, 0), north(30, 2'990)}).distance_m, 2'990, 0.1);
  EXPECT_NEAR(hour_of({north(0, 0, 50), north(0.001, 49, 50), north(30, 300)}).distance_m, 300, 0.1);
}

TEST(SummaryHour, CountsAStopOnceWhenThreeMinutesAreShown) {
  EXPECT_EQ(hour_of({north(0, 0), north(90, 0), north(179, 0)}).stops, 0U);
  EXPECT_EQ(hour_of({north(0, 0), north(90, 0), north(180, 0)}).stops, 1U);
  std::vector<TrackPoint> points;
  for (int i = 0; i < 40; ++i) points.push_back(north(i * 60, i < 20 ? 0 : 100));
  EXPECT_EQ(hour_of(points).stops, 2U);
}

TEST(SummaryHour, TakesNoStopFromALongSilence) {
  EXPECT_EQ(hour_of({north(0, 0), north(600, 0)}).stops, 1U);
  EXPECT_EQ(hour_of({north(0, 0), north(601, 0)}).stops, 0U);
  EXPECT_EQ(hour_of({north(0, 0), north(601, 0), north(780, 0)}).stops, 0U);
  EXPECT_EQ(hour_of({north(0, 0), north(601, 0), north(781, 0)}).stops, 1U);
  EXPECT_EQ(hour_of({north(0, 0), north(200, 0), north(1'000, 0), north(1'200, 0)}).stops, 1U) << "it is the same stop";
}

TEST(SummaryHour, LetsAStopEndWhenTheAgentWasLastSeenThere) {
  std::vector<TrackPoint> points;
  for (int i = 0; i <= 20; ++i) points.push_back(north(i * 30, 0));
  points.push_back(north(630, 300));
  const Summary hour = hour_of(points);
  EXPECT_EQ(hour.moving, seconds{30});
  EXPECT_NEAR(hour.distance_m, 300, 0.01);
}

TEST(SummaryHour, CountsNoMoreMovingThanASilenceCanHold) {
  const Summary slow = hour_of({north(0, 0), north(1'800, 1'000)});
  EXPECT_EQ(slow.moving, std::chrono::minutes{5});
  const Summary crawling = hour_of({north(0, 0), north(1'800, 800)});
  EXPECT_EQ(crawling.moving.count(), 0);
  EXPECT_NEAR(crawling.distance_m, 800, 0.01);
  const Summary tunnel = hour_of({north(0, 0), north(1'800, 30'000)});
  EXPECT_EQ(tunnel.moving, std::chrono::minutes{30});
  EXPECT_NEAR(tunnel.speed_mean_mps(), 30'000 / 1'800.0, 1e-3);
}

TEST(SummaryHour, BelievesTheSpeedThatAFixReports) {
  EXPECT_EQ(hour_of({north(0, 0, 5, 3), north(30, 300, 5, 11)}).speed_max_mps, 11);
  EXPECT_EQ(hour_of({north(0, 0, 5, 100), north(30, 300, 5, 100.5F)}).speed_max_mps, 100);
  EXPECT_NEAR(hour_of({north(0, 0), north(30, 300)}).speed_max_mps, 10, 1e-3);
}

TEST(SummaryHour, BeginsWithTheHourBefore) {
  const Summary hour = hour_of({north(-30, 0), north(30, 300), north(60, 400)});
  EXPECT_EQ(hour.fixes, 2U);
  EXPECT_EQ(hour.rows_read, 3U);
  EXPECT_NEAR(hour.distance_m, 400, 0.01) << "a pair counts where its later anchor lies";
  EXPECT_EQ(hour.moving, seconds{90});
  EXPECT_GT(hour.box->south_deg, 50) << "the hour before is not in the box";
}

TEST(SummaryHour, CountsAStopInTheHourOfTheFixThatShowsIt) {
  EXPECT_EQ(hour_of({north(-200, 0), north(-10, 0), north(60, 0)}).stops, 0U);
  EXPECT_EQ(hour_of({north(-170, 0), north(-10, 0), north(60, 0)}).stops, 1U);
}

TEST(SummaryHour, TakesNothingFromOutsideOfItsTwoHours) {
  const std::vector<TrackPoint> within = {north(-3'600, 0), north(30, 300), north(3'599.999, 600)};
  std::vector<TrackPoint> more = within;
  more.insert(more.begin(), north(-3'600.001, 900));
  more.push_back(north(3'600, 900));
  EXPECT_EQ(hour_of(more).rows_read, 3U);
  EXPECT_EQ(hour_of(more).distance_m, hour_of(within).distance_m);
}

TEST(SummaryHour, IsNotChangedByWhatComesTwice) {
  std::vector<TrackPoint> once, twice;
  for (int i = 0; i < 100; ++i) {
    const double north_m = i * 37 % 400;
    once.push_back(north(i * 31, north_m, static_cast<float>(i % 30), i % 3 == 0 ? 4.0F : unknown_value));
    twice.push_back(once.back());
    twice.push_back(north(i * 31, north_m + 50));  // of equal times the first stays
  }
  const Summary a = hour_of(once), b = hour_of(twice);
  EXPECT_EQ(a.fixes, b.fixes);
  EXPECT_EQ(a.rows_read, b.rows_read);
  EXPECT_EQ(a.distance_m, b.distance_m);
  EXPECT_EQ(a.moving, b.moving);
  EXPECT_EQ(a.stops, b.stops);
  EXPECT_EQ(a.speed_max_mps, b.speed_max_mps);
}

TEST(SummaryHour, AddsUpOverHoursToTheWholeWay) {
  std::vector<TrackPoint> points;
  for (int i = 0; i <= 480; ++i) points.push_back(north(i * 30 - 3'600, i * 240));
  Summary sum;
  for (int hour = -1; hour < 3; ++hour) add(sum, of_hour(ten + hours{hour}, points));
  EXPECT_EQ(sum.fixes, 480U);
  EXPECT_NEAR(sum.distance_m, 479 * 240, 0.1);
  EXPECT_EQ(sum.moving, seconds{479 * 30});
}

}  // namespace
}  // namespace fieldcast::summary
