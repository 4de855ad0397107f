#include "fieldcast/ageing/worker.hpp"

#include "fake_keeper.hpp"

#include <future>
#include <gtest/gtest.h>

namespace fieldcast::ageing {
namespace {

constexpr std::chrono::seconds deadline{30};
constexpr WorkerSettings quick{.round_every = milliseconds{0},
                               .summaries_every = milliseconds{1},
                               .turn_asked_every = milliseconds{1},
                               .after_failure = milliseconds{1}};

class Event {
 public:
  void happen() {
    if (!happened_.exchange(true)) promise_.set_value();
  }
  bool comes() { return promise_.get_future().wait_for(deadline) == std::future_status::ready; }

 private:
  std::atomic<bool> happened_{false};
  std::promise<void> promise_;
};

TEST(Worker, KeepsHouseAndComputesSummariesWhileItHasTheTurn) {
  Event kept, computed;
  std::atomic<std::size_t> due{3};
  Observer observer;
  observer.done = [&](const Done& done, std::size_t hours) {
    if (done.last_known != 0) kept.happen();
    if (hours == 3) computed.happen();
  };
  Tools tools;
  tools.open_keeper = []() -> Result<std::unique_ptr<store::Keeper>> { return std::make_unique<FakeKeeper>(); };
  tools.summarise = [&](Timestamp, std::size_t) -> Result<std::size_t> { return due.exchange(0); };
  const Worker worker(tools, Policy{}, {}, observer, quick);
  EXPECT_TRUE(kept.comes());
  EXPECT_TRUE(computed.comes());
}

TEST(Worker, DoesNothingWithoutTheTurnAndAsksForItAgain) {
  Event got;
  std::atomic<int> asked{0};
  std::atomic<bool> worked_early{false}, has_turn{false};
  class Waiting final : public FakeKeeper {
   public:
    explicit Waiting(std::atomic<int>& asked) : asked_(asked) {}
    Result<bool> take_turn() override { return ++asked_ > 5; }

   private:
    std::atomic<int>& asked_;
  };
  Observer observer;
  observer.turn = [&](bool has) {
    has_turn = has;
    if (has) got.happen();
  };
  observer.done = [&](const Done&, std::size_t) {
    if (!has_turn) worked_early = true;
  };
  Tools tools;
  tools.open_keeper = [&]() -> Result<std::unique_ptr<store::Keeper>> { return std::make_unique<Waiting>(asked); };
  tools.summarise = [&](Timestamp, std::size_t) -> Result<std::size_t> {
    if (!has_turn) worked_early = true;
    return 0U;
  };
  const Worker worker(tools, Policy{}, {}, observer, quick);
  EXPECT_TRUE(got.comes());
  EXPECT_FALSE(worked_early);
  EXPECT_GT(asked, 5);
}

TEST(Worker, OpensAnewAfterAFailureAndSaysWhy) {
  Event kept;
  std::atomic<int> opened{0}, failed{0};
  Observer observer;
  observer.failed = [&](const Error&) { ++failed; };
  observer.done = [&](const Done&, std::size_t) { kept.happen(); };
  Tools tools;
  tools.open_keeper = [&]() -> Result<std::unique_ptr<store::Keeper>> {
    auto keeper = std::make_unique<FakeKeeper>();
    const int nth = ++opened;
    if (nth == 1) return Error{"store_unavailable", "away"};
    keeper->away = nth == 2;
    return keeper;
  };
  tools.summarise = [](Timestamp, std::size_t) -> Result<std::size_t> { return 0U; };
  const Worker worker(tools, Policy{}, {}, observer, quick);
  EXPECT_TRUE(kept.comes());
  EXPECT_EQ(opened, 3);
  EXPECT_EQ(failed, 2);
}

TEST(Worker, TellsOfEachDayAndComputesSummariesBetweenTwo) {
  class Backlog final : public FakeKeeper {
   public:
    Backlog() {
      for (int day = 1; day <= 3; ++day) {
        store::StoredDay& stored = stored_days[Day{store::days{day}}];
        stored.day = Day{store::days{day}};
        stored.rows = 1;
      }
    }
  };
  Event all;
  std::string events;  // told on one thread
  std::uint64_t closed = 0;
  Observer observer;
  observer.done = [&](const Done& done, std::size_t hours) {
    if (closed == 3) return;
    events += done.days_closed == 1 ? "day " : hours == 7 ? "hours " : "else ";
    closed += done.days_closed;
    if (closed == 3) all.happen();
  };
  Tools tools;
  tools.open_keeper = []() -> Result<std::unique_ptr<store::Keeper>> { return std::make_unique<Backlog>(); };
  tools.summarise = [](Timestamp, std::size_t) -> Result<std::size_t> { return 7U; };
  WorkerSettings settings = quick;
  settings.summaries_every = milliseconds{0};
  settings.hours_at_once = 8;
  {
    const Worker worker(tools, Policy{}, {}, observer, settings);
    ASSERT_TRUE(all.comes());
  }
  EXPECT_NE(events.find("day hours day hours day"), std::string::npos) << events;
}

TEST(Worker, InterruptsWhatTakesLongWhenItEnds) {
  Event began;
  class Slow final : public FakeKeeper {
   public:
    explicit Slow(Event& began) : began_(began) {}
    Result<std::vector<store::StoredDay>> days() override {
      began_.happen();
      stopped_.get_future().wait();
      return Error{"store_unavailable", "interrupted"};
    }
    void interrupt() override { stopped_.set_value(); }

   private:
    Event& began_;
    std::promise<void> stopped_;
  };
  int failed = 0;
  Observer observer;
  observer.failed = [&](const Error&) { ++failed; };
  Tools tools;
  tools.open_keeper = [&]() -> Result<std::unique_ptr<store::Keeper>> { return std::make_unique<Slow>(began); };
  tools.summarise = [](Timestamp, std::size_t) -> Result<std::size_t> { return 0U; };
  {
    const Worker worker(tools, Policy{}, {}, observer, quick);
    ASSERT_TRUE(began.comes());
  }
  EXPECT_EQ(failed, 0) << "an end that was asked for is no failure";
}

TEST(Worker, InterruptsTheArchiveWhenItEnds) {
  Event began;
  std::promise<void> interrupted;
  int failed = 0;
  Observer observer;
  observer.failed = [&](const Error&) { ++failed; };
  Tools tools;
  tools.open_keeper = [&]() -> Result<std::unique_ptr<store::Keeper>> {
    auto keeper = std::make_unique<FakeKeeper>();
    keeper->add(std::chrono::floor<days>(read_clock().wall) - days{5});
    return keeper;
  };
  tools.summarise = [](Timestamp, std::size_t) -> Result<std::size_t> { return 0U; };
  const auto write = [&](store::Keeper&, Day) -> Result<void> {
    began.happen();
    interrupted.get_future().wait();
    return Error{"archive_unavailable", "interrupted"};
  };
  const auto holds = [](store::Keeper&, Day) -> Result<bool> { return false; };
  {
    const Worker worker(tools, Policy{}, {write, holds, [&] { interrupted.set_value(); }}, observer, quick);
    ASSERT_TRUE(began.comes());
  }
  EXPECT_EQ(failed, 0) << "an end that was asked for is no failure";
}

}  // namespace
}  // namespace fieldcast::ageing
