// Sums of hours, and boxes on a round earth.
#include "fieldcast/summary/summary.hpp"

#include <gtest/gtest.h>

namespace fieldcast::summary {
namespace {

void expect_box(const Viewport& box, const Viewport& wanted) {
  EXPECT_EQ(box.west_deg, wanted.west_deg);
  EXPECT_EQ(box.south_deg, wanted.south_deg);
  EXPECT_EQ(box.east_deg, wanted.east_deg);
  EXPECT_EQ(box.north_deg, wanted.north_deg);
}

TEST(SummaryBox, HoldsBoth) {
  expect_box(united({1, 2, 3, 4}, {2, -1, 5, 3}), {1, -1, 5, 4});
  expect_box(united({1, 2, 3, 4}, {1.5, 2.5, 2, 3}), {1, 2, 3, 4});
  expect_box(united({10, 0, 10, 0}, {-10, 0, -10, 0}), {-10, 0, 10, 0});
}

TEST(SummaryBox, CrossesTheAntimeridianWhereThatIsShorter) {
  expect_box(united({179, 0, 179, 0}, {-179, 1, -179, 1}), {179, 0, -179, 1});
  expect_box(united({-179, 0, -179, 0}, {179, 1, 179, 1}), {179, 0, -179, 1});
  expect_box(united({179, 0, -179, 1}, {-178, 0, -170, 0}), {179, 0, -170, 1});
  expect_box(united({179, 0, -179, 1}, {170, 0, 171, 0}), {170, 0, -179, 1});
  expect_box(united({180, 0, 180, 0}, {-180, 0, -180, 0}), {180, 0, 180, 0});
}

TEST(SummaryBox, GoesAllAroundWhenBothTogetherDo) {
  expect_box(united({0, 0, 200, 0}, {190, 0, 10, 0}), {-180, 0, 180, 0});
  expect_box(united({-180, 0, 180, 0}, {5, 1, 6, 2}), {-180, 0, 180, 2});
  expect_box(united({5, 1, 6, 2}, {-180, 0, 180, 0}), {-180, 0, 180, 2});
}

TEST(SummaryBox, HoldsEveryPointThatItWasMadeOf) {
  std::uint32_t random = 1;
  for (int round = 0; round < 200; ++round) {
    std::vector<Coordinates> points;
    std::optional<Viewport> box;
    for (int i = 0; i < 6; ++i) {
      random = random * 1'664'525U + 1'013'904'223U;
      const double spread = round % 2 == 0 ? 360 : 20, middle = round % 3 == 0 ? 180 : 0;
      double longitude = middle + spread * (static_cast<double>(random >> 8U) / 16'777'216.0 - 0.5);
      if (longitude >= 180) longitude -= 360;
      points.push_back({static_cast<double>(random % 180) - 90, longitude});
      const Viewport there{longitude, points.back().latitude_deg, longitude, points.back().latitude_deg};
      box = box ? united(*box, there) : there;
    }
    for (const Coordinates& point : points) EXPECT_TRUE(box->contains(point)) << round << ' ' << point.longitude_deg;
  }
}

TEST(SummarySum, AddsFiguresAndKeepsTheGreatestSpeed) {
  Summary sum;
  add(sum,
      {.fixes = 3, .rows_read = 4, .distance_m = 10, .moving = seconds{5}, .stops = 1, .speed_max_mps = 2, .box = {}});
  add(sum,
      {.fixes = 1, .rows_read = 5, .distance_m = 20, .moving = seconds{10}, .stops = 2, .box = Viewport{1, 1, 2, 2}});
  add(sum, {.fixes = 1, .rows_read = 1, .speed_max_mps = 1.5F, .box = Viewport{0, 0, 1, 1}});
  EXPECT_EQ(sum.fixes, 5U);
  EXPECT_EQ(sum.rows_read, 10U);
  EXPECT_EQ(sum.distance_m, 30);
  EXPECT_EQ(sum.moving, seconds{15});
  EXPECT_EQ(sum.stops, 3U);
  EXPECT_EQ(sum.speed_max_mps, 2);
  EXPECT_FLOAT_EQ(sum.speed_mean_mps(), 2);
  expect_box(*sum.box, {0, 0, 2, 2});
}

}  // namespace
}  // namespace fieldcast::summary
