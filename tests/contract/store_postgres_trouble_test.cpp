// A store on a PostgreSQL that is stopped, crashes, loses connections or says nothing, under writes.
#include "contract/store_contract.hpp"
#include "contract/store_postgres_server.hpp"
#include "fieldcast/store/store.hpp"

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <future>
#include <gmock/gmock.h>
#include <map>
#include <mutex>
#include <random>
#include <thread>

namespace fieldcast::store::contract {
namespace {

using testing::HasSubstr;

constexpr std::int64_t base_ms = 1'700'000'000'000;
constexpr int fixes_of_a_request = 3;

std::string agent_of(std::uint64_t request) { return "a" + std::to_string(request % 50); }

/// Three fixes; no two requests share a key.
WriteRequest nth_request(std::uint64_t n) {
  const auto agent = make_agent(agent_of(n).c_str());
  WriteRequest request;
  for (int i = 0; i < fixes_of_a_request; ++i)
    request.positions.push_back(make_position(agent, base_ms + static_cast<std::int64_t>(n) * fixes_of_a_request + i));
  request.request = n;
  return request;
}

/// A store, a thread that submits without an end, and what became of each request.
class Load {
 public:
  explicit Load(const std::string& url, milliseconds writes_time_max = milliseconds{5'000}) {
    store_ = std::make_unique<Store>(
        make_postgres_engine({.url = url, .read_url = {}, .writes_time_max = writes_time_max}), Settings{},
        [this](std::uint32_t, const std::vector<WriteResult>& results) { take(results); }, Observer{});
    submitting_ = std::thread([this] { submit_until_told(); });
  }
  ~Load() { end(); }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  void end() {
    done_ = true;
    if (submitting_.joinable()) submitting_.join();
    store_->stop();
  }
  Store& store() { return *store_; }

  void wait_for_acknowledged(std::size_t more) {
    std::unique_lock lock(mutex_);
    const std::size_t wanted = acknowledged_ + more;
    ASSERT_TRUE(changed_.wait_for(lock, seconds{30}, [&] { return acknowledged_ >= wanted; })) << last_failure();
  }
  void wait_for_refused() {
    std::unique_lock lock(mutex_);
    const std::size_t before = refused_;
    ASSERT_TRUE(changed_.wait_for(lock, seconds{30}, [&] { return refused_ > before; }));
  }

  /// Each request was answered once; what was acknowledged is stored; of the rest all or nothing.
  void expect_nothing_lost_nor_halved(const std::string& url) {
    end();
    ASSERT_EQ(answers_.size(), submitted_);
    const auto stored = [&](const std::string& condition) {
      return sql(url,
                 "SELECT count(*) FROM (SELECT (extract(epoch FROM recorded_at) * 1000 - 1700000000000)::bigint / 3 "
                 "AS request, count(*) AS rows FROM positions GROUP BY 1) AS stored WHERE " +
                     condition);
    };
    EXPECT_EQ(stored("rows <> 3"), "0");
    std::string acknowledged = "(VALUES (-1)";
    std::size_t count = 0;
    for (const auto& [request, committed] : answers_)
      if (committed) acknowledged += ",(" + std::to_string(request) + ")", ++count;
    EXPECT_EQ(stored("request IN " + acknowledged + ")"), std::to_string(count));
    EXPECT_EQ(sql(url,
                  "SELECT count(*) FROM agents a LEFT JOIN last_known l ON l.agent_id = a.id WHERE l.recorded_at "
                  "IS DISTINCT FROM (SELECT max(recorded_at) FROM positions p WHERE p.agent_id = a.id)"),
              "0");
  }

 private:
  void submit_until_told() {
    for (std::uint64_t n = 0; !done_;) {
      if (store_->waiting_fixes() < 2'000 && store_->submit(nth_request(n)))
        submitted_ = ++n;
      else
        std::this_thread::sleep_for(milliseconds{1});
    }
  }
  void take(const std::vector<WriteResult>& results) {
    const std::lock_guard lock(mutex_);
    for (const WriteResult& result : results) {
      EXPECT_TRUE(answers_.emplace(result.request, result.committed).second) << "answered twice";
      EXPECT_EQ(result.accepted + result.duplicates, result.committed ? 3U : 0U);
      ++(result.committed ? acknowledged_ : refused_);
    }
    changed_.notify_all();
  }
  std::string last_failure() { return store_->last_failure(); }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint64_t, bool> answers_;
  std::size_t acknowledged_ = 0, refused_ = 0;
  std::atomic<bool> done_{false};
  std::atomic<std::uint64_t> submitted_{0};
  std::unique_ptr<Store> store_;
  std::thread submitting_;
};

void wait_for_state(const Store& store, Store::State state) {
  const auto deadline = std::chrono::steady_clock::now() + seconds{30};
  while (store.state() != state) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << store.last_failure();
    std::this_thread::sleep_for(milliseconds{1});
  }
}

class PostgresTrouble : public testing::Test {
 protected:
  PostgresServer server_{PostgresServer::Durability::full};
  std::string url_ = server_.url("postgres");
};

TEST_F(PostgresTrouble, LosesNothingAndHealsWhenTheServerIsStoppedOrCrashes) {
  Load load(url_);
  for (const int signal : {SIGINT, SIGQUIT, SIGQUIT}) {
    load.wait_for_acknowledged(300);
    const auto stopped_at = std::chrono::steady_clock::now();
    server_.stop(signal);
    wait_for_state(load.store(), Store::State::failing);
    EXPECT_LT(std::chrono::steady_clock::now() - stopped_at, seconds{3});
    load.wait_for_refused();
    server_.start();
    wait_for_state(load.store(), Store::State::ok);
  }
  load.wait_for_acknowledged(300);
  load.expect_nothing_lost_nor_halved(url_);
}

TEST_F(PostgresTrouble, LosesNothingWhenConnectionsAreCutAtAnyTime) {
  const auto seed = std::random_device{}();
  std::cout << "seed " << seed << '\n';
  std::mt19937 random(seed);
  Load load(url_);
  for (int cut = 0; cut < 25; ++cut) {
    load.wait_for_acknowledged(1 + random() % 60);
    std::this_thread::sleep_for(std::chrono::microseconds{random() % 5'000});
    sql(url_, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'fieldcast'");
  }
  load.wait_for_acknowledged(100);
  load.expect_nothing_lost_nor_halved(url_);
}

TEST_F(PostgresTrouble, CommitsTheFirstRequestAfterTheServerWasAwayUnnoticed) {
  std::promise<bool> answers[3];
  const Deliver deliver = [&](std::uint32_t, const std::vector<WriteResult>& results) {
    for (const WriteResult& result : results) answers[result.request].set_value(result.committed);
  };
  Store store(make_postgres_engine({.url = url_, .read_url = {}}), {}, deliver, {});
  const auto committed = [&](std::uint64_t n) {
    EXPECT_TRUE(store.submit(nth_request(n)));
    return answers[n].get_future().get();
  };
  EXPECT_TRUE(committed(0));
  sql(url_, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'fieldcast'");
  EXPECT_TRUE(committed(1)) << store.last_failure();
  server_.stop(SIGQUIT);
  server_.start();
  EXPECT_TRUE(committed(2)) << store.last_failure();
}

TEST_F(PostgresTrouble, NoticesAServerThatSaysNothing) {
  Load load(url_, milliseconds{300});
  load.wait_for_acknowledged(100);
  server_.freeze(true);
  const auto frozen_at = std::chrono::steady_clock::now();
  wait_for_state(load.store(), Store::State::failing);
  EXPECT_LT(std::chrono::steady_clock::now() - frozen_at, seconds{5});
  server_.freeze(false);
  load.wait_for_acknowledged(100);
  load.expect_nothing_lost_nor_halved(url_);
}

TEST_F(PostgresTrouble, ReadsAgainWithANewConnection) {
  Store store(make_postgres_engine({.url = url_, .read_url = {}}), {}, [](std::uint32_t, auto) {}, {});
  const auto agents = [&store] {
    std::promise<bool> answered;
    EXPECT_TRUE(store.read([&](Reader& reader) { answered.set_value(reader.counts().has_value()); }));
    return answered.get_future().get();
  };
  EXPECT_TRUE(agents());
  server_.stop(SIGINT);
  EXPECT_FALSE(agents());
  server_.start();
  // Each of the two readers may still hold what it had.
  EXPECT_TRUE(agents() || agents() || agents());
  EXPECT_TRUE(agents() && agents());
}

TEST_F(PostgresTrouble, RefusesOnlyTheRequestsWithAValueOrADayThatTheDatabaseRefuses) {
  std::mutex mutex;
  std::map<std::uint64_t, bool> committed;
  Settings settings;
  settings.flush_after = milliseconds{200};
  Store store(make_postgres_engine({.url = url_, .read_url = {}}), settings,
              [&](std::uint32_t, const std::vector<WriteResult>& results) {
                const std::lock_guard lock(mutex);
                for (const WriteResult& result : results) committed[result.request] = result.committed;
              },
              {});
  sql(url_, "CREATE TABLE positions_19700101 ()");  // this day cannot be made
  for (std::uint64_t n = 0; n < 60; ++n) {
    WriteRequest request = nth_request(n);
    if (n == 17) request.positions[1].position.fix.attributes = "\xff";
    if (n == 40) request.positions[2].position.fix.recorded_at = from_unix_ms(0);
    ASSERT_TRUE(store.submit(std::move(request)));
  }
  store.stop();
  for (std::uint64_t n = 0; n < 60; ++n) EXPECT_EQ(committed.at(n), n != 17 && n != 40) << n;
  EXPECT_EQ(sql(url_, "SELECT count(*) FROM positions"), std::to_string(58 * fixes_of_a_request));
  EXPECT_THAT(store.last_failure(), HasSubstr("record_unusable"));
}

TEST_F(PostgresTrouble, DoesNotStartOnASchemaThatIsBehindWhenItMayNotMigrate) {
  Settings settings;
  settings.migrate_at_start = false;
  const auto start = [&] {
    const Store store(make_postgres_engine({.url = url_, .read_url = {}}), settings, [](std::uint32_t, auto) {}, {});
  };
  EXPECT_THROW(start(), std::runtime_error);
  EXPECT_EQ(sql(url_, "SELECT to_regclass('agents') IS NULL"), "t");
  ASSERT_TRUE(make_postgres_engine({.url = url_, .read_url = {}})->migrate());
  EXPECT_NO_THROW(start());
}

}  // namespace
}  // namespace fieldcast::store::contract
