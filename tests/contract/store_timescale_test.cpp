// Days that TimescaleDB keeps: compressed under writes and reads, by processes that are cut off, and changed
// afterwards.
#include "contract/store_contract.hpp"
#include "contract/store_postgres_server.hpp"

#include <atomic>
#include <csignal>
#include <gmock/gmock.h>
#include <random>
#include <thread>

namespace fieldcast::store::contract {
namespace {

using testing::SizeIs;

constexpr Day monday{std::chrono::sys_days{std::chrono::year{2023} / 11 / 13}};
constexpr int agents = 40;

class TimescaleKeeper : public testing::Test {
 protected:
  void SetUp() override {
    PostgresServer* server = PostgresServer::with_timescale();
    if (server == nullptr) GTEST_SKIP() << PostgresServer::no_timescale;
    database_.emplace(*server);
    engine_ = make_postgres_engine({.url = database_->url(), .read_url = {}});
    ASSERT_TRUE(engine_->migrate());
    ASSERT_EQ(ask("SELECT way FROM fieldcast_history_way()"), "timescale") << ask("SELECT why FROM history_way");
    ask("INSERT INTO agents (org, agent, team, name) SELECT 'acme', 'a' || n, 'north', '' FROM generate_series(1, " +
        std::to_string(agents) + ") AS n");
  }
  std::string ask(const std::string& statement) const { return sql(database_->url(), statement); }

  /// As phones report: all agents mixed.
  void fill(int rounds, const std::string& day = "2023-11-13") const {
    ask("SELECT fieldcast_ensure_day('" + day + "')");
    ask("INSERT INTO positions SELECT id, timestamptz '" + day +
        " 00:00Z' + t * interval '20 s' + id * interval '1 ms', timestamptz '2023-12-01 00:00Z', 1, 2 "
        "FROM generate_series(1, " +
        std::to_string(rounds) + ") AS t, agents ORDER BY t, id");
  }
  std::unique_ptr<Keeper> keeper() const { return *engine_->open_keeper(); }
  void close(Day day = monday) const {
    const auto closed = keeper()->close_day(day);
    ASSERT_TRUE(closed && *closed) << (closed ? "there was nothing to do" : closed.error().text);
  }
  StoredDay stored() const {
    const auto days = keeper()->days();
    EXPECT_TRUE(days && days->size() == 1) << (days ? "" : days.error().text);
    return days && !days->empty() ? days->front() : StoredDay{};
  }
  std::string checksum() const {
    return ask("SELECT count(*) || md5(string_agg(p::text, ',' ORDER BY agent_id, recorded_at)) FROM positions p");
  }
  std::string loose_rows() const {
    return ask("SELECT timescale_loose_rows(chunk) FROM timescale_chunks('2023-11-13')");
  }
  WriteResult commit(Writer& writer, std::vector<AgentPosition> positions) const {
    const WriteRequest request = make_request(std::move(positions));
    WriteResult result;
    const auto committed = writer.commit({&request, 1}, {&result, 1});
    EXPECT_TRUE(committed) << committed.error().text;
    return result;
  }
  /// Those that fill() wrote of an agent.
  std::vector<AgentPosition> filled(int agent, int rounds) const {
    std::vector<AgentPosition> positions;
    const auto identity = make_agent(("a" + std::to_string(agent)).c_str());
    for (int t = 1; t <= rounds; ++t)
      positions.push_back(make_position(identity, to_unix_ms(monday) + t * 20'000 + agent, 1, 2));
    return positions;
  }

  std::optional<PostgresDatabase> database_;
  std::unique_ptr<Engine> engine_;
};

TEST_F(TimescaleKeeper, CompressesADayAndKeepsEveryRow) {
  fill(1'000);
  const std::string before = checksum();
  EXPECT_FALSE(stored().closed);
  const std::uint64_t bytes = stored().bytes;
  const auto keeping = keeper();
  for (int i = 0; i < 2; ++i) {
    const auto closed = keeping->close_day(monday);
    ASSERT_TRUE(closed) << closed.error().text;
    EXPECT_EQ(*closed, i == 0);
  }
  EXPECT_TRUE(stored().closed);
  EXPECT_EQ(stored().rows, 1'000U * agents);
  EXPECT_LT(stored().bytes, bytes / 3);
  EXPECT_EQ(loose_rows(), "0");
  EXPECT_EQ(ask("SELECT pg_relation_size(chunk) FROM timescale_chunks('2023-11-13')"), "0");
  EXPECT_EQ(checksum(), before);
}

TEST_F(TimescaleKeeper, TakesLateFixesIntoACompressedDayAndCompressesItAgainWhenItHasGrown) {
  fill(300);
  close();
  const auto writer = *engine_->open_writer();
  EXPECT_EQ(commit(*writer, filled(7, 300)).duplicates, 300U);
  EXPECT_EQ(commit(*writer, {make_position(make_agent("a7"), to_unix_ms(monday) + 1)}).accepted, 1U);
  EXPECT_EQ(stored().rows, 300U * agents + 1);
  EXPECT_TRUE(stored().closed);
  ask("INSERT INTO positions SELECT id, timestamptz '2023-11-13 12:00Z' + t * interval '1 s', now(), 1, 2 "
      "FROM generate_series(1, 100) AS t, agents");
  const std::string before = checksum();
  EXPECT_FALSE(stored().closed);
  close();
  EXPECT_EQ(loose_rows(), "0");
  EXPECT_EQ(checksum(), before);
}

TEST_F(TimescaleKeeper, TakesAGroupThatMeetsManyCompressedRows) {
  fill(4'000);
  close();
  const auto writer = *engine_->open_writer();
  std::vector<AgentPosition> late;
  for (int n = 1; n <= agents; ++n)
    for (int t = 0; t < 20; ++t)
      late.push_back(
          make_position(make_agent(("a" + std::to_string(n)).c_str()), to_unix_ms(monday) + t * 4'000'000 + 500 + n));
  const auto again = late;
  EXPECT_EQ(commit(*writer, std::move(late)).accepted, 20U * agents);
  EXPECT_EQ(commit(*writer, again).duplicates, 20U * agents);
}

TEST_F(TimescaleKeeper, ClosesNoDayThatIsYoungOrHasNoRows) {
  const Day today = std::chrono::floor<days>(read_clock().wall);
  ask("INSERT INTO positions SELECT id, now() - n * interval '1 day', now(), 1, 2 FROM agents, generate_series(0, 15) "
      "n");
  ask("SELECT fieldcast_ensure_day('2023-11-13')");
  const auto keeping = keeper();
  EXPECT_FALSE(*keeping->close_day(today - days{14}));
  EXPECT_TRUE(*keeping->close_day(today - days{15}));
  EXPECT_FALSE(*keeping->close_day(monday));
  EXPECT_FALSE(*keeping->close_day(monday + days{1}));
}

TEST_F(TimescaleKeeper, LosesNoLateFixAndHidesNoRowWhileItCompressesADay) {
  fill(1'000);
  std::atomic<bool> done{false};
  std::atomic<int> written{0};
  std::thread late([&] {
    const auto writer = *engine_->open_writer();
    const auto agent = make_agent("a7");
    for (int i = 0; !done; ++i)
      written += static_cast<int>(commit(*writer, {make_position(agent, to_unix_ms(monday) + 40'000'000 + i),
                                                   make_position(make_agent("new"), to_unix_ms(monday) + i)})
                                      .accepted);
  });
  std::thread reading([&] {
    const auto reader = *engine_->open_reader();
    while (!done) {
      const auto seen = reader->history(
          {.agent = make_agent("a9")->key(), .from = monday, .to = monday + days{1}, .after = {}, .limit = 5'000});
      EXPECT_TRUE(seen && seen->size() == 1'000) << (seen ? "rows are missing" : seen.error().text);
    }
  });
  close();
  for (int i = 0; i < 2; ++i) {
    ask("INSERT INTO positions SELECT id, timestamptz '2023-11-13 18:00Z' + t * interval '1 s' + " + std::to_string(i) +
        " * interval '1 hour', now(), 1, 2 FROM generate_series(1, 2500) AS t, agents WHERE id <= 8");
    close();
  }
  done = true;
  late.join();
  reading.join();
  EXPECT_GT(written, 0);
  EXPECT_EQ(ask("SELECT count(*) FROM positions"), std::to_string(1'000 * agents + 2 * 2'500 * 8 + written));
  EXPECT_EQ(ask("SELECT count(*) FROM (SELECT FROM positions GROUP BY agent_id, recorded_at HAVING count(*) > 1) AS d"),
            "0");
}

TEST_F(TimescaleKeeper, WritesNothingTwiceThatIsReplayedWhileItIsCompressed) {
  fill(1'000);
  const std::string before = checksum();
  std::atomic<bool> done{false};
  std::thread replaying([&] {
    const auto writer = *engine_->open_writer();
    for (int agent = 1; !done && agent <= agents; ++agent) {
      const WriteRequest request = make_request(filled(agent, 1'000));
      WriteResult result;
      const auto committed = writer->commit({&request, 1}, {&result, 1});
      EXPECT_TRUE(committed || committed.error().code == "record_unusable") << committed.error().text;
      if (committed) {
        EXPECT_EQ(result.accepted, 0U);
      }
    }
  });
  close();
  done = true;
  replaying.join();
  EXPECT_EQ(checksum(), before);
}

TEST_F(TimescaleKeeper, FinishesWhatWasCutOffAtAnyTime) {
  fill(2'000);
  const std::string before = checksum();
  const auto seed = std::random_device{}();
  std::cout << "seed " << seed << '\n';
  std::mt19937 random(seed);
  int cut_off = 0;
  for (int i = 0; i < 12; ++i) {
    ask("SELECT decompress_chunk(chunk) FROM timescale_chunks('2023-11-13') WHERE packed IS NOT NULL");
    std::atomic<bool> done{false};
    std::thread cutting([&] {
      std::this_thread::sleep_for(milliseconds{random() % 250});
      if (!done)
        ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'fieldcast' AND "
            "datname = current_database()");
    });
    const auto closed = keeper()->close_day(monday);
    done = true;
    cutting.join();
    cut_off += closed ? 0 : 1;
    EXPECT_TRUE(closed || closed.error().code == "store_unavailable");
    EXPECT_EQ(checksum(), before);
  }
  EXPECT_GT(cut_off, 0);
  const auto closed = keeper()->close_day(monday);
  ASSERT_TRUE(closed) << closed.error().text;
  EXPECT_TRUE(stored().closed);
  EXPECT_EQ(checksum(), before);
}

TEST_F(TimescaleKeeper, RemovesATeamAndErasesAnAgentOfACompressedDay) {
  fill(4'000);
  close();
  ask("UPDATE agents SET team = 'south' WHERE id % 2 = 0");
  Cut cut;
  cut.teams[{OrgId("acme"), TeamId("south")}] = monday + days{1};
  const auto keeping = keeper();
  EXPECT_EQ(*keeping->count_positions(monday, cut), 80'000U);
  EXPECT_EQ(*keeping->remove_positions(monday, cut), 80'000U);
  EXPECT_EQ(stored().rows, 80'000U);
  EXPECT_TRUE(keeping->erase(make_agent("a7")->key())->none());
  EXPECT_EQ(ask("SELECT count(*) FROM positions"), "76000");
  EXPECT_EQ(stored().rows, 76'000U);
}

TEST_F(TimescaleKeeper, DropsCompressedDaysAndEmptyOnes) {
  fill(10);
  fill(10, "2023-11-14");
  ask("SELECT fieldcast_ensure_day('2023-11-01')");
  close();
  const auto keeping = keeper();
  ASSERT_TRUE(keeping->sweep());
  EXPECT_EQ(ask("SELECT string_agg(day::text, ' ' ORDER BY day) FROM fieldcast_days() AS day WHERE day < '2024-01-01'"),
            "2023-11-13 2023-11-14");
  EXPECT_EQ(*keeping->drop_day(monday), 10U * agents);
  EXPECT_EQ(stored().day, monday + days{1});
  EXPECT_EQ(ask("SELECT count(*) FROM pg_class WHERE relname ~ 'packed'"), "0");
  const auto writer = *engine_->open_writer();
  EXPECT_EQ(commit(*writer, filled(7, 10)).accepted, 10U);
}

TEST_F(TimescaleKeeper, ErasesAnAgentFromTheHoursThatDashboardsRead) {
  ask("ALTER DATABASE " + ask("SELECT current_database()") + " SET fieldcast.positions_by_hour = 'on'");
  for (int start = 0; start < 2; ++start) ASSERT_TRUE(engine_->migrate());
  fill(1'000);
  ask("CALL refresh_continuous_aggregate('positions_by_hour', NULL, NULL)");
  EXPECT_EQ(ask("SELECT sum(fixes) FROM positions_by_hour"), std::to_string(1'000 * agents));
  const auto keeping = keeper();
  ASSERT_TRUE(keeping->drop_day(monday));  // the hours stay
  EXPECT_EQ(keeping->traces_of(make_agent("a7")->key())->summaries, 6U);
  EXPECT_TRUE(keeping->erase(make_agent("a7")->key())->none());
  EXPECT_EQ(ask("SELECT sum(fixes) FROM positions_by_hour"), std::to_string(1'000 * (agents - 1)));
}

TEST_F(TimescaleKeeper, CountsALargeHistoryWithoutReadingIt) {
  fill(4'000);
  close();
  fill(4'000, "2023-11-14");
  ask("UPDATE history_days SET closed_rows = 5000000");  // so many that they are not counted
  const auto counted = (*engine_->open_reader())->counts();
  ASSERT_TRUE(counted) << counted.error().text;
  EXPECT_NEAR(static_cast<double>(counted->positions), 5e6 + 160'000, 60'000);
}

class TimescaleChoice : public testing::Test {
 protected:
  void SetUp() override {
    if (PostgresServer::with_timescale() == nullptr) GTEST_SKIP() << PostgresServer::no_timescale;
    database_.emplace(*PostgresServer::with_timescale());
  }
  std::string ask(const std::string& statement) const { return sql(database_->url(), statement); }
  static std::string way_of(const std::string& url) {
    const auto engine = make_postgres_engine({.url = url, .read_url = {}});
    const auto migrated = engine->migrate();
    return migrated ? engine->history_way() : migrated.error().code + ": " + migrated.error().text;
  }

  std::optional<PostgresDatabase> database_;
};

using testing::AllOf;
using testing::HasSubstr;

TEST_F(TimescaleChoice, IsMadeOnceAndCanBeRefused) {
  ask("ALTER DATABASE " + ask("SELECT current_database()") + " SET fieldcast.timescale = 'off'");
  EXPECT_THAT(way_of(database_->url()), AllOf(HasSubstr("partitions by day"), HasSubstr("switched off")));
  ask("ALTER DATABASE " + ask("SELECT current_database()") + " RESET fieldcast.timescale");
  EXPECT_THAT(way_of(database_->url()), AllOf(HasSubstr("partitions by day"), HasSubstr("switched off")));
  EXPECT_EQ(ask("SELECT count(*) FROM pg_extension WHERE extname = 'timescaledb'"), "0");
  EXPECT_EQ(ask("SELECT count(*) FROM pg_proc WHERE proname ~ '^timescale_'"), "0");
}

TEST_F(TimescaleChoice, NeedsARoleThatMayMakeWhatItTakes) {
  ask("DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'modest') THEN CREATE ROLE modest LOGIN; END "
      "IF; END $$");
  ask("GRANT ALL ON SCHEMA public TO modest");
  ask("CREATE EXTENSION timescaledb");
  EXPECT_THAT(way_of(database_->url() + " user=modest"),
              AllOf(HasSubstr("partitions by day"), HasSubstr("permission")));
  PostgresDatabase granted(*PostgresServer::with_timescale());
  sql(granted.url(), "GRANT ALL ON SCHEMA public TO modest");
  sql(granted.url(), "CREATE EXTENSION timescaledb");
  sql(granted.url(), "GRANT CREATE ON SCHEMA _timescaledb_internal TO modest");
  EXPECT_THAT(way_of(granted.url() + " user=modest"), HasSubstr("TimescaleDB: "));
}

TEST_F(TimescaleChoice, IsSafeWhereTheExtensionIsNotLoadedAndTellsWhenItIsNotAnyMore) {
  PostgresServer server(PostgresServer::Durability::none, {"max_worker_processes=16"});
  PostgresDatabase without(server);
  EXPECT_THAT(way_of(without.url()), AllOf(HasSubstr("partitions by day"), HasSubstr("preloaded")));
  server.stop(SIGINT);
  server.set({"shared_preload_libraries=timescaledb"});
  server.start();
  EXPECT_THAT(way_of(without.url()), AllOf(HasSubstr("partitions by day"), HasSubstr("preloaded")));
  PostgresDatabase with(server);
  EXPECT_THAT(way_of(with.url()), HasSubstr("TimescaleDB: "));
  server.stop(SIGINT);
  server.set({});
  server.start();
  EXPECT_THAT(way_of(with.url()), AllOf(HasSubstr("schema_unusable"), HasSubstr("shared_preload_libraries")));
  const auto pending = make_postgres_engine({.url = with.url(), .read_url = {}})->pending_migrations();
  EXPECT_THAT(pending.error().text, HasSubstr("shared_preload_libraries"));
  // Rows that are compressed would be missing from every answer.
  for (const std::string& replica : {std::string(), with.url()}) {
    const auto reader = *make_postgres_engine({.url = with.url(), .read_url = replica})->open_reader();
    HistoryQuery query;
    query.agent = make_agent("a1")->key();
    const auto answer = reader->history(query);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, "store_unavailable");
  }
}

}  // namespace
}  // namespace fieldcast::store::contract
