// Failure, reopening, several processes.
#include "contract/store_contract.hpp"

#include <gmock/gmock.h>
#include <limits>
#include <thread>

namespace fieldcast::store::contract {
namespace {

using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr std::int64_t base_ms = 1'700'000'000'000;

TEST_P(StoreContract, LeavesNothingBehindWhenOneRecordIsUnusable) {
  commit({make_position(make_agent("a1", "north"), base_ms, 1)});
  std::vector<WriteRequest> requests = {
      make_request(
          {make_position(make_agent("a1", "south"), base_ms + 1, 2), make_position(make_agent("a2"), base_ms)}),
      make_request({make_position(make_agent("a3"), base_ms, std::numeric_limits<double>::quiet_NaN())})};
  requests[0].quarantined.push_back({make_agent("a1"), "latitude_missing", "{}", from_unix_ms(base_ms)});
  std::vector<WriteResult> results(2);
  const auto committed = writer_->commit(requests, results);
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().code, "record_unusable");
  EXPECT_EQ(counts().agents, 1U);
  EXPECT_EQ(counts().positions, 1U);
  EXPECT_EQ(counts().quarantined, 0U);
  ASSERT_THAT(registered(), SizeIs(1));
  EXPECT_EQ(registered()[0].identity.team, TeamId("north"));
  EXPECT_DOUBLE_EQ(registered()[0].last_known->fix.at.latitude_deg, 1);
}

TEST_P(StoreContract, CommitsAfterAFailureWhatFailedWithIt) {
  const auto fresh = make_agent("a2", "south", "acme", "Ben");
  const std::vector<WriteRequest> bad = {make_request({make_position(fresh, base_ms)}),
                                         make_request({make_position(nullptr, base_ms)})};
  std::vector<WriteResult> results(2);
  ASSERT_FALSE(writer_->commit(bad, results));
  // The agent was registered in the transaction that was undone: it must be registered again.
  EXPECT_EQ(commit({make_position(fresh, base_ms)}).accepted, 1U);
  ASSERT_THAT(registered(), SizeIs(1));
  EXPECT_EQ(registered()[0].identity.name, "Ben");
  EXPECT_THAT(history(fresh), SizeIs(1));
}

TEST_P(StoreContract, TakesOverATeamAgainThatAFailedTransactionHadTaken) {
  commit({make_position(make_agent("a1", "north"), base_ms)});
  const std::vector<WriteRequest> bad = {make_request({make_position(make_agent("a1", "south"), base_ms + 1)}),
                                         make_request({make_position(nullptr, base_ms)})};
  std::vector<WriteResult> results(2);
  ASSERT_FALSE(writer_->commit(bad, results));
  commit({make_position(make_agent("a1", "south"), base_ms + 1)});
  EXPECT_EQ(registered().at(0).identity.team, TeamId("south"));
}

TEST_P(StoreContract, RefusesCoordinatesThatAreNoPlaceOnEarth) {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const auto& [latitude, longitude] : std::vector<std::pair<double, double>>{
           {90.0000001, 0}, {0, -180.0000001}, {infinity, 0}, {0, -infinity}, {0, std::nan("")}}) {
    const WriteRequest request = make_request({make_position(make_agent("a1"), base_ms, latitude, longitude)});
    WriteResult result;
    const auto committed = writer_->commit({&request, 1}, {&result, 1});
    ASSERT_FALSE(committed) << latitude << ' ' << longitude;
    EXPECT_EQ(committed.error().code, "record_unusable");
  }
  EXPECT_EQ(counts().agents, 0U);
}

TEST_P(StoreContract, RefusesARecordSetAsideThatNamesNobody) {
  WriteRequest request;
  request.quarantined.push_back({nullptr, "latitude_missing", "{}", from_unix_ms(base_ms)});
  WriteResult result;
  const auto committed = writer_->commit({&request, 1}, {&result, 1});
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().code, "record_unusable");
}

TEST_P(StoreContract, CommitsAGroupOfNothing) {
  EXPECT_TRUE(writer_->commit({}, {}));
  EXPECT_EQ(commit({}).accepted, 0U);
}

TEST_P(StoreContract, KeepsAllAfterReopening) {
  const auto agent = make_agent("a1", "north", "acme", "Asha");
  commit({make_position(agent, base_ms, 1), make_position(agent, base_ms + 1, 2)});
  set_aside(agent, "bad");
  ASSERT_TRUE(writer_->set_membership(OrgId("acme"), UserId("m1"), TeamId("north"), true));
  ASSERT_TRUE(engine_->maintain());
  reopen();
  EXPECT_THAT(history(agent), SizeIs(2));
  EXPECT_DOUBLE_EQ(last_known(agent).fix.at.latitude_deg, 2);
  EXPECT_THAT(quarantined_records({.org = OrgId("acme"), .teams = {}, .agent = {}}), SizeIs(1));
  EXPECT_THAT(*reader_->teams_of(OrgId("acme"), UserId("m1")), SizeIs(1));
  EXPECT_EQ(counts().positions, 2U);
  EXPECT_EQ(commit({make_position(agent, base_ms)}).duplicates, 1U);
}

TEST_P(StoreContract, ReadsOnlyWhatIsCommittedAndSeesItAtOnce) {
  const auto agent = make_agent("a1");
  EXPECT_THAT(history(agent), IsEmpty());
  for (int i = 0; i < 20; ++i) {
    commit({make_position(agent, base_ms + i)});
    EXPECT_THAT(history(agent), SizeIs(static_cast<std::size_t>(i) + 1));
  }
}

TEST_P(StoreContract, MigratesTwiceWithoutAChange) {
  commit({make_position(make_agent("a1"), base_ms)});
  ASSERT_TRUE(engine_->migrate());
  ASSERT_TRUE(database_->engine()->migrate());
  EXPECT_EQ(counts().positions, 1U);
}

TEST_P(StoreContract, TellsWhichMigrationsItWouldRunAndRunsNone) {
  const auto database = GetParam().make_database();
  const auto engine = database->engine();
  for (int i = 0; i < 2; ++i) {
    const auto pending = engine->pending_migrations();
    ASSERT_TRUE(pending) << pending.error().text;
    ASSERT_THAT(*pending, Not(IsEmpty()));
    EXPECT_EQ(pending->front(), "0001_initial");
  }
  ASSERT_TRUE(engine->migrate());
  const auto pending = engine->pending_migrations();
  ASSERT_TRUE(pending) << pending.error().text;
  EXPECT_THAT(*pending, IsEmpty());
  const auto unknown = engine->unknown_migrations();
  ASSERT_TRUE(unknown) << unknown.error().text;
  EXPECT_THAT(*unknown, IsEmpty());
}

TEST_P(StoreContract, MaintainsWhileItWritesAndReads) {
  const auto agent = make_agent("a1");
  std::atomic<bool> done{false};
  std::thread maintenance([&] {
    while (!done) {
      const auto maintained = engine_->maintain();
      EXPECT_TRUE(maintained) << maintained.error().text;
    }
  });
  for (int i = 0; i < 100; ++i) {
    commit({make_position(agent, base_ms + i)});
    EXPECT_EQ(counts().positions, static_cast<std::uint64_t>(i) + 1);
  }
  done = true;
  maintenance.join();
}

/// Not of the fixture's database: this one is still empty.
TEST_P(StoreContract, MigratesAnEmptyDatabaseFromSeveralProcessesAtOnce) {
  for (int round = 0; round < 5; ++round) {
    const auto database = GetParam().make_database();
    std::vector<std::unique_ptr<Engine>> engines;
    for (int i = 0; i < 4; ++i) engines.push_back(database->engine());
    std::vector<std::thread> threads;
    for (auto& engine : engines)
      threads.emplace_back([&engine] {
        const auto migrated = engine->migrate();
        EXPECT_TRUE(migrated) << migrated.error().text;
      });
    for (std::thread& thread : threads) thread.join();
    auto reader = engines[0]->open_reader();
    ASSERT_TRUE(reader) << reader.error().text;
    EXPECT_EQ((*reader)->counts()->agents, 0U);
  }
}

TEST_P(StoreContract, LetsAWriterAfterAnotherSeeWhatThatRegistered) {
  commit({make_position(make_agent("a1", "north"), base_ms)});
  const auto second_engine = database_->engine();
  auto second = second_engine->open_writer();
  ASSERT_TRUE(second);
  const WriteRequest request =
      make_request({make_position(make_agent("a1", "north"), base_ms), make_position(make_agent("a2"), base_ms)});
  WriteResult result;
  ASSERT_TRUE((*second)->commit({&request, 1}, {&result, 1}));
  EXPECT_EQ(result.accepted, 1U);
  EXPECT_EQ(result.duplicates, 1U);
  EXPECT_EQ(commit({make_position(make_agent("a2"), base_ms + 1)}).accepted, 1U);
  EXPECT_EQ(counts().agents, 2U);
}

}  // namespace
}  // namespace fieldcast::store::contract
