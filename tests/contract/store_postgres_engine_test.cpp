// What is particular to the PostgreSQL engine: limits of time, replicas, other hands on the database.
#include "contract/store_contract.hpp"
#include "contract/store_postgres_server.hpp"

#include <future>
#include <gmock/gmock.h>
#include <pqxx/pqxx>
#include <set>
#include <thread>

namespace fieldcast::store::contract {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

constexpr std::int64_t base_ms = 1'700'000'000'000;

class PostgresEngineTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(make_postgres_engine({.url = url(), .read_url = {}})->migrate()); }
  std::string url() const { return database_.url(); }
  std::string ask(const std::string& statement) const { return sql(url(), statement); }

  static Result<WriteResult> write(Writer& writer, std::vector<AgentPosition> positions) {
    const WriteRequest request = make_request(std::move(positions));
    WriteResult result;
    auto committed = writer.commit({&request, 1}, {&result, 1});
    if (!committed) return committed.error();
    return result;
  }
  std::unique_ptr<Writer> writer(PostgresSettings settings = {}) {
    settings.url = url();
    engines_.push_back(make_postgres_engine(settings));
    auto opened = engines_.back()->open_writer();
    EXPECT_TRUE(opened) << opened.error().text;
    return std::move(*opened);
  }
  std::unique_ptr<Reader> reader(PostgresSettings settings = {}) {
    settings.url = url();
    engines_.push_back(make_postgres_engine(settings));
    auto opened = engines_.back()->open_reader();
    EXPECT_TRUE(opened) << opened.error().text;
    return std::move(*opened);
  }
  void wait_until(const std::string& condition) const {
    const auto deadline = std::chrono::steady_clock::now() + seconds{20};
    while (ask("SELECT " + condition) != "t") {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << condition;
      std::this_thread::sleep_for(milliseconds{5});
    }
  }

  PostgresDatabase database_{PostgresServer::shared()};
  std::vector<std::unique_ptr<Engine>> engines_;
};

using PostgresEngine = PostgresEngineTest;

seconds took_since(SteadyTime start) {
  return std::chrono::duration_cast<seconds>(std::chrono::steady_clock::now() - start);
}

/// A second session whose transaction stays open.
class OtherHand {
 public:
  explicit OtherHand(const std::string& url) : connection_(url), transaction_(connection_) {}
  void run(const std::string& statement) { transaction_.exec(statement); }
  void commit() { transaction_.commit(); }

 private:
  pqxx::connection connection_;
  pqxx::work transaction_;
};

TEST_F(PostgresEngine, GivesUpAWriteThatTheDatabaseHoldsForTooLong) {
  const auto slow = writer({.url = {}, .read_url = {}, .writes_time_max = milliseconds{200}});
  OtherHand other(url());
  other.run("LOCK TABLE positions IN ACCESS EXCLUSIVE MODE");
  const SteadyTime start = std::chrono::steady_clock::now();
  const auto written = write(*slow, {make_position(make_agent("a1"), base_ms)});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, "store_unavailable");
  EXPECT_THAT(written.error().text, HasSubstr("57014"));
  EXPECT_LE(took_since(start), seconds{1});
}

TEST_F(PostgresEngine, GivesUpAReadThatTakesTooLong) {
  const auto impatient = reader({.url = {}, .read_url = {}, .reads_time_max = milliseconds{200}});
  OtherHand other(url());
  other.run("LOCK TABLE agents IN ACCESS EXCLUSIVE MODE");
  const SteadyTime start = std::chrono::steady_clock::now();
  const auto read = impatient->history({.agent = make_agent("a1")->key(), .after = {}});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, "store_unavailable");
  EXPECT_LE(took_since(start), seconds{1});
}

TEST_F(PostgresEngine, TriesAgainAfterADeadlock) {
  ask("ALTER DATABASE " + ask("SELECT current_database()") + " SET deadlock_timeout = '200ms'");  // not the lock's time
  auto writing = writer();
  const auto one = make_agent("a1"), two = make_agent("a2");
  ASSERT_TRUE(write(*writing, {make_position(one, base_ms), make_position(two, base_ms)}));
  OtherHand other(url());
  other.run("SET deadlock_timeout = '60s'");  // ours is the one that the server ends
  other.run("UPDATE last_known SET battery = 1 WHERE agent_id = (SELECT id FROM agents WHERE agent = 'a2')");
  auto written = std::async(std::launch::async, [&] {
    return write(*writing, {make_position(one, base_ms + 1), make_position(two, base_ms + 1)});
  });
  wait_until("count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()");
  other.run("UPDATE last_known SET battery = 1 WHERE agent_id = (SELECT id FROM agents WHERE agent = 'a1')");
  other.commit();
  const auto result = written.get();
  ASSERT_TRUE(result) << result.error().text;
  EXPECT_EQ(result->accepted, 2U);
  EXPECT_EQ(ask("SELECT count(*) FROM positions"), "4");
  writing.reset();  // a session counts when it ends
  wait_until("deadlocks > 0 FROM pg_stat_database WHERE datname = current_database()");
}

TEST_F(PostgresEngine, RefusesOnlyWhatARowConcernsThatSomebodyHolds) {
  const auto writing = writer();
  const auto one = make_agent("a1"), two = make_agent("a2");
  ASSERT_TRUE(write(*writing, {make_position(one, base_ms), make_position(two, base_ms)}));
  OtherHand other(url());
  other.run("UPDATE last_known SET battery = 1 WHERE agent_id = (SELECT id FROM agents WHERE agent = 'a1')");
  const SteadyTime start = std::chrono::steady_clock::now();
  const auto refused = write(*writing, {make_position(one, base_ms + 1)});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "record_unusable");
  EXPECT_THAT(refused.error().text, HasSubstr("55P03"));
  EXPECT_LE(took_since(start), seconds{2});
  EXPECT_TRUE(write(*writing, {make_position(two, base_ms + 1)}));
  other.commit();
  EXPECT_TRUE(write(*writing, {make_position(one, base_ms + 1)}));
}

TEST_F(PostgresEngine, RefusesOnlyWhatADayConcernsThatCannotBeMade) {
  const auto writing = writer();
  ask("CREATE TABLE positions_20231114 ()");  // in the way
  for (int i = 0; i < 2; ++i) {
    const auto refused = write(*writing, {make_position(make_agent("a1"), base_ms)});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "record_unusable");
    EXPECT_THAT(refused.error().text, HasSubstr("42P07"));
    EXPECT_TRUE(write(*writing, {make_position(make_agent("a1"), base_ms + (i + 1) * 86'400'000LL)}));
  }
  OtherHand other(url());
  other.run("SELECT fieldcast_ensure_day('2010-01-01')");  // holds what it takes to make another
  const auto held = write(*writing, {make_position(make_agent("a1"), base_ms + 9 * 86'400'000LL)});
  ASSERT_FALSE(held);
  EXPECT_EQ(held.error().code, "record_unusable");
}

TEST_F(PostgresEngine, ShowsByACommitOfNothingWhetherTheDatabaseTakesWrites) {
  EXPECT_TRUE(writer()->commit({}, {}));
  const std::string read_only = url() + " options='-c default_transaction_read_only=on'";
  const auto turned_away = make_postgres_engine({.url = read_only, .read_url = {}})->open_writer();
  ASSERT_FALSE(turned_away);
  EXPECT_EQ(turned_away.error().code, "store_unavailable");
  const auto let_in =
      make_postgres_engine({.url = read_only + " target_session_attrs=any", .read_url = {}})->open_writer();
  ASSERT_TRUE(let_in) << let_in.error().text;
  const auto committed = (*let_in)->commit({}, {});
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().code, "store_unavailable");
  EXPECT_THAT(committed.error().text, HasSubstr("25006"));
  // A day that cannot be made for this reason is no fault of the day.
  EXPECT_EQ(write(**let_in, {make_position(make_agent("a1"), base_ms)}).error().code, "store_unavailable");
}

TEST_F(PostgresEngine, WritesOnWhenSomebodyDroppedADay) {
  const auto writing = writer();
  ASSERT_TRUE(write(*writing, {make_position(make_agent("a1"), base_ms)}));
  ask("DROP TABLE positions_20231114");
  const auto written = write(*writing, {make_position(make_agent("a1"), base_ms + 1)});
  ASSERT_TRUE(written) << written.error().text;
  EXPECT_EQ(ask("SELECT count(*) FROM positions"), "1");
}

TEST_F(PostgresEngine, RefusesAValueThatTheDatabaseRefusesAndGoesOn) {
  const auto writing = writer();
  AgentPosition bad = make_position(make_agent("a1"), base_ms);
  bad.position.fix.attributes = "\xff";
  const auto refused = write(*writing, {bad});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "record_unusable");
  EXPECT_EQ(ask("SELECT count(*) FROM agents"), "0");  // the transaction registered it, and was undone
  const auto written = write(*writing, {make_position(make_agent("a1"), base_ms)});
  ASSERT_TRUE(written) << written.error().text;
  EXPECT_EQ(written->accepted, 1U);
}

TEST_F(PostgresEngine, KeepsARecordSetAsideThatIsNoText) {
  const auto writing = writer();
  WriteRequest request;
  const std::string record("{\0\xff\xfe}", 5);
  request.quarantined.push_back({make_agent("a1"), "not_json", record, from_unix_ms(base_ms)});
  WriteResult result;
  const auto committed = writing->commit({&request, 1}, {&result, 1});
  ASSERT_TRUE(committed) << committed.error().text;
  const auto read = reader()->quarantine({.org = OrgId("acme"), .teams = {}, .agent = {}});
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_EQ(read->at(0).record, record);
}

TEST_F(PostgresEngine, CutsANameAtAZeroByte) {
  const auto writing = writer();
  const auto agent = std::make_shared<const AgentIdentity>(
      AgentIdentity{OrgId("acme"), TeamId("north"), AgentId("a1"), std::string("As\0ha", 5)});
  for (int i = 0; i < 2; ++i) {
    const auto written = write(*writing, {make_position(agent, base_ms + i)});
    ASSERT_TRUE(written) << written.error().text;
  }
  EXPECT_EQ(ask("SELECT name FROM agents"), "As");
}

TEST_F(PostgresEngine, BelievesForAWhileWhatItKnowsOfAnAgentAndThenWritesItAgain) {
  const auto patient = writer({.url = {}, .read_url = {}, .agents_believed = seconds{3'600}});
  const auto doubting = writer({.url = {}, .read_url = {}, .agents_believed = seconds{0}});
  const auto north = make_agent("a1", "north", "acme", "Asha");
  ASSERT_TRUE(write(*patient, {make_position(north, base_ms)}));
  ASSERT_TRUE(write(*doubting, {make_position(north, base_ms)}));
  ask("UPDATE agents SET team = 'south', name = 'B'");
  ASSERT_TRUE(write(*patient, {make_position(north, base_ms + 1)}));
  EXPECT_EQ(ask("SELECT team FROM agents"), "south");
  ASSERT_TRUE(write(*doubting, {make_position(north, base_ms + 2)}));
  EXPECT_EQ(ask("SELECT team || ' ' || name FROM agents"), "north Asha");
}

TEST_F(PostgresEngine, WritesNothingUnderANumberThatWasErasedHoweverLongItWasBelieved) {
  const auto patient = writer({.url = {}, .read_url = {}, .agents_believed = seconds{3'600}});
  const auto erased = make_agent("a1"), neighbour = make_agent("a2");
  ASSERT_TRUE(write(*patient, {make_position(erased, base_ms), make_position(neighbour, base_ms)}));
  const auto engine = make_postgres_engine({.url = url(), .read_url = {}});
  const auto keeper = *engine->open_keeper();
  for (int i = 1; i < 4; ++i) {
    ASSERT_TRUE(keeper->erase(erased->key())->none());
    const auto written = write(*patient, {make_position(erased, base_ms + i), make_position(neighbour, base_ms + i)});
    ASSERT_TRUE(written) << written.error().text;
    EXPECT_EQ(written->accepted, 2U);
    EXPECT_EQ(*keeper->sweep(), 0U);
    EXPECT_EQ(keeper->traces_of(erased->key())->positions, 1U);
    EXPECT_EQ(keeper->traces_of(erased->key())->last_known, 1U);
  }
  EXPECT_EQ(ask("SELECT count(*) FROM positions"), "5");
  EXPECT_EQ(ask("SELECT count(*) FROM summaries_due"), "4");
}

TEST_F(PostgresEngine, DoesNotWriteAnAgentAgainOfWhomNothingIsNew) {
  const auto doubting = writer({.url = {}, .read_url = {}, .agents_believed = seconds{0}});
  ASSERT_TRUE(write(*doubting, {make_position(make_agent("a1"), base_ms)}));
  const std::string version = ask("SELECT xmin FROM agents");
  for (int i = 1; i < 4; ++i) ASSERT_TRUE(write(*doubting, {make_position(make_agent("a1"), base_ms + i)}));
  EXPECT_EQ(ask("SELECT xmin FROM agents"), version);
}

TEST_F(PostgresEngine, ReadsHistoryFromTheReplica) {
  // Another database stands for it: what it holds shows who was asked.
  const PostgresDatabase replica(PostgresServer::shared());
  ASSERT_TRUE(make_postgres_engine({.url = replica.url(), .read_url = {}})->migrate());
  ASSERT_TRUE(write(*writer(), {make_position(make_agent("a1"), base_ms)}));
  const auto both = reader({.url = {}, .read_url = replica.url()});
  EXPECT_THAT(*both->history({.agent = make_agent("a1")->key(), .after = {}}), SizeIs(0));
  EXPECT_EQ(both->counts()->positions, 0U);
  int agents = 0;
  ASSERT_TRUE(both->agents(std::nullopt, [&](auto, const auto&) { ++agents; }));
  EXPECT_EQ(agents, 1);
}

TEST_F(PostgresEngine, ReadsFromThePrimaryWhileTheReplicaIsAway) {
  ASSERT_TRUE(write(*writer(), {make_position(make_agent("a1"), base_ms)}));
  const auto both = reader({.url = {}, .read_url = "host=/nonexistent"});
  for (int i = 0; i < 2; ++i) {
    const auto read = both->history({.agent = make_agent("a1")->key(), .after = {}});
    ASSERT_TRUE(read) << read.error().text;
    EXPECT_THAT(*read, SizeIs(1));
  }
  EXPECT_EQ(both->counts()->positions, 1U);
}

TEST_F(PostgresEngine, ReadsHistoryFromTheReplicaWhileThePrimaryIsAway) {
  ASSERT_TRUE(write(*writer(), {make_position(make_agent("a1"), base_ms)}));
  const auto engine = make_postgres_engine({.url = "host=/nonexistent", .read_url = url()});
  const auto opened = engine->open_reader();
  ASSERT_TRUE(opened) << opened.error().text;
  const auto read = (*opened)->history({.agent = make_agent("a1")->key(), .after = {}});
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_THAT(*read, SizeIs(1));
  EXPECT_EQ((*opened)->agents(std::nullopt, [](auto, const auto&) {}).error().code, "store_unavailable");
}

TEST_F(PostgresEngine, GoesOnAskingAReplicaThatOneQuestionWasTooMuchFor) {
  const PostgresDatabase replica(PostgresServer::shared());
  ASSERT_TRUE(make_postgres_engine({.url = replica.url(), .read_url = {}})->migrate());
  ASSERT_TRUE(write(*writer(), {make_position(make_agent("a1"), base_ms)}));
  const auto both = reader({.url = {}, .read_url = replica.url(), .reads_time_max = milliseconds{200}});
  const HistoryQuery query{.agent = make_agent("a1")->key(), .after = {}};
  {
    OtherHand other(replica.url());
    other.run("LOCK TABLE agents IN ACCESS EXCLUSIVE MODE");
    EXPECT_THAT(both->history(query).error().text, HasSubstr("57014"));
  }
  EXPECT_THAT(*both->history(query), SizeIs(0));
}

TEST_F(PostgresEngine, VisitsEveryAgentOnceHoweverManyPagesTheyFill) {
  ask("INSERT INTO agents (org, agent, team, name) SELECT 'acme', 'a' || n, 'team' || n % 3, '' "
      "FROM generate_series(1, 10001) n");
  std::set<std::string> seen;
  const auto visited = reader()->agents(std::nullopt, [&](const AgentIdentityPtr& agent, const auto& position) {
    EXPECT_FALSE(position);
    EXPECT_TRUE(seen.insert(agent->agent.str()).second);
  });
  ASSERT_TRUE(visited) << visited.error().text;
  EXPECT_THAT(seen, SizeIs(10'001));
  std::size_t of_team = 0;
  ASSERT_TRUE(reader()->agents(TeamKey{OrgId("acme"), TeamId("team0")}, [&](auto, const auto&) { ++of_team; }));
  EXPECT_EQ(of_team, 3'333U);
}

TEST_F(PostgresEngine, EstimatesTheCountOfALargeHistory) {
  ask("SELECT fieldcast_ensure_day('2023-11-14')");
  ask("INSERT INTO positions (agent_id, recorded_at, received_at, latitude, longitude) SELECT n % 1000, "
      "timestamptz '2023-11-14 00:00Z' + n * interval '0.2 s', now(), 1, 2 FROM generate_series(1, 400000) n");
  for (const char* prepare : {"SELECT 1", "ANALYZE positions_20231114"}) {
    ask(prepare);
    const auto counts = reader()->counts();
    ASSERT_TRUE(counts) << counts.error().text;
    EXPECT_NEAR(static_cast<double>(counts->positions), 400'000, 80'000) << prepare;
  }
}

TEST_F(PostgresEngine, KeepsTimesWhateverTheTimeZoneOfTheDatabase) {
  ask("ALTER DATABASE " + ask("SELECT current_database()") + " SET timezone = 'America/New_York'");
  ask("ALTER DATABASE " + ask("SELECT current_database()") + " SET datestyle = 'SQL, DMY'");
  constexpr std::int64_t midnight_ms = 1'699'920'000'000;  // 2023-11-14T00:00Z
  const auto writing = writer();
  ASSERT_TRUE(write(*writing,
                    {make_position(make_agent("a1"), midnight_ms), make_position(make_agent("a1"), midnight_ms - 1)}));
  EXPECT_EQ(ask("SELECT count(*) FROM positions_20231114"), "1");
  EXPECT_EQ(ask("SELECT count(*) FROM positions_20231113"), "1");
  const auto read =
      reader()->history({.agent = make_agent("a1")->key(), .from = from_unix_ms(midnight_ms), .after = {}});
  ASSERT_TRUE(read) << read.error().text;
  ASSERT_THAT(*read, SizeIs(1));
  EXPECT_EQ(to_unix_ms(read->at(0).fix.recorded_at), midnight_ms);
}

TEST_F(PostgresEngine, MakesTheDaysToCome) {
  EXPECT_EQ(ask("SELECT count(*) FROM fieldcast_days() day WHERE day BETWEEN (now() AT TIME ZONE 'UTC')::date - 2 "
                "AND (now() AT TIME ZONE 'UTC')::date + 3"),
            "6");
  // Another engine's first look finds what is missing; its next ones do not ask.
  ask("DO $$ BEGIN EXECUTE (SELECT 'DROP TABLE positions_' || to_char(max(d), 'YYYYMMDD') FROM fieldcast_days() d); "
      "END $$");
  const auto engine = make_postgres_engine({.url = url(), .read_url = {}});
  ASSERT_TRUE(engine->maintain());
  EXPECT_EQ(ask("SELECT count(*) FROM fieldcast_days()"), "6");
  ask("DO $$ BEGIN EXECUTE (SELECT 'DROP TABLE positions_' || to_char(max(d), 'YYYYMMDD') FROM fieldcast_days() d); "
      "END $$");
  ASSERT_TRUE(engine->maintain());
  EXPECT_EQ(ask("SELECT count(*) FROM fieldcast_days()"), "5");
}

TEST_F(PostgresEngine, LetsWritersAndReadersGoOnWhileADayIsMade) {
  const auto writing = writer();
  ASSERT_TRUE(write(*writing, {make_position(make_agent("a1"), base_ms)}));
  OtherHand other(url());
  other.run("SELECT fieldcast_ensure_day('2010-01-01')");
  EXPECT_TRUE(write(*writing, {make_position(make_agent("a1"), base_ms + 1)}));
  EXPECT_THAT(*reader()->history({.agent = make_agent("a1")->key(), .after = {}}), SizeIs(2));
}

TEST_F(PostgresEngine, TellsTheDatabaseWhoIsConnected) {
  const auto writing = writer();
  EXPECT_EQ(ask("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'fieldcast' AND "
                "datname = current_database()"),
            "1");
}

TEST_F(PostgresEngine, NeverTellsThePassword) {
  for (const char* unusable : {"postgres//user:hush@host/db", "postgres://user:hush@host:70000000/db",
                               "host=/nonexistent password=hush", "password=hush nonsense=1", "hush"}) {
    const auto engine = make_postgres_engine({.url = unusable, .read_url = {}});
    const auto reader = engine->open_reader();  // connects when it is asked
    for (const Error& error :
         {engine->migrate().error(), engine->pending_migrations().error(), engine->unknown_migrations().error(),
          engine->open_writer().error(), (*reader)->counts().error(), engine->maintain().error()}) {
      EXPECT_EQ(error.code, "store_unavailable");
      EXPECT_THAT(error.text, AllOf(Not(HasSubstr("hush")), Not(testing::IsEmpty()))) << unusable;
    }
  }
}

}  // namespace
}  // namespace fieldcast::store::contract
