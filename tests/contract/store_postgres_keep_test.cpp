// Days of PostgreSQL are written anew in order, under writes and reads, and by processes that are cut off.
#include "contract/store_contract.hpp"
#include "contract/store_postgres_server.hpp"

#include <atomic>
#include <gmock/gmock.h>
#include <random>
#include <thread>

namespace fieldcast::store::contract {
namespace {

constexpr Day monday{std::chrono::sys_days{std::chrono::year{2023} / 11 / 13}};
constexpr int agents = 40;

class PostgresKeeper : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(engine_->migrate());
    ask("INSERT INTO agents (org, agent, team, name) SELECT 'acme', 'a' || n, 'north', '' FROM generate_series(1, " +
        std::to_string(agents) + ") AS n");
  }
  std::string url() const { return database_.url(); }
  std::string ask(const std::string& statement) const { return sql(url(), statement); }

  /// As phones report: all agents mixed.
  void fill(int rounds) const {
    ask("SELECT fieldcast_ensure_day('2023-11-13')");
    ask("INSERT INTO positions SELECT id, timestamptz '2023-11-13 00:00Z' + t * interval '20 s' + id * interval '1 "
        "ms', "
        "now(), 1, 2 FROM generate_series(1, " +
        std::to_string(rounds) + ") AS t, agents ORDER BY t, id");
  }
  std::unique_ptr<Keeper> keeper() const { return *engine_->open_keeper(); }
  std::string checksum() const {
    return ask("SELECT count(*) || md5(string_agg(p::text, ',' ORDER BY agent_id, recorded_at)) FROM positions p");
  }
  /// Rows of the day that lie behind one of a later key.
  std::string out_of_order() const {
    return ask(
        "SELECT count(*) FROM (SELECT (agent_id, recorded_at) < lag((agent_id, recorded_at)) OVER (ORDER BY ctid) "
        "AS wrong FROM positions_20231113) AS rows WHERE wrong");
  }
  void wait_for(const std::string& condition) const {
    const auto deadline = std::chrono::steady_clock::now() + seconds{60};
    while (ask(condition) != "t") ASSERT_LT(std::chrono::steady_clock::now(), deadline) << condition;
  }
  void expect_nothing_left_behind() const {
    EXPECT_EQ(ask("SELECT count(*) FROM pg_class WHERE relname ~ '_(next|late)'"), "0");
    EXPECT_EQ(ask("SELECT count(*) FROM pg_trigger WHERE tgname = 'fieldcast_late'"), "0");
  }

  PostgresDatabase database_{PostgresServer::shared()};
  std::unique_ptr<Engine> engine_ = make_postgres_engine({.url = url(), .read_url = {}});
};

TEST_F(PostgresKeeper, WritesADayAnewInOrderAndKeepsEveryRow) {
  fill(300);
  const std::string before = checksum();
  EXPECT_NE(out_of_order(), "0");
  const auto keeping = keeper();
  EXPECT_FALSE((*keeping->days())[0].closed);
  for (int i = 0; i < 2; ++i) {
    const auto closed = keeping->close_day(monday);
    ASSERT_TRUE(closed) << closed.error().text;
    EXPECT_EQ(*closed, i == 0);
  }
  EXPECT_TRUE((*keeping->days())[0].closed);
  EXPECT_EQ(out_of_order(), "0");
  EXPECT_EQ(checksum(), before);
  EXPECT_EQ(ask("SELECT string_agg(indexrelid::regclass::text, ',') FROM pg_index "
                "WHERE indrelid = 'positions_20231113'::regclass"),
            "positions_20231113_pkey");
  EXPECT_EQ(ask("SELECT count(*) FROM pg_constraint WHERE conrelid = 'positions_20231113'::regclass "
                "AND contype = 'c'"),
            "0");
  expect_nothing_left_behind();
}

TEST_F(PostgresKeeper, ClosesADayAgainThatHasGrownOrShrunk) {
  fill(300);
  const auto keeping = keeper();
  ASSERT_TRUE(*keeping->close_day(monday));
  ask("INSERT INTO positions SELECT id, timestamptz '2023-11-13 12:00Z' + t * interval '1 s', now(), 1, 2 "
      "FROM generate_series(1, 100) AS t, agents");
  EXPECT_FALSE((*keeping->days())[0].closed);
  EXPECT_TRUE(*keeping->close_day(monday));
  EXPECT_EQ(out_of_order(), "0");
  ask("UPDATE agents SET team = 'south' WHERE id % 2 = 0");
  Cut cut;
  cut.teams[{OrgId("acme"), TeamId("south")}] = monday + days{1};
  ASSERT_EQ(*keeping->remove_positions(monday, cut), 8'000U);
  EXPECT_TRUE(*keeping->close_day(monday));
  EXPECT_EQ(ask("SELECT count(*) FROM positions"), "8000");
  EXPECT_FALSE(*keeping->close_day(monday));
}

TEST_F(PostgresKeeper, ClosesNoDayThatIsNotOverOrHasNoRows) {
  ask("INSERT INTO positions SELECT id, now(), now(), 1, 2 FROM agents");
  ask("SELECT fieldcast_ensure_day('2023-11-13')");
  const auto keeping = keeper();
  EXPECT_FALSE(*keeping->close_day(std::chrono::floor<days>(read_clock().wall)));
  EXPECT_FALSE(*keeping->close_day(monday));
  EXPECT_FALSE(*keeping->close_day(monday + days{1}));
}

TEST_F(PostgresKeeper, LosesNoLateFixAndHidesNoRowWhileItClosesADay) {
  fill(1'000);
  std::atomic<bool> done{false};
  std::atomic<int> written{0};
  std::thread late([&] {
    const auto writer = *engine_->open_writer();
    const auto agent = make_agent("a7");
    for (int i = 0; !done; ++i) {
      const WriteRequest request = make_request({make_position(agent, to_unix_ms(monday) + 40'000'000 + i),
                                                 make_position(make_agent("new"), to_unix_ms(monday) + i)});
      WriteResult result;
      const auto committed = writer->commit({&request, 1}, {&result, 1});
      EXPECT_TRUE(committed) << committed.error().text;
      if (committed) written += static_cast<int>(result.accepted);
    }
  });
  std::thread reading([&] {
    const auto reader = *engine_->open_reader();
    while (!done) {
      const auto seen = reader->history(
          {.agent = make_agent("a9")->key(), .from = monday, .to = monday + days{1}, .after = {}, .limit = 5'000});
      EXPECT_TRUE(seen && seen->size() == 1'000) << (seen ? "rows are missing" : seen.error().text);
    }
  });
  const auto keeping = keeper();
  for (int i = 0; i < 3; ++i) {
    const auto closed = keeping->close_day(monday);
    EXPECT_TRUE(closed && *closed) << (closed ? "" : closed.error().text);
    ask("UPDATE history_days SET closed_bytes = 0");  // as if it had grown
  }
  done = true;
  late.join();
  reading.join();
  EXPECT_GT(written, 0);
  EXPECT_EQ(ask("SELECT count(*) FROM positions"), std::to_string(1'000 * agents + written));
  expect_nothing_left_behind();
}

TEST_F(PostgresKeeper, CopiesNoRowThatIsRemovedMeanwhile) {
  fill(200);
  ASSERT_EQ(ask("SELECT fieldcast_close_begin('2023-11-13')"), "t");
  ask("SELECT fieldcast_close_copy('2023-11-13', 0, 20)");
  ask("DELETE FROM positions WHERE agent_id IN (3, 30)");
  ask("INSERT INTO positions VALUES (3, '2023-11-13 23:00Z', now(), 5, 5), (30, '2023-11-13 23:00Z', now(), 5, 5)");
  ask("SELECT fieldcast_close_copy('2023-11-13', 20, 1000)");
  const std::string before = checksum();
  for (int i = 0; i < 20 && ask("SELECT fieldcast_close_swap('2023-11-13')") != "t"; ++i)
    ask("SELECT fieldcast_close_apply('2023-11-13', 1000)");
  EXPECT_EQ(checksum(), before);
  EXPECT_EQ(ask("SELECT count(*) FROM positions"), std::to_string(200 * (agents - 2) + 2));
  expect_nothing_left_behind();
}

TEST_F(PostgresKeeper, FinishesWhatWasCutOffAtAnyTime) {
  fill(400);
  const std::string before = checksum();
  const auto seed = std::random_device{}();
  std::cout << "seed " << seed << '\n';
  std::mt19937 random(seed);
  std::atomic<bool> done{false};
  std::thread cutting([&] {
    while (!done) {
      std::this_thread::sleep_for(milliseconds{20 + random() % 150});
      if (!done)
        ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'fieldcast' AND "
            "datname = current_database()");
    }
  });
  int cut_off = 0;
  for (int i = 0; i < 12; ++i) {
    const auto closed = keeper()->close_day(monday);
    cut_off += closed ? 0 : 1;
    EXPECT_TRUE(closed || closed.error().code == "store_unavailable");
    EXPECT_EQ(checksum(), before);
    ask("UPDATE history_days SET closed_bytes = 0");
  }
  done = true;
  cutting.join();
  EXPECT_GT(cut_off, 0);
  const auto closed = keeper()->close_day(monday);
  ASSERT_TRUE(closed) << closed.error().text;
  EXPECT_EQ(checksum(), before);
  EXPECT_EQ(out_of_order(), "0");
  expect_nothing_left_behind();
}

TEST_F(PostgresKeeper, SweepsUpAfterWhoeverWasCutOffAndDropsEmptyDays) {
  fill(10);
  ask("SELECT fieldcast_ensure_day('2023-11-01')");
  ASSERT_EQ(ask("SELECT fieldcast_close_begin('2023-11-13')"), "t");
  const auto keeping = keeper();
  const auto swept = keeping->sweep();
  ASSERT_TRUE(swept) << swept.error().text;
  expect_nothing_left_behind();
  EXPECT_EQ(ask("SELECT '2023-11-01' IN (SELECT fieldcast_days())"), "f");
  EXPECT_EQ(ask("SELECT '2023-11-13' IN (SELECT fieldcast_days())"), "t");
}

TEST_F(PostgresKeeper, DropsADayAsAWholeOnlyWhenNobodyElseIsOnIt) {
  fill(2);
  ask("UPDATE agents SET team = 'south' WHERE id = 1");
  const std::string all = "ARRAY(SELECT id FROM agents)", others = "ARRAY(SELECT id FROM agents WHERE id > 1)";
  const auto drop = [&](const std::string& gone) {
    return ask("SELECT coalesce(fieldcast_drop_day_of('2023-11-13', " + gone + ")::text, 'stays')");
  };
  EXPECT_EQ(drop(others), "stays");
  EXPECT_EQ(ask("SELECT count(*) FROM positions"), "80");
  Cut cut{Timestamp(monday + std::chrono::days{1}), {}};
  cut.teams[{OrgId("acme"), TeamId("south")}] = Timestamp::min();
  EXPECT_EQ(*keeper()->remove_positions(monday, cut), 78U);
  EXPECT_EQ(ask("SELECT count(*) FROM positions_20231113"), "2");
  cut.teams.clear();
  EXPECT_EQ(*keeper()->remove_positions(monday, cut), 2U);
  EXPECT_EQ(ask("SELECT count(*) FROM fieldcast_days() AS day WHERE day = '2023-11-13'"), "0");
  EXPECT_EQ(drop(all), "true");
}

TEST_F(PostgresKeeper, SweepsWhatCameUnderANumberThatWasErased) {
  fill(10);
  const auto keeping = keeper();
  EXPECT_TRUE(keeping->erase(make_agent("a7")->key())->none());
  ask("INSERT INTO positions SELECT agent_id, '2023-11-13', now(), 1, 2 FROM erased_agents");
  ask("INSERT INTO last_known SELECT agent_id, '2023-11-13', now(), 1, 2 FROM erased_agents");
  EXPECT_EQ(*keeping->sweep(), 2U);
  EXPECT_EQ(*keeping->sweep(), 0U);
  EXPECT_EQ(ask("SELECT count(*) FROM positions"), std::to_string(10 * (agents - 1)));
}

TEST_F(PostgresKeeper, EndsAStatementThatRunsWhenItIsInterrupted) {
  fill(10);
  ask("CREATE FUNCTION count_slowly() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(600); "
      "RETURN OLD; END $$");
  ask("CREATE TRIGGER slow BEFORE DELETE ON last_known FOR EACH ROW EXECUTE FUNCTION count_slowly()");
  ask("INSERT INTO last_known SELECT id, '2023-11-13', now(), 1, 2 FROM agents");
  const auto keeping = keeper();
  ASSERT_TRUE(*keeping->take_turn());
  Cut cut;
  cut.otherwise = monday + days{5};
  Result<std::uint64_t> removed;
  std::thread working([&] { removed = keeping->remove_last_known(cut); });
  wait_for("SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
  keeping->interrupt();
  working.join();
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error().code, "store_unavailable");
  wait_for("SELECT count(*) = 0 FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
  EXPECT_EQ(ask("SELECT count(*) FROM last_known"), std::to_string(agents));
  wait_for("SELECT count(*) = 0 FROM pg_locks WHERE locktype = 'advisory'");  // the turn is free again
}

TEST_F(PostgresKeeper, TidiesUpADayThatItWasInterruptedAt) {
  fill(50);
  const std::string before = checksum();
  ask("CREATE OR REPLACE FUNCTION fieldcast_close_copy(day date, after bigint, agents integer, OUT last_agent bigint, "
      "OUT copied bigint) LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(600); END $$");
  const auto keeping = keeper();
  Result<bool> closed;
  std::thread working([&] { closed = keeping->close_day(monday); });
  wait_for("SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
  EXPECT_EQ(ask("SELECT count(*) FROM pg_trigger WHERE tgname = 'fieldcast_late'"), "1");
  keeping->interrupt();
  working.join();
  EXPECT_FALSE(closed);
  expect_nothing_left_behind();
  EXPECT_EQ(checksum(), before);
}

TEST_F(PostgresKeeper, GivesTheTurnToOneAndToTheNextWhenItIsLost) {
  const auto one = keeper();
  auto two = keeper();
  EXPECT_TRUE(*one->take_turn());
  EXPECT_TRUE(*one->take_turn());
  EXPECT_FALSE(*two->take_turn());
  ask("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted");
  const auto deadline = std::chrono::steady_clock::now() + seconds{20};
  for (bool taken = false; !taken;) {
    const auto turn = two->take_turn();
    taken = turn && *turn;
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
  }
  auto again = one->take_turn();
  if (!again) again = one->take_turn();  // the first one finds the connection lost
  EXPECT_FALSE(*again);
}

}  // namespace
}  // namespace fieldcast::store::contract
