// Thinning on a PostgreSQL that says no, or goes away.
#include "contract/store_contract.hpp"
#include "contract/store_postgres_server.hpp"

#include <gmock/gmock.h>

namespace fieldcast::store::contract {
namespace {

constexpr std::int64_t base_ms = 1'700'000'000'000;

class PostgresThinning : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(engine_->migrate());
    const auto keeper = *engine_->open_keeper();
    ASSERT_TRUE(keeper->set_rule({OrgId("acme"), TeamId("north"), {}, {}, {}, {}, Thinning{{}, {}, seconds{60}}}));
    writer_ = *engine_->open_writer();
  }
  Result<WriteResult> write(std::vector<int> after_s) {
    std::vector<AgentPosition> positions;
    for (const int time : after_s) positions.push_back(make_position(make_agent("a1"), base_ms + time * 1'000));
    const WriteRequest request = make_request(std::move(positions));
    WriteResult result;
    if (auto committed = writer_->commit({&request, 1}, {&result, 1}); !committed) return committed.error();
    return result;
  }
  std::string rows() const { return sql(database_.url(), "SELECT count(*) FROM positions"); }

  PostgresDatabase database_{PostgresServer::shared()};
  std::unique_ptr<Engine> engine_ =
      make_postgres_engine({.url = database_.url(), .read_url = {}, .rules_believed = seconds{0}});
  std::unique_ptr<Writer> writer_;
};

TEST_F(PostgresThinning, KeepsTheRulesItKnowsWhileTheyCannotBeRead) {
  EXPECT_EQ(write({0, 1})->thinned, 1U);
  sql(database_.url(), "ALTER TABLE team_rules RENAME TO away");
  const auto written = write({2});
  ASSERT_TRUE(written) << written.error().text;
  EXPECT_EQ(written->thinned, 1U);
  sql(database_.url(), "ALTER TABLE away RENAME TO team_rules");
  sql(database_.url(), "DELETE FROM team_rules");
  EXPECT_EQ(write({3})->thinned, 0U);
}

TEST_F(PostgresThinning, JudgesAgainWhatALostConnectionDidNotCommit) {
  EXPECT_EQ(write({0})->accepted, 1U);
  sql(database_.url(),
      "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM "
      "pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$; "
      "CREATE TRIGGER die BEFORE INSERT ON last_known FOR EACH ROW EXECUTE FUNCTION die()");
  EXPECT_FALSE(write({100, 101}));
  EXPECT_TRUE(writer_->lost());
  sql(database_.url(), "DROP TRIGGER die ON last_known");
  writer_ = *engine_->open_writer();
  EXPECT_EQ(rows(), "1");
  EXPECT_EQ(write({100, 101})->thinned, 1U);
  EXPECT_EQ(rows(), "2");
}

TEST_F(PostgresThinning, FindsTheOneBeforeInTheDayBefore) {
  constexpr int to_midnight = 86'400 - 80'000;  // the base is 22:13:20
  EXPECT_EQ(write({to_midnight - 10})->thinned, 0U);
  EXPECT_EQ(write({to_midnight + 10})->thinned, 1U);
  EXPECT_EQ(write({to_midnight + 50})->thinned, 0U);
}

}  // namespace
}  // namespace fieldcast::store::contract
