#include "fieldcast/base/timer_wheel.hpp"

#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <random>

namespace fieldcast {
namespace {

using namespace std::chrono_literals;

const SteadyTime start{1'000s};

struct Alarm : TimerWheel::Entry {
  int fired = 0;
};

int advance(TimerWheel& wheel, SteadyTime now) {
  int fired = 0;
  wheel.advance(now, [&](TimerWheel::Entry& entry) {
    ++static_cast<Alarm&>(entry).fired;
    ++fired;
  });
  return fired;
}

TEST(TimerWheel, FiresNotBeforeItsTimeAndWithinOneGranule) {
  TimerWheel wheel(start, 250ms);
  Alarm alarm;
  wheel.schedule(alarm, start + 600ms);
  EXPECT_EQ(advance(wheel, start + 599ms), 0);
  EXPECT_EQ(advance(wheel, start + 749ms), 0);
  EXPECT_EQ(advance(wheel, start + 750ms), 1);
  EXPECT_FALSE(alarm.scheduled());
  EXPECT_EQ(advance(wheel, start + 10s), 0);
}

TEST(TimerWheel, KeepsDeadlinesBeyondOneTurn) {
  TimerWheel wheel(start, 10ms, 8);
  Alarm alarm;
  wheel.schedule(alarm, start + 1s);
  for (auto now = start; now < start + 1s; now += 10ms) ASSERT_EQ(advance(wheel, now), 0);
  EXPECT_EQ(advance(wheel, start + 1s), 1);
}

TEST(TimerWheel, CatchesUpAfterALongPause) {
  TimerWheel wheel(start, 10ms, 8);
  Alarm soon, late;
  wheel.schedule(soon, start + 20ms);
  wheel.schedule(late, start + 1h);
  EXPECT_EQ(advance(wheel, start + 30min), 1);
  EXPECT_EQ(soon.fired, 1);
  EXPECT_EQ(advance(wheel, start + 2h), 1);
}

TEST(TimerWheel, FiresPastDeadlinesAtTheNextGranule) {
  TimerWheel wheel(start, 10ms);
  Alarm alarm;
  advance(wheel, start + 1s);
  wheel.schedule(alarm, start);
  EXPECT_EQ(advance(wheel, start + 1009ms), 0);
  EXPECT_EQ(advance(wheel, start + 1010ms), 1);
}

TEST(TimerWheel, LetsAFiredEntryCancelMoveAndDestroyOthers) {
  TimerWheel wheel(start, 10ms);
  Alarm first, cancelled;
  auto destroyed = std::make_unique<Alarm>();
  wheel.schedule(first, start + 10ms);
  wheel.schedule(cancelled, start + 10ms);
  wheel.schedule(*destroyed, start + 10ms);
  int fired = 0;
  wheel.advance(start + 10ms, [&](TimerWheel::Entry& entry) {
    ++fired;
    EXPECT_EQ(&entry, &first);
    wheel.cancel(cancelled);
    destroyed.reset();
    wheel.schedule(first, start + 10ms);
  });
  EXPECT_EQ(fired, 1);
  EXPECT_EQ(advance(wheel, start + 20ms), 1);
}

TEST(TimerWheel, AgreesWithASortedListOfDeadlines) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  TimerWheel wheel(start, 7ms, 16);
  std::vector<Alarm> alarms(100);
  std::map<Alarm*, SteadyTime> expected;
  SteadyTime now = start;
  for (int step = 0; step < 2'000; ++step) {
    Alarm& alarm = alarms[random() % alarms.size()];
    if (random() % 4 == 0) {
      wheel.cancel(alarm);
      expected.erase(&alarm);
    } else {
      const SteadyTime due = now + milliseconds(random() % 500);
      wheel.schedule(alarm, due);
      expected[&alarm] = due;
    }
    now += milliseconds(random() % 20);
    wheel.advance(now, [&](TimerWheel::Entry& entry) {
      auto& fired = static_cast<Alarm&>(entry);
      ASSERT_TRUE(expected.contains(&fired));
      ASSERT_LE(expected[&fired], now);
      expected.erase(&fired);
    });
    for (const auto& [waiting, due] : expected) {
      ASSERT_GT(due, now - 14ms) << "late";
      ASSERT_TRUE(waiting->scheduled());
    }
  }
}

}  // namespace
}  // namespace fieldcast
