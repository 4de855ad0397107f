#include "fieldcast/ingest/verdict.hpp"

#include "fieldcast/base/rfc3339.hpp"

#include <gtest/gtest.h>

namespace fieldcast::ingest {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

const Timestamp now = *parse_rfc3339("2026-11-22T08:15:30.250Z");

Fix fix_at(double latitude, double longitude, Timestamp recorded_at = now) {
  Fix fix;
  fix.at = {latitude, longitude};
  fix.recorded_at = recorded_at;
  return fix;
}

const Outcome* verdict(Fix fix, const Policy& policy = {}) { return judge(fix, policy, now); }

TEST(Verdict, AcceptsAFixOfThisMoment) { EXPECT_EQ(verdict(fix_at(12.97, 77.59)), nullptr); }

TEST(Verdict, AcceptsTheEdgesOfTheEarth) {
  for (const double latitude : {-90.0, 90.0}) {
    for (const double longitude : {-180.0, 180.0}) EXPECT_EQ(verdict(fix_at(latitude, longitude)), nullptr);
  }
}

TEST(Verdict, RefusesWhatIsNotOnTheEarth) {
  for (const double latitude : {90.0000001, -90.0000001, 1000.0, nan, infinity, -infinity}) {
    EXPECT_EQ(verdict(fix_at(latitude, 0)), &outcome::latitude_out_of_range) << latitude;
  }
  for (const double longitude : {180.0000001, -180.0000001, 1000.0, nan, infinity, -infinity}) {
    EXPECT_EQ(verdict(fix_at(0, longitude)), &outcome::longitude_out_of_range) << longitude;
  }
}

TEST(Verdict, NamesTheLatitudeBeforeTheLongitudeBeforeTheTime) {
  EXPECT_EQ(verdict(fix_at(91, 181, Timestamp{})), &outcome::latitude_out_of_range);
  EXPECT_EQ(verdict(fix_at(90, 181, Timestamp{})), &outcome::longitude_out_of_range);
  EXPECT_EQ(verdict(fix_at(90, 180, Timestamp{})), &outcome::recorded_at_before_2000);
}

TEST(Verdict, AllowsAClockToBeAheadByTheSkew) {
  EXPECT_EQ(verdict(fix_at(0, 0, now + seconds(300))), nullptr);
  EXPECT_EQ(verdict(fix_at(0, 0, now + seconds(300) + milliseconds(1))), &outcome::recorded_at_in_future);
  Policy strict;
  strict.future_skew_max = seconds(0);
  EXPECT_EQ(verdict(fix_at(0, 0, now), strict), nullptr);
  EXPECT_EQ(verdict(fix_at(0, 0, now + milliseconds(1)), strict), &outcome::recorded_at_in_future);
}

TEST(Verdict, RefusesTimesBefore2000) {
  const Timestamp year_2000 = *parse_rfc3339("2000-01-01T00:00:00Z");
  EXPECT_EQ(verdict(fix_at(0, 0, year_2000)), nullptr);
  EXPECT_EQ(verdict(fix_at(0, 0, year_2000 - milliseconds(1))), &outcome::recorded_at_before_2000);
}

TEST(Verdict, RefusesWhatIsOlderThanWhatIsKept) {
  Policy policy;
  policy.retention = std::chrono::hours(24);
  EXPECT_EQ(verdict(fix_at(0, 0, now - std::chrono::hours(24)), policy), nullptr);
  EXPECT_EQ(verdict(fix_at(0, 0, now - std::chrono::hours(24) - milliseconds(1)), policy),
            &outcome::recorded_at_too_old);
}

TEST(Verdict, CallsATimeBefore2000SoWhateverTheRetention) {
  Policy policy;
  policy.retention = std::chrono::hours(1);
  EXPECT_EQ(verdict(fix_at(0, 0, Timestamp{}), policy), &outcome::recorded_at_before_2000);
}

float heading_after(float heading) {
  Fix fix = fix_at(0, 0);
  fix.heading_deg = heading;
  EXPECT_EQ(judge(fix, {}, now), nullptr);
  return fix.heading_deg;
}

TEST(Verdict, TurnsHeadingsIntoOneRound) {
  EXPECT_EQ(heading_after(0), 0.0F);
  EXPECT_EQ(heading_after(359.5F), 359.5F);
  EXPECT_EQ(heading_after(360), 0.0F);
  EXPECT_EQ(heading_after(725), 5.0F);
  EXPECT_EQ(heading_after(-90), 270.0F);
  EXPECT_EQ(heading_after(-1e-20F), 0.0F);
  EXPECT_FALSE(known(heading_after(unknown_value)));
}

TEST(Verdict, LeavesNoNegativeZero) {
  Fix fix = fix_at(-0.0, -0.0);
  fix.speed_mps = fix.altitude_m = fix.heading_deg = -0.0F;
  EXPECT_EQ(judge(fix, {}, now), nullptr);
  EXPECT_FALSE(std::signbit(fix.at.latitude_deg));
  EXPECT_FALSE(std::signbit(fix.at.longitude_deg));
  EXPECT_FALSE(std::signbit(fix.speed_mps));
  EXPECT_FALSE(std::signbit(fix.altitude_m));
  EXPECT_FALSE(std::signbit(fix.heading_deg));
}

TEST(Verdict, KeepsUnknownMeasurementsUnknown) {
  Fix fix = fix_at(0, 0);
  EXPECT_EQ(judge(fix, {}, now), nullptr);
  EXPECT_FALSE(known(fix.accuracy_m) || known(fix.speed_mps) || known(fix.altitude_m) || known(fix.battery));
}

}  // namespace
}  // namespace fieldcast::ingest
