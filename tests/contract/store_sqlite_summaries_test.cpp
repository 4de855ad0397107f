// Summaries on SQLite: of positions that were there before their tables were.
#include "contract/store_contract.hpp"
#include "contract/temporary_directory.hpp"
#include "fieldcast/store/summaries.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

namespace fieldcast::store::contract {
namespace {

using std::chrono::days;
using std::chrono::hours;

constexpr Timestamp day = std::chrono::sys_days{std::chrono::year{2023} / 11 / 14};

void run(const std::string& file, const char* statements) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &database), SQLITE_OK);
  char* error = nullptr;
  EXPECT_EQ(sqlite3_exec(database, statements, nullptr, nullptr, &error), SQLITE_OK) << error;
  sqlite3_close(database);
}

TEST(SqliteSummaries, AreMadeOfPositionsThatAnOlderProgramWrote) {
  const TemporaryDirectory directory;
  const std::string file = directory.file("fieldcast.db");
  {
    const auto engine = make_sqlite_engine({.file = file});
    ASSERT_TRUE(engine->migrate());
    const auto writer = engine->open_writer();
    const WriteRequest request = make_request({make_position(make_agent("a1"), to_unix_ms(day)),
                                               make_position(make_agent("a1"), to_unix_ms(day) + 3'599'999),
                                               make_position(make_agent("a1"), to_unix_ms(day) + 3'600'000),
                                               make_position(make_agent("a1"), to_unix_ms(day + days{40})),
                                               make_position(make_agent("a2"), to_unix_ms(day))});
    WriteResult result;
    ASSERT_TRUE((*writer)->commit({&request, 1}, {&result, 1}));
    ASSERT_TRUE((*writer)->commit({}, {}));
  }
  run(file,
      "DROP TABLE hours; DROP TABLE days_of_agents; DROP TABLE summaries_due; "
      "INSERT INTO agents (org, agent, team, name) VALUES ('acme', 'a3', 'north', ''); "
      "DELETE FROM schema_migrations WHERE name = 'summaries'");
  const auto engine = make_sqlite_engine({.file = file});
  ASSERT_TRUE(engine->migrate());
  const auto summariser = engine->open_summariser();
  ASSERT_TRUE(summariser);
  const auto done = (*summariser)->work(day + days{50}, 100);
  ASSERT_TRUE(done);
  EXPECT_EQ(*done, 4U);
  const auto reader = engine->open_reader();
  const auto answer = (*reader)->summaries(SummaryQuery{make_agent("a1")->key(), Bucket::hour, day, day + days{50}});
  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->buckets.size(), 3U);
  EXPECT_EQ(answer->buckets[0].figures.fixes, 2U);
  EXPECT_EQ(answer->buckets[1].begin, day + hours{1});
  EXPECT_EQ(answer->buckets[2].begin, day + days{40});
}

}  // namespace
}  // namespace fieldcast::store::contract
