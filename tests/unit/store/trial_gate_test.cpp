#include "fieldcast/store/trial_gate.hpp"

#include <gtest/gtest.h>

namespace fieldcast::store {
namespace {

using Phase = TrialGate::Phase;
const SteadyTime start{seconds{1'000}};

TEST(TrialGate, IsOpenUntilSomethingFails) {
  const TrialGate gate;
  EXPECT_EQ(gate.phase(start), Phase::open);
  EXPECT_FALSE(gate.failing());
}

TEST(TrialGate, IsClosedForTheBackoffThenLetsATrialIn) {
  TrialGate gate;
  gate.failed(start);
  EXPECT_TRUE(gate.failing());
  EXPECT_EQ(gate.phase(start), Phase::closed);
  EXPECT_EQ(gate.phase(start + milliseconds{49}), Phase::closed);
  EXPECT_EQ(gate.phase(start + milliseconds{50}), Phase::trial);
  EXPECT_EQ(gate.phase(start + seconds{3'600}), Phase::trial);
}

TEST(TrialGate, DoublesTheBackoffUpToTwoSeconds) {
  TrialGate gate;
  SteadyTime now = start;
  for (const int backoff_ms : {50, 100, 200, 400, 800, 1'600, 2'000, 2'000}) {
    gate.failed(now);
    EXPECT_EQ(gate.phase(now + milliseconds{backoff_ms - 1}), Phase::closed) << backoff_ms;
    now += milliseconds{backoff_ms};
    EXPECT_EQ(gate.phase(now), Phase::trial) << backoff_ms;
  }
}

TEST(TrialGate, OpensAfterASuccessAndStartsFromTheShortestBackoff) {
  TrialGate gate;
  for (int i = 0; i < 5; ++i) gate.failed(start);
  gate.succeeded();
  EXPECT_EQ(gate.phase(start), Phase::open);
  gate.failed(start);
  EXPECT_EQ(gate.phase(start + milliseconds{50}), Phase::trial);
}

}  // namespace
}  // namespace fieldcast::store
