#include "fieldcast/simulate/histogram.hpp"

#include "fieldcast/simulate/random.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <vector>

namespace fieldcast::simulate {
namespace {

using std::chrono::microseconds;

TEST(Histogram, IsZeroWhenEmpty) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0u);
  EXPECT_EQ(histogram.quantile(0.5).count(), 0);
  EXPECT_EQ(histogram.max().count(), 0);
}

TEST(Histogram, TellsSmallValuesExactly) {
  Histogram histogram;
  for (int i = 1; i <= 30; ++i) histogram.add(microseconds{i});
  EXPECT_EQ(histogram.quantile(0.5).count(), 15);
  EXPECT_EQ(histogram.quantile(1.0).count(), 30);
  EXPECT_EQ(histogram.quantile(0.0).count(), 1);
}

TEST(Histogram, IsRightWithinAThirtySecondOnAnyScale) {
  Random random(99);
  for (const double scale : {100.0, 1e4, 1e6, 1e9}) {
    Histogram histogram;
    std::vector<std::int64_t> values;
    for (int i = 0; i < 20'000; ++i) {
      values.push_back(static_cast<std::int64_t>(random.exponential(scale)));
      histogram.add(microseconds{values.back()});
    }
    std::ranges::sort(values);
    for (const double fraction : {0.01, 0.5, 0.9, 0.99, 0.999}) {
      const auto exact = static_cast<double>(values[static_cast<std::size_t>(fraction * 20'000) - 1]);
      const auto told = static_cast<double>(histogram.quantile(fraction).count());
      EXPECT_GE(told, exact) << scale << " " << fraction;
      EXPECT_LE(told, exact * (1 + 1.0 / 32) + 1) << scale << " " << fraction;
    }
    EXPECT_EQ(histogram.max().count(), values.back());
  }
}

TEST(Histogram, TakesNegativeAndHugeValues) {
  Histogram histogram;
  histogram.add(microseconds{-5});
  histogram.add(microseconds::max());
  EXPECT_EQ(histogram.count(), 2u);
  EXPECT_EQ(histogram.quantile(0.5).count(), 0);
  EXPECT_EQ(histogram.max(), microseconds::max());
  EXPECT_LE(histogram.quantile(1), microseconds::max());
}

TEST(Histogram, AddsUp) {
  Histogram one;
  Histogram other;
  one.add(microseconds{10});
  other.add(microseconds{1'000});
  one.add(other);
  EXPECT_EQ(one.count(), 2u);
  EXPECT_EQ(one.max().count(), 1'000);
}

}  // namespace
}  // namespace fieldcast::simulate
