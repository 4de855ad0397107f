#include "fieldcast/access/token_bucket.hpp"

#include <gtest/gtest.h>

namespace fieldcast::access {
namespace {

constexpr SteadyTime start{seconds{1'000}};

TEST(TokenBucket, LetsTheBurstThroughAndThenTheRate) {
  TokenBucket bucket;
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(bucket.take(start, 10, 5));
  EXPECT_FALSE(bucket.take(start, 10, 5));
  EXPECT_FALSE(bucket.take(start + milliseconds{90}, 10, 5));
  EXPECT_TRUE(bucket.take(start + milliseconds{200}, 10, 5));
}

TEST(TokenBucket, NeverSavesMoreThanTheBurst) {
  TokenBucket bucket;
  ASSERT_TRUE(bucket.take(start, 10, 5));
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(bucket.take(start + seconds{3'600}, 10, 5));
  EXPECT_FALSE(bucket.take(start + seconds{3'600}, 10, 5));
}

TEST(TokenBucket, TakesNothingWhenItRefuses) {
  TokenBucket bucket;
  ASSERT_TRUE(bucket.take(start, 1, 10, 4));
  EXPECT_FALSE(bucket.take(start, 1, 10, 7));
  EXPECT_TRUE(bucket.take(start, 1, 10, 6));
}

TEST(TokenBucket, HoldsTheRateOverALongTime) {
  TokenBucket bucket;
  int taken = 0;
  for (int i = 0; i < 100'000; ++i) taken += bucket.take(start + milliseconds{i}, 100, 200) ? 1 : 0;
  EXPECT_NEAR(taken, 100 * 100 + 200, 25);
}

TEST(TokenBucket, IsSmall) { EXPECT_LE(sizeof(TokenBucket), 16U); }

}  // namespace
}  // namespace fieldcast::access
