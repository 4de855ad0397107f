#include "fieldcast/simulate/replay.hpp"

#include <gtest/gtest.h>

namespace fieldcast::simulate {
namespace {

const Timestamp now = from_unix_ms(1'800'000'000'000);
const Timestamp then = from_unix_ms(1'200'000'000'000);

std::vector<Fix> fixes_at(std::initializer_list<int> at_s) {
  std::vector<Fix> fixes;
  for (const int s : at_s) fixes.emplace_back().recorded_at = then + seconds{s};
  return fixes;
}

std::vector<int> waits_ms(const std::vector<PlannedFix>& plan) {
  std::vector<int> waits;
  for (const PlannedFix& fix : plan) waits.push_back(static_cast<int>(fix.wait.count() / 1'000));
  return waits;
}

TEST(ReplayPlan, KeepsTheTracksOwnPaceAndTimes) {
  const auto plan = plan_replay(fixes_at({0, 5, 65}), {}, now);
  EXPECT_EQ(waits_ms(plan), (std::vector{0, 5'000, 65'000}));
  EXPECT_EQ(plan[2].recorded_at, then + seconds{65});
}

TEST(ReplayPlan, GoesFasterAndCompressesTheTimesThatItShifts) {
  ReplayOptions options;
  options.speed = 10;
  EXPECT_EQ(plan_replay(fixes_at({0, 5, 65}), options, now)[2].recorded_at, then + seconds{65});
  options.shift_to_now = true;
  const auto plan = plan_replay(fixes_at({0, 5, 65}), options, now);
  EXPECT_EQ(waits_ms(plan), (std::vector{0, 500, 6'500}));
  EXPECT_EQ(plan[0].recorded_at, now);
  EXPECT_EQ(plan[2].recorded_at, now + milliseconds{6'500});
}

TEST(ReplayPlan, NeverSendsBeforeTheFixBeforeWhateverTheTimesSay) {
  const auto plan = plan_replay(fixes_at({0, 10, 4, 12, -3}), {}, now);
  EXPECT_EQ(waits_ms(plan), (std::vector{0, 10'000, 10'000, 12'000, 12'000}));
  EXPECT_EQ(plan[4].recorded_at, then - seconds{3});
}

TEST(ReplayPlan, CutsLongGapsInTheWaitsAndInTheTimesThatItShifts) {
  ReplayOptions options;
  options.gap_max = seconds{30};
  const auto plain = plan_replay(fixes_at({0, 5, 86'405, 86'410}), options, now);
  EXPECT_EQ(waits_ms(plain), (std::vector{0, 5'000, 35'000, 40'000}));
  EXPECT_EQ(plain[3].recorded_at, then + seconds{86'410});
  options.shift_to_now = true;
  EXPECT_EQ(plan_replay(fixes_at({0, 5, 86'405, 86'410}), options, now)[3].recorded_at, now + seconds{40});
}

TEST(ReplayPlan, WaitsForNothingAtFullSpeed) {
  ReplayOptions options;
  options.speed = 0;
  const auto plain = plan_replay(fixes_at({0, 65}), options, now);
  EXPECT_EQ(waits_ms(plain), (std::vector{0, 0}));
  EXPECT_EQ(plain[1].recorded_at, then + seconds{65});
  options.shift_to_now = true;
  const auto shifted = plan_replay(fixes_at({0, 65, 60}), options, now);
  EXPECT_EQ(shifted[1].recorded_at, now);
  EXPECT_EQ(shifted[0].recorded_at, now - seconds{65});
}

TEST(ReplayPlan, IsEmptyForAnEmptyTrack) { EXPECT_TRUE(plan_replay({}, {}, now).empty()); }

}  // namespace
}  // namespace fieldcast::simulate
