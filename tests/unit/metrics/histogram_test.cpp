#include "fieldcast/metrics/histogram.hpp"

#include <gtest/gtest.h>

namespace fieldcast::metrics {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

TEST(Histogram, PutsADurationEqualToABoundBelowIt) {
  Histogram histogram;
  histogram.observe(microseconds{500});
  histogram.observe(nanoseconds{500'001});
  histogram.observe(seconds{60});
  EXPECT_EQ(histogram.bucket(0), 1U);
  EXPECT_EQ(histogram.bucket(1), 1U);
  EXPECT_EQ(histogram.bucket(15), 1U);
  EXPECT_EQ(histogram.bucket(16), 0U);
}

TEST(Histogram, CountsWhatIsLongerThanEveryBound) {
  Histogram histogram;
  histogram.observe(seconds{61});
  EXPECT_EQ(histogram.bucket(16), 1U);
  EXPECT_EQ(histogram.count(), 1U);
}

TEST(Histogram, CountsANegativeDurationAsZero) {
  Histogram histogram;
  histogram.observe(milliseconds{-5});
  EXPECT_EQ(histogram.bucket(0), 1U);
  EXPECT_EQ(histogram.sum_s(), 0.0);
}

TEST(Histogram, CountsOneDurationManyTimes) {
  Histogram histogram;
  histogram.observe(milliseconds{10}, 40);
  EXPECT_EQ(histogram.count(), 40U);
  EXPECT_NEAR(histogram.sum_s(), 0.4, 1e-9);
}

TEST(HistogramSnapshot, HasNoQuantileWhenEmpty) { EXPECT_FALSE(Histogram().snapshot().quantile(0.5)); }

TEST(HistogramSnapshot, InterpolatesWithinABucket) {
  Histogram histogram;
  histogram.observe(milliseconds{2}, 100);  // bucket (0.001, 0.0025]
  const auto snapshot = histogram.snapshot();
  EXPECT_NEAR(*snapshot.quantile(0.5), 0.00175, 1e-9);
  EXPECT_NEAR(*snapshot.quantile(1.0), 0.0025, 1e-9);
}

TEST(HistogramSnapshot, FindsTheTailQuantileInTheTail) {
  Histogram histogram;
  histogram.observe(milliseconds{2}, 98);
  histogram.observe(seconds{4}, 2);
  const auto snapshot = histogram.snapshot();
  EXPECT_LT(*snapshot.quantile(0.5), 0.0026);
  EXPECT_GT(*snapshot.quantile(0.99), 2.5);
}

TEST(HistogramSnapshot, AnswersTheLargestBoundForWhatIsAboveIt) {
  Histogram histogram;
  histogram.observe(seconds{3'600});
  EXPECT_EQ(*histogram.snapshot().quantile(0.5), 60.0);
}

TEST(HistogramSnapshot, AddsBucketsAndSums) {
  Histogram one, other;
  one.observe(seconds{1});
  other.observe(seconds{2}, 2);
  HistogramSnapshot sum = one.snapshot();
  sum.add(other.snapshot());
  EXPECT_EQ(sum.count(), 3U);
  EXPECT_NEAR(sum.sum, 5.0, 1e-9);
}

TEST(SizeHistogram, SortsSizesByTheirBounds) {
  SizeHistogram histogram;
  for (const std::uint64_t size : {0U, 1U, 2U, 1'000U, 1'001U, 1'000'000U}) histogram.observe(size);
  const auto snapshot = histogram.snapshot();
  EXPECT_EQ(snapshot.buckets[0], 2U);
  EXPECT_EQ(snapshot.buckets[1], 1U);
  EXPECT_EQ(snapshot.buckets[9], 1U);
  EXPECT_EQ(snapshot.buckets[10], 1U);
  EXPECT_EQ(snapshot.buckets[14], 1U);
  EXPECT_EQ(snapshot.sum, 1'002'004.0);
}

}  // namespace
}  // namespace fieldcast::metrics
