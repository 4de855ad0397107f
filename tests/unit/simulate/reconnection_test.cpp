#include "fieldcast/simulate/reconnection.hpp"

#include "fieldcast/domain/outcome.hpp"

#include <gtest/gtest.h>

namespace fieldcast::simulate {
namespace {

const SteadyTime start = SteadyTime{} + seconds{1'000};

TEST(AfterClose, FollowsTheRangesOfTheProtocol) {
  EXPECT_EQ(after_close(4000), Comeback::never);
  EXPECT_EQ(after_close(4099), Comeback::never);
  EXPECT_EQ(after_close(4100), Comeback::after_backoff);
  EXPECT_EQ(after_close(4103), Comeback::after_backoff);
  EXPECT_EQ(after_close(4200), Comeback::at_once);
  EXPECT_EQ(after_close(4201), Comeback::at_once);
  EXPECT_EQ(after_close(1009), Comeback::never);
  for (const std::uint16_t code : std::initializer_list<std::uint16_t>{1000, 1001, 1005, 1006, 1011, 1012, 4300})
    EXPECT_EQ(after_close(code), Comeback::after_backoff) << code;
}

TEST(AfterClose, AgreesWithTheTableOfOutcomes) {
  for (const Outcome* outcome : outcome::all()) {
    if (outcome->close_code == 0) continue;
    const Comeback comeback = after_close(outcome->close_code);
    if (outcome->close_code >= 4200) {
      EXPECT_EQ(comeback, Comeback::at_once) << outcome->code;
    } else if (outcome->close_code >= 4100) {
      EXPECT_EQ(comeback, Comeback::after_backoff) << outcome->code;
    } else {
      EXPECT_EQ(comeback, Comeback::never) << outcome->code;
    }
  }
}

TEST(AfterRefusal, ComesBackOnlyWhenTheServerWasBusy) {
  EXPECT_EQ(after_refusal(401), Comeback::never);
  EXPECT_EQ(after_refusal(403), Comeback::never);
  EXPECT_EQ(after_refusal(404), Comeback::never);
  EXPECT_EQ(after_refusal(429), Comeback::after_backoff);
  EXPECT_EQ(after_refusal(503), Comeback::after_backoff);
}

TEST(Backoff, GrowsToItsBoundAndJittersOverAllOfIt) {
  Random random(5);
  milliseconds longest{0};
  milliseconds shortest{100'000};
  for (int client = 0; client < 2'000; ++client) {
    Backoff backoff({});
    for (int failure = 0; failure < 10; ++failure) {
      const milliseconds wait = backoff.delay(Comeback::after_backoff, start, random);
      ASSERT_LE(wait.count(), std::min(500 << failure, 20'000));
      if (failure == 9) {
        longest = std::max(longest, wait);
        shortest = std::min(shortest, wait);
      }
    }
  }
  EXPECT_GT(longest.count(), 19'500);
  EXPECT_LT(shortest.count(), 500);
}

TEST(Backoff, StartsOverAfterAHealthyConnectionOnly) {
  Random random(6);
  Backoff backoff({});
  for (int i = 0; i < 10; ++i) static_cast<void>(backoff.delay(Comeback::after_backoff, start, random));
  backoff.connected(start);
  milliseconds longest{0};
  for (int i = 0; i < 200; ++i) {
    backoff.connected(start);
    longest = std::max(longest, backoff.delay(Comeback::after_backoff, start + seconds{29}, random));
  }
  EXPECT_GT(longest.count(), 10'000) << "29 seconds are not healthy";
  backoff.connected(start);
  EXPECT_LE(backoff.delay(Comeback::after_backoff, start + seconds{30}, random).count(), 500);
}

TEST(Backoff, ComesBackAtOnceOnlyTheFirstTime) {
  Random random(7);
  Backoff backoff({});
  EXPECT_EQ(backoff.delay(Comeback::at_once, start, random).count(), 0);
  milliseconds sum{0};
  for (int i = 0; i < 20; ++i) sum += backoff.delay(Comeback::at_once, start, random);
  EXPECT_GT(sum.count(), 10'000);
}

}  // namespace
}  // namespace fieldcast::simulate
