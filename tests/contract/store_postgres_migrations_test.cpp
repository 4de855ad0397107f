// The schema of PostgreSQL: from older ones with data in it, by several at once, and what is refused.
#include "contract/store_contract.hpp"
#include "contract/store_postgres_server.hpp"
#include "fieldcast/store/migration_plan.hpp"
#include "fieldcast/store/store.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <future>
#include <gmock/gmock.h>
#include <pqxx/pqxx>
#include <sstream>
#include <thread>

namespace fieldcast::store::contract {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

constexpr const char* scripts = FIELDCAST_SOURCE_DIR "/migrations/postgres";
constexpr const char* first_script = FIELDCAST_SOURCE_DIR "/migrations/postgres/0001_initial.sql";

/// The names of all migrations, in order.
std::vector<std::string> labels() {
  std::vector<std::string> labels;
  for (const auto& script : std::filesystem::directory_iterator(scripts))
    if (script.path().extension() == ".sql") labels.push_back(script.path().stem());
  std::sort(labels.begin(), labels.end());
  return labels;
}

class PostgresMigrations : public testing::Test {
 protected:
  std::string ask(const std::string& statement) const { return sql(database_.url(), statement); }
  std::unique_ptr<Engine> engine() const { return make_postgres_engine({.url = database_.url(), .read_url = {}}); }

  /// As the first version left it, with an agent and its track.
  void make_old_database() const {
    std::stringstream script;
    script << std::ifstream(first_script).rdbuf();
    ask(script.str());
    ask("CREATE TABLE schema_migrations (version bigint PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, "
        "applied_at timestamptz NOT NULL DEFAULT now())");
    ask("INSERT INTO schema_migrations VALUES (1, 'initial', '" + checksum_of(script.str()) + "')");
    ask("INSERT INTO agents (org, agent, team, name) VALUES ('acme', 'a1', 'north', 'Asha')");
    ask("SELECT fieldcast_ensure_day('2023-11-14')");
    ask("INSERT INTO positions (agent_id, recorded_at, received_at, latitude, longitude) "
        "SELECT 1, timestamptz '2023-11-14 12:00Z' + n * interval '1 s', now(), 1, n FROM generate_series(1, 100) n");
    ask("INSERT INTO last_known SELECT * FROM positions ORDER BY recorded_at DESC LIMIT 1");
    ask("INSERT INTO quarantine (org, team, agent, code, record, received_at) VALUES "
        "('acme', 'north', 'a1', 'bad', 'x', now())");
  }
  void expect_all_kept() const {
    const auto reader = engine()->open_reader();
    ASSERT_TRUE(reader) << reader.error().text;
    EXPECT_THAT(*(*reader)->history({.agent = {OrgId("acme"), AgentId("a1")}, .after = {}}), SizeIs(100));
    const auto counts = (*reader)->counts();
    ASSERT_TRUE(counts) << counts.error().text;
    EXPECT_EQ(counts->positions, 100U);
    EXPECT_EQ(counts->quarantined, 1U);
    double longitude_deg = 0;
    ASSERT_TRUE((*reader)->agents(TeamKey{OrgId("acme"), TeamId("north")},
                                  [&](auto, const auto& position) { longitude_deg = position->fix.at.longitude_deg; }));
    EXPECT_DOUBLE_EQ(longitude_deg, 100);
  }

  PostgresDatabase database_{PostgresServer::shared()};
};

TEST_F(PostgresMigrations, KeepTheDataOfAnOlderSchema) {
  make_old_database();
  const auto pending = engine()->pending_migrations();
  ASSERT_TRUE(pending) << pending.error().text;
  std::vector<std::string> later = labels();
  later.erase(later.begin());
  EXPECT_EQ(*pending, later);
  const auto migrated = engine()->migrate();
  ASSERT_TRUE(migrated) << migrated.error().text;
  expect_all_kept();
}

TEST_F(PostgresMigrations, RunOnceWhenSeveralInstancesStartOnAnOlderSchema) {
  make_old_database();
  std::vector<std::thread> instances;
  for (int i = 0; i < 6; ++i)
    instances.emplace_back([this] {
      const auto migrated = engine()->migrate();
      EXPECT_TRUE(migrated) << migrated.error().text;
    });
  for (std::thread& instance : instances) instance.join();
  EXPECT_EQ(ask("SELECT count(*) FROM schema_migrations"), std::to_string(labels().size()));
  expect_all_kept();
}

TEST_F(PostgresMigrations, ChangeNothingWhenOneFails) {
  make_old_database();
  ask("CREATE TABLE agents_by_team ()");  // in the way of the second
  const auto migrated = engine()->migrate();
  ASSERT_FALSE(migrated);
  EXPECT_EQ(migrated.error().code, "store_unavailable");
  EXPECT_THAT(*engine()->pending_migrations(), SizeIs(labels().size() - 1));
  ask("DROP TABLE agents_by_team");
  ASSERT_TRUE(engine()->migrate());
  expect_all_kept();
}

TEST_F(PostgresMigrations, RefuseASchemaThatIsNotOurs) {
  ASSERT_TRUE(engine()->migrate());
  for (const char* change : {"UPDATE schema_migrations SET checksum = 'other' WHERE version = 1",
                             "INSERT INTO schema_migrations VALUES (9999, 'later', 'x')"}) {
    ask(change);
    const auto migrated = engine()->migrate();
    ASSERT_FALSE(migrated) << change;
    EXPECT_EQ(migrated.error().code, "schema_unusable");
    const auto pending = engine()->pending_migrations();
    ASSERT_FALSE(pending) << change;
    EXPECT_EQ(pending.error().code, "schema_unusable");
    ask("DROP SCHEMA public CASCADE");
    ask("CREATE SCHEMA public");
    ASSERT_TRUE(engine()->migrate());
  }
}

TEST_F(PostgresMigrations, LetAnOlderProgramWorkOnTheSchemaOfALaterOne) {
  ASSERT_TRUE(engine()->migrate());
  ask("INSERT INTO schema_migrations VALUES (9999, 'later', 'x')");
  EXPECT_THAT(*engine()->unknown_migrations(), ElementsAre(9'999));
  const Store store(engine(), {}, [](std::uint32_t, auto) {}, {});
  EXPECT_THAT(store.unknown_migrations(), ElementsAre(9'999));
  ask("UPDATE schema_migrations SET checksum = 'other' WHERE version = 2");
  const auto unknown = engine()->unknown_migrations();
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, "schema_unusable");
}

/// Whoever wants the table waits behind the migration that waits: it must give way, and come back.
TEST_F(PostgresMigrations, LetOthersPassWhileTheyWaitForALock) {
  make_old_database();
  pqxx::connection connection(database_.url());
  pqxx::work other(connection);
  other.exec("LOCK TABLE agents IN ROW EXCLUSIVE MODE");
  auto migrated = std::async(std::launch::async, [this] { return engine()->migrate(); });
  const auto wait_until_waiting = [this](const char* is) {
    const auto deadline = std::chrono::steady_clock::now() + seconds{20};
    while (ask("SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND "
               "datname = current_database()") != is)
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << is;
  };
  for (const char* is : {"t", "f", "t"}) wait_until_waiting(is);
  other.commit();
  const auto result = migrated.get();
  ASSERT_TRUE(result) << result.error().text;
  expect_all_kept();
}

TEST_F(PostgresMigrations, MakeNoTableWhenTheyAreOnlyAskedFor) {
  ASSERT_THAT(*engine()->pending_migrations(), SizeIs(labels().size()));
  EXPECT_EQ(ask("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"), "0");
}

}  // namespace
}  // namespace fieldcast::store::contract
