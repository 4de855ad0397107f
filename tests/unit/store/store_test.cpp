#include "store_fixture.hpp"

#include <future>
#include <gmock/gmock.h>
#include <thread>

namespace fieldcast::store {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::SizeIs;
using testing::UnorderedElementsAre;

TEST_F(StoreTest, AnswersAfterTheCommitWithWhatTheClientSent) {
  Store& store = open();
  ASSERT_TRUE(store.submit(make_request(7, 3)));
  const WriteResult answer = answers_.of(7);
  EXPECT_TRUE(answer.committed);
  EXPECT_EQ(answer.accepted, 1U);
  EXPECT_EQ(answer.shard, 3U);
  EXPECT_EQ(answer.client, 1'007U);
  EXPECT_THAT(database_.stored, Contains(7U));
  EXPECT_EQ(store.state(), Store::State::ok);
  EXPECT_EQ(store.last_failure(), "");
  EXPECT_EQ(store.engine_name(), "fake");
}

TEST_F(StoreTest, CommitsWhatWaitsInOneTransaction) {
  open();
  hold_writer();
  for (std::uint64_t i = 1; i <= 20; ++i) ASSERT_TRUE(store_->submit(make_request(i)));
  release_writer();
  store_->stop();
  ASSERT_THAT(database_.transactions, SizeIs(2));
  EXPECT_THAT(database_.transactions[0], ElementsAre(0));
  EXPECT_THAT(database_.transactions[1], SizeIs(20));
  EXPECT_EQ(committed_fixes_, 21U);
  EXPECT_EQ(committed_requests_, 21U);
}

TEST_F(StoreTest, DoesNotWaitForTheTimeWhenAGroupIsFull) {
  Settings settings;
  settings.flush_after = seconds{3'600};
  settings.flush_fixes = 10;  // a request of one fix weighs two
  Store& store = open(settings);
  for (std::uint64_t i = 0; i < 5; ++i) ASSERT_TRUE(store.submit(make_request(i)));
  EXPECT_TRUE(answers_.of(4).committed);
  EXPECT_THAT(database_.transactions, ElementsAre(SizeIs(5)));
}

TEST_F(StoreTest, SplitsALongQueueIntoGroupsInOrder) {
  Settings settings;
  settings.flush_fixes = 10;
  open(settings);
  hold_writer();
  for (std::uint64_t i = 1; i <= 12; ++i) ASSERT_TRUE(store_->submit(make_request(i)));
  release_writer();
  store_->stop();
  EXPECT_THAT(database_.transactions, ElementsAre(ElementsAre(0), ElementsAre(1, 2, 3, 4, 5),
                                                  ElementsAre(6, 7, 8, 9, 10), ElementsAre(11, 12)));
}

TEST_F(StoreTest, DeliversOncePerShardAndGroup) {
  open();
  hold_writer();
  for (std::uint64_t i = 1; i <= 9; ++i)
    ASSERT_TRUE(store_->submit(make_request(i, static_cast<std::uint32_t>(i % 3))));
  release_writer();
  store_->stop();
  EXPECT_THAT(answers_.calls(),
              ElementsAre(std::pair(0U, 1U), std::pair(0U, 3U), std::pair(1U, 3U), std::pair(2U, 3U)));
}

TEST_F(StoreTest, RefusesWhenTheQueueIsFullAndTakesNothing) {
  Settings settings;
  settings.queue_fixes_max = 20;
  open(settings);
  hold_writer();
  std::uint64_t taken = 0;
  while (store_->submit(make_request(taken + 1))) ++taken;
  EXPECT_EQ(taken, 10U);
  EXPECT_EQ(store_->waiting_fixes(), 20U);
  WriteRequest refused = make_request(99);
  EXPECT_FALSE(store_->submit(std::move(refused)));
  EXPECT_THAT(refused.positions, SizeIs(1));  // untouched: the caller may still use it
  release_writer();
  store_->stop();
  EXPECT_EQ(answers_.count(), 11U);
}

TEST_F(StoreTest, TakesARequestLargerThanTheQueueWhenNothingWaits) {
  Settings settings;
  settings.queue_fixes_max = 10;
  Store& store = open(settings);
  ASSERT_TRUE(store.submit(make_request(1, 0, 500)));
  EXPECT_TRUE(answers_.of(1).committed);
}

TEST_F(StoreTest, AnswersNotCommittedWhenTheEngineFails) {
  Store& store = open();
  database_.set([](FakeDatabase& d) { d.failing = true; });
  ASSERT_TRUE(store.submit(make_request(1)));
  const WriteResult answer = answers_.of(1);
  EXPECT_FALSE(answer.committed);
  EXPECT_EQ(answer.accepted, 0U);
  EXPECT_EQ(answer.client, 1'001U);
  EXPECT_EQ(store.state(), Store::State::failing);
  EXPECT_EQ(store.last_failure(), "store_unavailable: the disk is full");
  EXPECT_THAT(errors(), Contains("store_unavailable"));
}

TEST_F(StoreTest, AnswersWhatWaitsBehindAFailedGroupWithoutTryingIt) {
  Settings settings;
  settings.flush_fixes = 4;
  open(settings);
  hold_writer();
  for (std::uint64_t i = 1; i <= 50; ++i) ASSERT_TRUE(store_->submit(make_request(i)));
  database_.set([](FakeDatabase& d) { d.failing = true; });
  release_writer();
  for (std::uint64_t i = 0; i <= 50; ++i) EXPECT_FALSE(answers_.of(i).committed) << i;
  EXPECT_EQ(database_.tries, 1);
  EXPECT_EQ(store_->waiting_fixes(), 0U);
}

TEST_F(StoreTest, HasClosedTheGateBeforeItAnswersAFailure) {
  std::promise<bool> taken_again;
  database_.set([](FakeDatabase& d) { d.commits_held = true; });
  Store* late = nullptr;
  const Deliver deliver = [&](std::uint32_t, const std::vector<WriteResult>& results) {
    if (results.at(0).request == 1) taken_again.set_value(late->submit(make_request(2)));
  };
  Store store(std::make_unique<FakeEngine>(database_), {}, deliver, {});
  late = &store;
  ASSERT_TRUE(store.submit(make_request(1)));
  database_.set([](FakeDatabase& d) {
    d.failing = true;
    d.commits_held = false;
  });
  EXPECT_FALSE(taken_again.get_future().get());
}

TEST_F(StoreTest, RecoversByItselfWithANewWriter) {
  Store& store = open();
  database_.set([](FakeDatabase& d) { d.failing = true; });
  for (std::uint64_t i = 1; i <= 3; ++i) {
    ASSERT_TRUE(submit_in_the_end(store, i));
    EXPECT_FALSE(answers_.of(i).committed);
  }
  database_.set([](FakeDatabase& d) { d.failing = false; });
  ASSERT_TRUE(submit_in_the_end(store, 4));
  EXPECT_TRUE(answers_.of(4).committed);
  ASSERT_TRUE(submit_in_the_end(store, 5));
  EXPECT_TRUE(answers_.of(5).committed);
  EXPECT_EQ(store.state(), Store::State::ok);
  EXPECT_EQ(database_.writers_opened, 2);
  EXPECT_THAT(database_.stored, UnorderedElementsAre(4, 5));
}

TEST_F(StoreTest, FindsOutByItselfThatTheEngineWorksAgain) {
  Store& store = open();
  database_.set([](FakeDatabase& d) { d.failing = true; });
  ASSERT_TRUE(store.submit(make_request(1)));
  EXPECT_FALSE(answers_.of(1).committed);
  EXPECT_EQ(store.state(), Store::State::failing);
  database_.set([](FakeDatabase& d) { d.failing = false; });
  EXPECT_TRUE(database_.wait_for([](const FakeDatabase& d) { return d.writers_opened == 2; }))
      << "nobody sent anything";
  while (store.state() != Store::State::ok) std::this_thread::yield();
}

TEST_F(StoreTest, GoesOnFailingWithoutTrafficWhileTheEngineOpensButTakesNoWrites) {
  Store& store = open();
  database_.set([](FakeDatabase& d) { d.read_only = true; });
  ASSERT_TRUE(store.submit(make_request(1)));
  EXPECT_FALSE(answers_.of(1).committed);
  for (const int writers : {2, 3, 4}) {  // each try opens one, and the next follows only when it failed
    ASSERT_TRUE(database_.wait_for([writers](const FakeDatabase& d) { return d.writers_opened >= writers; }));
    EXPECT_EQ(store.state(), Store::State::failing);
  }
  database_.set([](FakeDatabase& d) { d.read_only = false; });
  while (store.state() != Store::State::ok) std::this_thread::yield();
}

TEST_F(StoreTest, LetsNoMoreThanAGroupInWhileItTries) {
  Settings settings;
  settings.flush_fixes = 10;
  open(settings);
  database_.set([](FakeDatabase& d) { d.failing = d.probes_failing = true; });
  ASSERT_TRUE(store_->submit(make_request(1)));
  answers_.of(1);
  database_.set([](FakeDatabase& d) {
    d.failing = false;
    d.commits_held = true;
  });
  ASSERT_TRUE(submit_in_the_end(*store_, 2));
  ASSERT_TRUE(database_.wait_for([](const FakeDatabase& d) { return d.tries == 2; }));
  // A probe that failed just before may have closed the gate once more.
  ASSERT_TRUE(submit_in_the_end(*store_, 10));
  std::uint64_t taken = 1;
  while (taken < 100 && store_->submit(make_request(10 + taken))) ++taken;
  EXPECT_EQ(taken, 5U);
  release_writer();
  EXPECT_TRUE(answers_.of(2).committed);
}

TEST_F(StoreTest, FindsTheOneUnusableRequestByHalving) {
  open();
  hold_writer();
  database_.set([](FakeDatabase& d) { d.unusable = {13}; });
  for (std::uint64_t i = 1; i <= 40; ++i) ASSERT_TRUE(store_->submit(make_request(i)));
  release_writer();
  store_->stop();
  for (std::uint64_t i = 0; i <= 40; ++i) EXPECT_EQ(answers_.of(i).committed, i != 13) << i;
  EXPECT_EQ(answers_.of(13).accepted, 0U);
  EXPECT_THAT(database_.stored, SizeIs(40));
  EXPECT_EQ(committed_requests_, 40U);
  EXPECT_EQ(database_.writers_opened, 1);
}

TEST_F(StoreTest, TakesRefusalsThatTakeTooLongForAFailureOfTheEngine) {
  Settings settings;
  settings.halving_max = milliseconds{0};
  open(settings);
  hold_writer();
  database_.set([](FakeDatabase& d) { d.unusable = {1}; });
  for (std::uint64_t i = 1; i <= 40; ++i) ASSERT_TRUE(store_->submit(make_request(i)));
  release_writer();
  for (std::uint64_t i = 1; i <= 40; ++i) EXPECT_FALSE(answers_.of(i).committed) << i;
  EXPECT_EQ(database_.tries, 3);  // request 0, the group, its first half
  EXPECT_EQ(store_->last_failure(), "record_unusable: the value is refused");
}

TEST_F(StoreTest, DoesNotCountAnUnusableRequestAsAFailureOfTheStore) {
  Store& store = open();
  database_.set([](FakeDatabase& d) { d.unusable = {1}; });
  ASSERT_TRUE(store.submit(make_request(1)));
  EXPECT_FALSE(answers_.of(1).committed);
  EXPECT_EQ(store.state(), Store::State::ok);
  EXPECT_EQ(store.last_failure(), "record_unusable: the value is refused");
  ASSERT_TRUE(store.submit(make_request(2)));
  EXPECT_TRUE(answers_.of(2).committed);
}

TEST_F(StoreTest, CommitsEverythingThatWaitsWhenItStops) {
  Settings settings;
  settings.flush_after = seconds{3'600};
  open(settings);
  for (std::uint64_t i = 0; i < 30; ++i) ASSERT_TRUE(store_->submit(make_request(i)));
  store_->stop();
  EXPECT_EQ(answers_.count(), 30U);
  EXPECT_THAT(database_.stored, SizeIs(30));
  EXPECT_EQ(store_->state(), Store::State::stopped);
}

TEST_F(StoreTest, RefusesAfterStop) {
  Store& store = open();
  store.stop();
  store.stop();
  EXPECT_FALSE(store.submit(make_request(1)));
  EXPECT_FALSE(store.read([](Reader&) {}));
  EXPECT_EQ(store.state(), Store::State::stopped);
}

TEST_F(StoreTest, StopsOnceWhenManyThreadsAskForIt) {
  Store& store = open();
  ASSERT_TRUE(store.submit(make_request(1)));
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&store] {
      store.stop();
      EXPECT_EQ(store.state(), Store::State::stopped);
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(answers_.of(1).committed);
}

TEST_F(StoreTest, AnswersEverythingWhenItStopsWhileTheEngineFails) {
  open();
  hold_writer();
  for (std::uint64_t i = 1; i <= 30; ++i) ASSERT_TRUE(store_->submit(make_request(i)));
  database_.set([](FakeDatabase& d) { d.failing = true; });
  release_writer();
  store_->stop();
  EXPECT_EQ(answers_.count(), 31U);
  EXPECT_TRUE(database_.stored.empty());
}

TEST_F(StoreTest, AnswersEveryRequestOnceWhileTheEngineFailsNowAndThen) {
  Settings settings;
  settings.flush_after = milliseconds{0};
  Store& store = open(settings);
  std::atomic<bool> done{false};
  std::thread trouble([&] {
    for (bool failing = true; !done; failing = !failing) {
      database_.set([failing](FakeDatabase& d) { d.failing = failing; });
      std::this_thread::yield();
    }
  });
  std::atomic<std::size_t> taken{0};
  std::vector<std::thread> clients;
  for (std::uint64_t client = 0; client < 3; ++client)
    clients.emplace_back([&, client] {
      for (std::uint64_t i = 0; i < 2'000; ++i)
        if (store.submit(make_request(client * 10'000 + i, static_cast<std::uint32_t>(client)))) ++taken;
    });
  for (std::thread& client : clients) client.join();
  done = true;
  trouble.join();
  store.stop();
  EXPECT_EQ(answers_.count(), taken.load());
  EXPECT_GT(taken.load(), 0U);
  for (const std::uint64_t request : database_.stored) EXPECT_TRUE(answers_.of(request).committed);
  EXPECT_EQ(database_.stored.size(), committed_requests_.load());
}

TEST_F(StoreTest, RunsReadsOnItsOwnThreads) {
  Store& store = open();
  std::promise<std::uint64_t> agents;
  std::promise<std::thread::id> thread;
  ASSERT_TRUE(store.read([&](Reader& reader) {
    thread.set_value(std::this_thread::get_id());
    agents.set_value(reader.counts()->agents);
  }));
  EXPECT_EQ(agents.get_future().get(), 7U);
  EXPECT_NE(thread.get_future().get(), std::this_thread::get_id());
}

TEST_F(StoreTest, RefusesAReadWhenTooManyWait) {
  Settings settings;
  settings.readers = 1;
  settings.reads_waiting_max = 3;
  Store& store = open(settings);
  std::promise<void> running, release;
  ASSERT_TRUE(store.read([&](Reader&) {
    running.set_value();
    release.get_future().wait();
  }));
  running.get_future().wait();
  int done = 0;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(store.read([&](Reader&) { ++done; }));
  EXPECT_FALSE(store.read([&](Reader&) { ++done; }));
  release.set_value();
  store.stop();
  EXPECT_EQ(done, 3);
}

TEST_F(StoreTest, OpensAReaderAnewAfterAnError) {
  Settings settings;
  settings.readers = 1;
  Store& store = open(settings);
  const auto ask = [&store] {
    std::promise<bool> answer;
    EXPECT_TRUE(store.read([&](Reader& reader) { answer.set_value(reader.counts().has_value()); }));
    return answer.get_future().get();
  };
  EXPECT_TRUE(ask());
  EXPECT_EQ(database_.readers_opened, 1);
  database_.set([](FakeDatabase& d) { d.reads_failing = true; });
  EXPECT_FALSE(ask());  // the call fails
  EXPECT_FALSE(ask());  // opening fails
  database_.set([](FakeDatabase& d) { d.reads_failing = false; });
  EXPECT_TRUE(ask());
  EXPECT_EQ(database_.readers_opened, 2);
}

TEST_F(StoreTest, AsksAFreshReaderWhenTheOneAtHandWasLost) {
  Settings settings;
  settings.readers = 1;
  Store& store = open(settings);
  std::promise<bool> answer;
  ASSERT_TRUE(store.read([&](Reader& reader) {
    database_.set([](FakeDatabase& d) { d.readers_lost = d.readers_opened; });
    answer.set_value(reader.counts().has_value());
  }));
  EXPECT_TRUE(answer.get_future().get());
  EXPECT_EQ(database_.readers_opened, 2);
}

TEST_F(StoreTest, MaintainsAgainAfterMaintenanceFailed) {
  Settings settings;
  settings.maintain_every = seconds{0};
  database_.maintain_failing = true;
  Store& store = open(settings);
  ASSERT_TRUE(database_.wait_for([](const FakeDatabase& d) { return d.maintained >= 3; }));
  EXPECT_EQ(store.state(), Store::State::ok);
  EXPECT_THAT(errors(), Contains("store_unavailable"));
}

TEST_F(StoreTest, ThrowsWhenItCannotStart) {
  database_.failing = true;
  EXPECT_THROW(open(), std::runtime_error);
  database_.failing = false;
  database_.reads_failing = true;
  EXPECT_THROW(open(), std::runtime_error);
}

}  // namespace
}  // namespace fieldcast::store
