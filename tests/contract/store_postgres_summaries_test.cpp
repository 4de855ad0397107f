// Summaries on PostgreSQL: positions written without marks, marks that come while hours are worked on, and that nobody
// waits.
#include "contract/store_contract.hpp"
#include "contract/store_postgres_server.hpp"
#include "fieldcast/store/summaries.hpp"

#include <atomic>
#include <gmock/gmock.h>
#include <pqxx/pqxx>
#include <thread>

namespace fieldcast::store::contract {
namespace {

using std::chrono::days;
using std::chrono::hours;

constexpr Timestamp day = std::chrono::sys_days{std::chrono::year{2023} / 11 / 14};
constexpr Timestamp later = day + days{30};

class PostgresSummaries : public testing::Test {
 protected:
  void SetUp() override {
    engine_ = make_postgres_engine({.url = database_.url(), .read_url = {}});
    ASSERT_TRUE(engine_->migrate());
    writer_ = std::move(*engine_->open_writer());
    reader_ = std::move(*engine_->open_reader());
    summariser_ = std::move(*engine_->open_summariser());
  }
  std::string ask(const std::string& statement) const { return sql(database_.url(), statement); }
  void commit(std::vector<AgentPosition> positions) {
    const WriteRequest request = make_request(std::move(positions));
    WriteResult result;
    const auto committed = writer_->commit({&request, 1}, {&result, 1});
    ASSERT_TRUE(committed) << committed.error().text;
  }
  AgentPosition at(seconds after, const char* agent = "a1") const {
    return make_position(make_agent(agent), to_unix_ms(day + after), 50, 8);
  }
  std::size_t work(Timestamp now = later) {
    const auto done = summariser_->work(now, 10'000);
    EXPECT_TRUE(done) << done.error().text;
    return done ? *done : 0;
  }
  AgentSummaries read(Timestamp from = day, Timestamp to = day + days{5}) {
    auto answer = reader_->summaries(SummaryQuery{make_agent("a1")->key(), Bucket::hour, from, to});
    EXPECT_TRUE(answer) << answer.error().text;
    return answer ? *answer : AgentSummaries{};
  }
  /// As a program left it that makes no marks.
  void unmark() {
    ask("DELETE FROM summaries_due");
    ask("INSERT INTO summaries_unmarked SELECT fieldcast_days() ON CONFLICT DO NOTHING");
  }

  PostgresDatabase database_{PostgresServer::shared()};
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<Reader> reader_;
  std::unique_ptr<Summariser> summariser_;
};

TEST_F(PostgresSummaries, AreMadeOfPositionsThatWereWrittenWithoutMarks) {
  commit({at(hours{1}), at(hours{2}), at(hours{30}), at(hours{2}, "a2")});
  unmark();
  EXPECT_EQ(read().buckets.size(), 3U) << "an answer does not wait";
  EXPECT_EQ(read().complete_until, day + days{5});
  const auto team =
      reader_->summaries(TeamSummaryQuery{{OrgId("acme"), TeamId("north")}, Bucket::day, day, day + days{5}});
  ASSERT_TRUE(team);
  EXPECT_EQ(team->complete_until, day);
  EXPECT_EQ(work(), 4U);
  EXPECT_EQ(ask("SELECT count(*) FROM summaries_unmarked WHERE day < '2023-12-01'"), "0");
  EXPECT_EQ(ask("SELECT count(*) FROM hours"), "4");
  EXPECT_EQ(ask("SELECT count(*) FROM days_of_agents"), "3");
  EXPECT_EQ(read().buckets.size(), 3U);
}

TEST_F(PostgresSummaries, OfADayWithoutMarksWaitUntilNobodyWritesToIt) {
  commit({at(hours{1})});
  unmark();
  EXPECT_EQ(work(day + days{1} + hours{1} - milliseconds{1}), 0U);
  EXPECT_EQ(work(day + days{1} + hours{1}), 1U);
}

TEST_F(PostgresSummaries, AreKeptWhenTheirPositionsAreGone) {
  commit({at(hours{1}), at(hours{2}), at(hours{2} + std::chrono::minutes{1})});
  work();
  ask("DELETE FROM positions");
  commit({at(hours{2} + std::chrono::minutes{2}), at(hours{3})});
  work();
  EXPECT_EQ(ask("SELECT string_agg(fixes::text, ' ' ORDER BY hour) FROM hours"), "1 2 1");
  EXPECT_EQ(ask("SELECT fixes FROM days_of_agents"), "4");
  const AgentSummaries answer = read();
  ASSERT_EQ(answer.buckets.size(), 3U);
  EXPECT_EQ(answer.buckets[1].figures.fixes, 2U);
}

TEST_F(PostgresSummaries, LeaveAMarkThatIsMadeAgainRightNow) {
  commit({at(hours{1})});
  pqxx::connection connection(database_.url());
  pqxx::work other(connection);
  other.exec("UPDATE summaries_due SET marks = marks + 1 WHERE extract(hour FROM hour AT TIME ZONE 'UTC') = 1");
  auto done = summariser_->work(later, 2);
  ASSERT_TRUE(done) << done.error().text << ": it must not wait";
  other.commit();
  EXPECT_EQ(ask("SELECT count(*) FROM summaries_due"), "1");
  EXPECT_EQ(work(), 1U);
  EXPECT_EQ(work(), 0U);
}

TEST_F(PostgresSummaries, LeaveAMarkThatWasMadeAgainSinceItWasRead) {
  commit({at(hours{1})});
  ask("CREATE FUNCTION mark_again() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
      "UPDATE summaries_due SET marks = marks + 1; RETURN NULL; END $$");
  ask("CREATE TRIGGER while_working AFTER INSERT ON hours EXECUTE FUNCTION mark_again()");
  ASSERT_TRUE(summariser_->work(later, 2));
  EXPECT_EQ(ask("SELECT string_agg(marks::text, ' ') FROM summaries_due"), "2 2");
  ask("DROP TRIGGER while_working ON hours");
  EXPECT_EQ(work(), 2U);
  EXPECT_EQ(ask("SELECT count(*) FROM summaries_due"), "0");
}

TEST_F(PostgresSummaries, AreDoneAgainWhenTheWorkWasCutOff) {
  commit({at(hours{1}), at(hours{2})});
  ask("CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$");
  for (const char* table : {"hours", "days_of_agents", "summaries_due"}) {
    const std::string event = table == std::string_view("summaries_due") ? "DELETE" : "INSERT";
    ask("CREATE TRIGGER broken BEFORE " + event + " ON " + table + " FOR EACH ROW EXECUTE FUNCTION fail()");
    EXPECT_FALSE(summariser_->work(later, 10)) << table;
    EXPECT_EQ(read().buckets.size(), 2U) << table;
    EXPECT_EQ(read().complete_until, day + days{5}) << table;
    ask(std::string("DROP TRIGGER broken ON ") + table);
  }
  EXPECT_EQ(work(), 3U);
  EXPECT_EQ(read().buckets.size(), 2U);
}

TEST_F(PostgresSummaries, NeitherMakeCommitsFailNorLoseAFixWhenManyWriteAndWork) {
  std::atomic<bool> stop{false};
  std::vector<std::thread> workers;
  for (int i = 0; i < 2; ++i)
    workers.emplace_back([&] {
      auto summariser = engine_->open_summariser();
      ASSERT_TRUE(summariser);
      while (!stop) EXPECT_TRUE((*summariser)->work(later, 500));
    });
  std::vector<std::thread> writers;
  for (int w = 0; w < 2; ++w)
    writers.emplace_back([&, w] {
      auto writer = engine_->open_writer();
      ASSERT_TRUE(writer);
      for (int round = 0; round < 60; ++round) {
        std::vector<AgentPosition> positions;
        for (int i = 0; i < 40; ++i)
          positions.push_back(make_position(make_agent(("b" + std::to_string(i)).c_str()),
                                            to_unix_ms(day) + (round * 2 + w) * 60'000, 50, 8));
        const WriteRequest request = make_request(std::move(positions));
        WriteResult result;
        const auto committed = (*writer)->commit({&request, 1}, {&result, 1});
        EXPECT_TRUE(committed) << committed.error().text;
      }
    });
  for (std::thread& writer : writers) writer.join();
  stop = true;
  for (std::thread& worker : workers) worker.join();
  work();
  EXPECT_EQ(ask("SELECT string_agg(DISTINCT fixes::text, ' ') FROM hours"), "60");
  EXPECT_EQ(ask("SELECT count(*) FROM hours"), "80");
  EXPECT_EQ(ask("SELECT string_agg(DISTINCT fixes::text, ' ') FROM days_of_agents"), "120");
}

}  // namespace
}  // namespace fieldcast::store::contract
