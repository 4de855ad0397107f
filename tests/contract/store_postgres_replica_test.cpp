// History from a replica that streams from its primary.
#include "contract/store_contract.hpp"
#include "contract/store_postgres_server.hpp"

#include <csignal>
#include <gmock/gmock.h>
#include <thread>

namespace fieldcast::store::contract {
namespace {

using testing::ElementsAre;

constexpr std::int64_t base_ms = 1'700'000'000'000, day_ms = 86'400'000;

class PostgresReplica : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(engine_->migrate());
    auto writer = engine_->open_writer();
    ASSERT_TRUE(writer) << writer.error().text;
    writer_ = std::move(*writer);
    auto reader = engine_->open_reader();
    ASSERT_TRUE(reader) << reader.error().text;
    reader_ = std::move(*reader);
  }
  void write(std::int64_t recorded_ms) {
    const WriteRequest request = make_request({make_position(agent_, recorded_ms)});
    WriteResult result;
    const auto committed = writer_->commit({&request, 1}, {&result, 1});
    ASSERT_TRUE(committed) << committed.error().text;
  }
  std::vector<std::int64_t> history() {
    std::vector<std::int64_t> times;
    const auto read = reader_->history({.agent = agent_->key(), .after = {}});
    EXPECT_TRUE(read) << read.error().text;
    if (read)
      for (const Position& position : *read) times.push_back(to_unix_ms(position.fix.recorded_at) - base_ms);
    return times;
  }
  void wait_for_rows(std::size_t rows) {
    const auto deadline = std::chrono::steady_clock::now() + seconds{20};
    while (history().size() != rows) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      std::this_thread::sleep_for(milliseconds{5});
    }
  }
  std::int64_t last_known() {
    std::int64_t recorded_ms = 0;
    EXPECT_TRUE(reader_->agents(std::nullopt, [&](const auto&, const std::optional<Position>& position) {
      if (position) recorded_ms = to_unix_ms(position->fix.recorded_at) - base_ms;
    }));
    return recorded_ms;
  }

  const AgentIdentityPtr agent_ = make_agent("a1");
  PostgresServer primary_{PostgresServer::Durability::none};
  PostgresServer replica_{PostgresServer::Durability::none, primary_};
  std::unique_ptr<Engine> engine_ =
      make_postgres_engine({.url = primary_.url("postgres"), .read_url = replica_.url("postgres")});
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<Reader> reader_;
};

TEST_F(PostgresReplica, GivesHistoryThatMayLagAndLastKnownThatDoesNot) {
  write(base_ms);
  wait_for_rows(1);
  sql(replica_.url("postgres"), "SELECT pg_wal_replay_pause()");
  write(base_ms + 1'000);
  EXPECT_THAT(history(), ElementsAre(0)) << "it did not come from the replica";
  EXPECT_EQ(last_known(), 1'000);
  sql(replica_.url("postgres"), "SELECT pg_wal_replay_resume()");
  wait_for_rows(2);
}

TEST_F(PostgresReplica, FollowsNewDaysAndDaysThatWereClosed) {
  for (const std::int64_t day : {0, 1, 40}) write(base_ms + day * day_ms);
  wait_for_rows(3);
  const auto keeper = engine_->open_keeper();
  ASSERT_TRUE(keeper) << keeper.error().text;
  const auto closed = (*keeper)->close_day(std::chrono::floor<days>(from_unix_ms(base_ms)));
  ASSERT_TRUE(closed && *closed);
  write(base_ms + 5);
  wait_for_rows(4);
  EXPECT_THAT(history(), ElementsAre(0, 5, day_ms, 40 * day_ms));
}

TEST_F(PostgresReplica, IsDoneWithoutWhileItIsAway) {
  write(base_ms);
  wait_for_rows(1);
  replica_.stop(SIGINT);
  write(base_ms + 1);
  wait_for_rows(2);
  replica_.start();
  write(base_ms + 2);
  wait_for_rows(3);
}

}  // namespace
}  // namespace fieldcast::store::contract
