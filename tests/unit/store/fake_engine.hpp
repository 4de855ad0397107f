// An engine in memory that fails on command, and a box that collects answers.
#pragma once

#include "fieldcast/store/store.hpp"

#include <condition_variable>
#include <gtest/gtest.h>
#include <map>
#include <mutex>
#include <set>

namespace fieldcast::store {

/// What the test and the engine share; the engine belongs to the store.
struct FakeDatabase {
  std::mutex mutex;
  std::condition_variable changed;
  // Orders.
  bool failing = false;         // commits and opening a writer fail
  bool read_only = false;       // commits fail, opening a writer does not
  bool probes_failing = false;  // commits of nothing fail
  bool reads_failing = false;   // reads fail
  int readers_lost = 0;         // the first so many fail, too
  bool maintain_failing = false;
  bool commits_held = false;         // commits wait until this falls
  std::set<std::uint64_t> unusable;  // requests that the data check refuses
  std::size_t writers_useful = 1;
  std::vector<std::string> pending;   // migrations
  std::vector<std::int64_t> unknown;  // migrations
  bool schema_differs = false;
  // Record.
  std::vector<std::vector<std::uint64_t>> transactions;  // requests of each committed one
  std::set<std::uint64_t> stored;
  int tries = 0, writers_opened = 0, readers_opened = 0, maintained = 0;

  template <class Change>
  void set(Change change) {
    const std::lock_guard lock(mutex);
    change(*this);
    changed.notify_all();
  }
  template <class Condition>
  bool wait_for(Condition condition) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, seconds{20}, [&] { return condition(*this); });
  }
};

class FakeWriter final : public Writer {
 public:
  explicit FakeWriter(FakeDatabase& database) : database_(database) {}
  Result<void> commit(std::span<const WriteRequest> requests, std::span<WriteResult> results) override {
    std::unique_lock lock(database_.mutex);
    if (requests.empty()) {
      if (!database_.failing && !database_.read_only && !database_.probes_failing) return {};
      return Error{"store_unavailable", "the disk is full"};
    }
    ++database_.tries;
    database_.changed.notify_all();
    database_.changed.wait(lock, [this] { return !database_.commits_held; });
    for (WriteResult& result : results) result.accepted = 1;  // also when it fails: the store must clear it
    if (database_.failing || database_.read_only) return Error{"store_unavailable", "the disk is full"};
    for (const WriteRequest& request : requests)
      if (database_.unusable.contains(request.request)) return Error{"record_unusable", "the value is refused"};
    std::vector<std::uint64_t> group;
    for (const WriteRequest& request : requests) group.push_back(request.request);
    database_.stored.insert(group.begin(), group.end());
    database_.transactions.push_back(std::move(group));
    database_.changed.notify_all();
    return {};
  }
  Result<void> set_membership(const OrgId&, const UserId&, const TeamId&, bool) override { return {}; }

 private:
  FakeDatabase& database_;
};

class FakeReader final : public Reader {
 public:
  FakeReader(FakeDatabase& database, int number) : database_(database), number_(number) {}
  Result<std::vector<Position>> history(const HistoryQuery&) override { return std::vector<Position>{}; }
  Result<std::vector<QuarantineRecord>> quarantine(const QuarantineQuery&) override {
    return std::vector<QuarantineRecord>{};
  }
  Result<void> agents(const std::optional<TeamKey>&, const VisitAgent&) override { return {}; }
  Result<std::int64_t> agents_after(std::int64_t number, const VisitAgent&) override { return number; }
  Result<std::vector<Erasure>> erasures() override { return std::vector<Erasure>{}; }
  Result<std::vector<TeamId>> teams_of(const OrgId&, const UserId&) override { return std::vector<TeamId>{}; }
  Result<Counts> counts() override {
    const std::lock_guard lock(database_.mutex);
    if (database_.reads_failing || number_ <= database_.readers_lost) return Error{"store_unavailable", "cannot read"};
    return Counts{7, 0, 0};
  }

 private:
  FakeDatabase& database_;
  const int number_;
};

class FakeEngine final : public Engine {
 public:
  explicit FakeEngine(FakeDatabase& database) : database_(database) {}
  Result<void> migrate() override {
    const std::lock_guard lock(database_.mutex);
    if (auto known = all_known(); !known) return known;
    database_.pending.clear();
    return {};
  }
  Result<std::vector<std::string>> pending_migrations() override {
    const std::lock_guard lock(database_.mutex);
    if (auto known = all_known(); !known) return known.error();
    return database_.pending;
  }
  Result<std::vector<std::int64_t>> unknown_migrations() override {
    const std::lock_guard lock(database_.mutex);
    if (database_.schema_differs) return Error{"schema_unusable", "it differs"};
    return database_.unknown;
  }
  std::size_t writers_useful() const override { return database_.writers_useful; }
  Result<std::unique_ptr<Writer>> open_writer() override {
    const std::lock_guard lock(database_.mutex);
    if (database_.failing) return Error{"store_unavailable", "cannot open"};
    ++database_.writers_opened;
    database_.changed.notify_all();
    return std::unique_ptr<Writer>(std::make_unique<FakeWriter>(database_));
  }
  Result<std::unique_ptr<Reader>> open_reader() override {
    const std::lock_guard lock(database_.mutex);
    if (database_.reads_failing) return Error{"store_unavailable", "cannot open"};
    ++database_.readers_opened;
    return std::unique_ptr<Reader>(std::make_unique<FakeReader>(database_, database_.readers_opened));
  }
  Result<void> maintain() override {
    const std::lock_guard lock(database_.mutex);
    ++database_.maintained;
    database_.changed.notify_all();
    if (database_.maintain_failing) return Error{"store_unavailable", "cannot checkpoint"};
    return {};
  }
  std::string_view name() const override { return "fake"; }

 private:
  Result<void> all_known() const {
    if (database_.unknown.empty() && !database_.schema_differs) return {};
    return Error{"schema_unusable", "it is not ours"};
  }

  FakeDatabase& database_;
};

/// Collects what a store delivers.
class Answers {
 public:
  Deliver deliver() {
    return [this](std::uint32_t shard, std::vector<WriteResult> results) {
      const std::lock_guard lock(mutex_);
      calls_.emplace_back(shard, results.size());
      for (const WriteResult& result : results) {
        EXPECT_EQ(result.shard, shard);
        EXPECT_TRUE(by_request_.emplace(result.request, result).second) << "answered twice: " << result.request;
      }
      changed_.notify_all();
    };
  }
  /// The answer to a request; waits for it.
  WriteResult of(std::uint64_t request) {
    std::unique_lock lock(mutex_);
    const bool came = changed_.wait_for(lock, seconds{20}, [&] { return by_request_.contains(request); });
    EXPECT_TRUE(came) << "no answer to request " << request;
    return came ? by_request_[request] : WriteResult{};
  }
  std::size_t count() {
    const std::lock_guard lock(mutex_);
    return by_request_.size();
  }
  /// (shard, number of results) of each call.
  std::vector<std::pair<std::uint32_t, std::size_t>> calls() {
    const std::lock_guard lock(mutex_);
    return calls_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint64_t, WriteResult> by_request_;
  std::vector<std::pair<std::uint32_t, std::size_t>> calls_;
};

inline WriteRequest make_request(std::uint64_t number, std::uint32_t shard = 0, std::size_t fixes = 1) {
  static const auto agent =
      std::make_shared<const AgentIdentity>(AgentIdentity{OrgId("acme"), TeamId("north"), AgentId("a1"), ""});
  WriteRequest request;
  for (std::size_t i = 0; i < fixes; ++i) {
    Position position;
    position.fix.at = {12.5, 77.5};
    position.fix.recorded_at = from_unix_ms(1'700'000'000'000 + static_cast<std::int64_t>(number * 1'000 + i));
    request.positions.push_back({agent, position});
  }
  request.shard = shard;
  request.client = number + 1'000;
  request.request = number;
  return request;
}

/// Submits until the store takes it: it refuses during a back-off.
inline bool submit_in_the_end(Store& store, std::uint64_t number) {
  const auto deadline = std::chrono::steady_clock::now() + seconds{20};
  while (std::chrono::steady_clock::now() < deadline) {
    if (store.submit(make_request(number))) return true;
    std::this_thread::yield();
  }
  return false;
}

}  // namespace fieldcast::store
