#include "fieldcast/base/bounded_queue.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <thread>

namespace fieldcast {
namespace {

using std::chrono::steady_clock;

TEST(BoundedQueue, GivesItemsInTheirOrder) {
  BoundedQueue<int> queue(10);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(queue.push(int{i}));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(queue.pop(), i);
}

TEST(BoundedQueue, RefusesWhatDoesNotFitAndLeavesTheItem) {
  BoundedQueue<std::unique_ptr<int>> queue(5);
  EXPECT_TRUE(queue.push(std::make_unique<int>(1), 3));
  auto heavy = std::make_unique<int>(2);
  EXPECT_FALSE(queue.push(std::move(heavy), 3));
  ASSERT_NE(heavy, nullptr);
  EXPECT_TRUE(queue.push(std::move(heavy), 2));
  EXPECT_EQ(queue.weight(), 5U);
}

TEST(BoundedQueue, TakesAnItemHeavierThanItsBoundOnlyWhenEmpty) {
  BoundedQueue<int> queue(5);
  EXPECT_TRUE(queue.push(1, 100));
  EXPECT_FALSE(queue.push(2, 1));
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_EQ(queue.weight(), 0U);
  EXPECT_TRUE(queue.push(2, 1));
}

TEST(BoundedQueue, IsEmptiedAfterItWasClosed) {
  BoundedQueue<int> queue(5);
  EXPECT_TRUE(queue.push(1));
  queue.close();
  EXPECT_FALSE(queue.push(2));
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_EQ(queue.pop(), std::nullopt);
  EXPECT_EQ(queue.pop_until(steady_clock::now() + std::chrono::hours(1)), std::nullopt);
}

TEST(BoundedQueue, GivesNothingAtTheDeadline) {
  BoundedQueue<int> queue(5);
  EXPECT_EQ(queue.pop_until(steady_clock::time_point{}), std::nullopt);
}

TEST(BoundedQueue, WakesWhoWaits) {
  BoundedQueue<int> queue(5);
  int taken = 0;
  std::thread waiter([&] {
    while (const auto item = queue.pop()) taken += *item;
  });
  int sent = 0;
  for (int i = 1; i <= 1000; ++i) {
    while (!queue.push(int{i})) std::this_thread::yield();
    sent += i;
  }
  queue.close();
  waiter.join();
  EXPECT_EQ(taken, sent);
}

}  // namespace
}  // namespace fieldcast
