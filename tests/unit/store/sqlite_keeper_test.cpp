// What is particular to the keeper of SQLite.
#include "contract/temporary_directory.hpp"
#include "sqlite_file.hpp"

#include <gtest/gtest.h>
#include <thread>

namespace fieldcast::store {
namespace {

TEST(SqliteKeeper, EndsAStatementThatRunsWhenItIsInterrupted) {
  const TemporaryDirectory directory;
  const std::string file = directory.file("fieldcast.db");
  const auto engine = make_sqlite_engine({.file = file});
  ASSERT_TRUE(engine->migrate());
  ASSERT_TRUE(commit_one(*engine, 1));
  Sql(file).run(
      "CREATE TRIGGER slow BEFORE DELETE ON positions BEGIN SELECT sum(i) FROM (WITH RECURSIVE n (i) AS (SELECT 1 "
      "UNION ALL SELECT i + 1 FROM n) SELECT i FROM n); END");
  const auto keeper = *engine->open_keeper();
  Result<std::uint64_t> dropped;
  std::thread working([&] { dropped = keeper->drop_day(std::chrono::floor<days>(from_unix_ms(1'700'000'001'000))); });
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &other), SQLITE_OK);
  const auto deadline = std::chrono::steady_clock::now() + seconds{60};
  // Until it holds the file for writing.
  while (sqlite3_exec(other, "BEGIN IMMEDIATE; ROLLBACK", nullptr, nullptr, nullptr) == SQLITE_OK &&
         std::chrono::steady_clock::now() < deadline) {
  }
  keeper->interrupt();
  working.join();
  ASSERT_FALSE(dropped);
  EXPECT_EQ(dropped.error().code, "store_unavailable");
  EXPECT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE; ROLLBACK", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(other);
  EXPECT_EQ(Sql(file).run("SELECT count(*) FROM positions"), "1");
}

TEST(SqliteKeeper, EstimatesDaysThatAreTooManyToCountAndMissesNone) {
  const TemporaryDirectory directory;
  const std::string file = directory.file("fieldcast.db");
  const auto engine = make_sqlite_engine({.file = file});
  ASSERT_TRUE(engine->migrate());
  // 400 agents with a row on each of 1,000 days, and one more with rows before, between and after those.
  Sql sql(file);
  sql.run(
      "BEGIN; WITH RECURSIVE a (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM a WHERE n < 400), "
      "d (n) AS (SELECT 10000 UNION ALL SELECT n + 1 FROM d WHERE n < 11000) "
      "INSERT INTO positions (agent_id, recorded_at, received_at, latitude_e7, longitude_e7) "
      "SELECT a.n, d.n * 86400000 + 5, 0, 0, 0 FROM a, d WHERE d.n NOT IN (10400, 10401, 10500);"
      "INSERT INTO positions (agent_id, recorded_at, received_at, latitude_e7, longitude_e7) VALUES "
      "(401, 9990 * 86400000, 0, 0, 0), (401, 9991 * 86400000 + 86399999, 0, 0, 0), (401, 10401 * 86400000, 0, 0, 0), "
      "(401, 10500 * 86400000 + 7, 0, 0, 0), (401, 12000 * 86400000, 0, 0, 0);"
      "UPDATE totals SET positions = (SELECT count(*) FROM positions); COMMIT");
  const auto stored = (*engine->open_keeper())->days();
  ASSERT_TRUE(stored) << stored.error().text;
  ASSERT_EQ(stored->size(), 1'003U);
  std::uint64_t rows = 0;
  std::set<std::int64_t> numbers;
  for (const StoredDay& day : *stored) {
    rows += day.rows;
    EXPECT_GE(day.rows, 1U);
    numbers.insert(day.day.time_since_epoch().count());
  }
  for (const std::int64_t day : {9990, 9991, 10000, 10401, 10500, 11000, 12000}) EXPECT_TRUE(numbers.contains(day));
  EXPECT_FALSE(numbers.contains(10400));
  EXPECT_NEAR(static_cast<double>(rows), 399'205.0, 4'000.0);
}

}  // namespace
}  // namespace fieldcast::store
