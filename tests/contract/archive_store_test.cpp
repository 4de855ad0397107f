// A day out of a real database and back into it, by every engine.
#include "contract/store_postgres_server.hpp"
#include "contract/temporary_directory.hpp"
#include "fieldcast/archive/archive.hpp"

#include <fstream>
#include <gmock/gmock.h>

namespace fieldcast::archive::contract {
namespace {

using store::Engine;
using store::contract::PostgresServer;
using testing::ElementsAre;
using testing::IsEmpty;

class Database {
 public:
  virtual ~Database() = default;
  virtual std::unique_ptr<Engine> engine() = 0;
};
class Sqlite final : public Database {
 public:
  std::unique_ptr<Engine> engine() override {
    return store::make_sqlite_engine({.file = directory_.file("fieldcast.db"), .cache_kib = 4'096});
  }

 private:
  TemporaryDirectory directory_;
};
class Postgres final : public Database {
 public:
  explicit Postgres(PostgresServer& server) : database_(server) {}
  std::unique_ptr<Engine> engine() override {
    return store::make_postgres_engine({.url = database_.url(), .read_url = {}, .agents_believed = seconds{0}});
  }

 private:
  store::contract::PostgresDatabase database_;
};

struct Body {
  std::string name;
  std::function<std::unique_ptr<Database>()> make_database;  // null: what it takes is not installed
};

AgentIdentityPtr agent(const std::string& id, const char* team = "north", const char* org = "acme") {
  return std::make_shared<const AgentIdentity>(AgentIdentity{OrgId(org), TeamId(team), AgentId(id), "Ann, \"A\""});
}

class ArchiveContract : public testing::TestWithParam<Body> {
 protected:
  void SetUp() override {
    database_ = GetParam().make_database();
    if (database_ == nullptr) GTEST_SKIP() << GetParam().name << " is not installed here";
    engine_ = database_->engine();
    ASSERT_TRUE(engine_->migrate());
    auto writer = engine_->open_writer();
    auto reader = engine_->open_reader();
    auto keeper = engine_->open_keeper();
    ASSERT_TRUE(writer && reader && keeper);
    writer_ = std::move(*writer);
    reader_ = std::move(*reader);
    keeper_ = std::move(*keeper);
  }

  Position position_at(int second, int nth = 0) const {
    Position position;
    position.fix.at = {-12.9715987 + nth * 1e-3, 77.5945627 - second * 1e-5};
    position.fix.recorded_at = Timestamp(day_) + seconds{second};
    position.received_at = position.fix.recorded_at + milliseconds{1'234};
    if (nth % 2 == 0) return position;
    position.fix.accuracy_m = 4.7F;
    position.fix.speed_mps = 0.1F * static_cast<float>(nth);
    position.fix.heading_deg = 359.99997F;
    position.fix.altitude_m = -0.001F;
    position.fix.battery = 1.0F / 3;
    position.fix.activity = Activity::cycling;
    position.fix.attributes = R"({"job":"a,b","note":"say \"hi\"","é":[1,2]})";
    return position;
  }
  void commit(std::vector<AgentPosition> positions) {
    store::WriteRequest request;
    request.positions = std::move(positions);
    store::WriteResult result;
    const auto committed = writer_->commit({&request, 1}, {&result, 1});
    ASSERT_TRUE(committed) << committed.error().text;
    ASSERT_EQ(result.accepted, request.positions.size());
  }
  /// Ids that a locale would sort otherwise, and a second organisation with the same ones.
  void fill() {
    std::vector<AgentPosition> positions;
    for (const char* org : {"acme", "Beta"})
      for (const char* id : {"b", "B", "a-1", "a1", "\xc3\xa9", "7,\"x\""})
        for (int i = 0; i < 300; ++i) positions.push_back({agent(id, "north", org), position_at(i * 60, i)});
    commit(std::move(positions));
  }
  std::vector<Day> stored_days() {
    std::vector<Day> days;
    for (const store::StoredDay& day : *keeper_->days()) days.push_back(day.day);
    return days;
  }
  Result<Restored> restore() {
    return restore_day(*keeper_, *writer_, *reader_, *place_, day_, day_ + std::chrono::days{400});
  }

  const Day day_ = std::chrono::year{2025} / 11 / 20;
  TemporaryDirectory directory_;
  const std::unique_ptr<Place> place_ = *make_place(directory_.file("archive"));
  std::unique_ptr<Database> database_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<store::Writer> writer_;
  std::unique_ptr<store::Reader> reader_;
  std::unique_ptr<store::Keeper> keeper_;
};

TEST_P(ArchiveContract, ADroppedDayComesBackChecksumForChecksum) {
  fill();
  const auto archived = archive_day(*keeper_, *place_, day_);
  ASSERT_TRUE(archived) << archived.error().text;
  EXPECT_EQ(archived->rows, 3'600U);
  ASSERT_TRUE(*holds(*keeper_, *place_, day_));
  ASSERT_TRUE(keeper_->drop_day(day_));
  ASSERT_THAT(stored_days(), IsEmpty());
  const auto restored = restore();
  ASSERT_TRUE(restored) << restored.error().text;
  EXPECT_EQ(restored->accepted, 3'600U);
  EXPECT_THAT(stored_days(), ElementsAre(day_));
  EXPECT_EQ(keeper_->days()->front().held_until, day_ + std::chrono::days{400});
  // Written from the database alone, the day has the same checksum.
  const auto again = archive_day(*keeper_, *place_, day_, Start::anew);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->sha256, archived->sha256);
}

TEST_P(ArchiveContract, ADayThatWasClosedHasTheSameChecksum) {
  fill();
  const auto archived = *archive_day(*keeper_, *place_, day_);
  ASSERT_TRUE(keeper_->close_day(day_));
  EXPECT_EQ(archive_day(*keeper_, *place_, day_, Start::anew)->sha256, archived.sha256);
}

TEST_P(ArchiveContract, TheIndexSaysWhatIsArchived) {
  fill();
  const auto archived = *archive_day(*keeper_, *place_, day_);
  const auto noted = *keeper_->archived_days();
  ASSERT_EQ(noted.size(), 1U);
  EXPECT_EQ(noted[0].day, day_);
  EXPECT_EQ(noted[0].rows, 3'600U);
  EXPECT_EQ(noted[0].sha256, archived.sha256);
  EXPECT_EQ(noted[0].place, directory_.file("archive"));
  EXPECT_EQ(noted[0].archived_at, archived.archived_at);
  EXPECT_THAT(*days_to_archive(*keeper_, day_ + std::chrono::days{1}), IsEmpty());
}

TEST_P(ArchiveContract, LateRowsOfADroppedDayAreAddedToItsArchive) {
  fill();
  ASSERT_TRUE(archive_day(*keeper_, *place_, day_));
  ASSERT_TRUE(keeper_->drop_day(day_));
  commit({{agent("late"), position_at(7)}});
  EXPECT_FALSE(*holds(*keeper_, *place_, day_));
  EXPECT_EQ(archive_day(*keeper_, *place_, day_)->rows, 3'601U);
  EXPECT_TRUE(*holds(*keeper_, *place_, day_));
}

TEST_P(ArchiveContract, WhoIsErasedLeavesTheArchiveAndIsForgotten) {
  fill();
  ASSERT_TRUE(archive_day(*keeper_, *place_, day_));
  const AgentKey gone = agent("a1")->key();
  ASSERT_THAT(keeper_->traces_of(gone)->archived, ElementsAre(day_));
  ASSERT_TRUE(keeper_->erase(gone));
  ASSERT_EQ(*erase_from_archive(*keeper_, *place_, gone), 1U);
  ASSERT_TRUE(keeper_->erase(gone));
  EXPECT_TRUE(keeper_->traces_of(gone)->none());
  EXPECT_THAT(keeper_->traces_of(agent("a1", "north", "Beta")->key())->archived, ElementsAre(day_));
  EXPECT_TRUE(*holds(*keeper_, *place_, day_));
  ASSERT_TRUE(keeper_->drop_day(day_));
  EXPECT_EQ(restore()->accepted, 3'300U);
  EXPECT_TRUE(keeper_->traces_of(gone)->none());
}

TEST_P(ArchiveContract, AnAgentThatMovedStaysWhereItIsWhenAnOldDayComesBack) {
  fill();
  ASSERT_TRUE(archive_day(*keeper_, *place_, day_));
  ASSERT_TRUE(keeper_->drop_day(day_));
  Position later = position_at(0);
  later.fix.recorded_at += std::chrono::days{3};
  commit({{agent("b", "south"), later}});
  ASSERT_TRUE(restore());
  std::map<std::string, std::pair<std::string, Timestamp>> known;
  ASSERT_TRUE(reader_->agents(std::nullopt, [&](const AgentIdentityPtr& each, const std::optional<Position>& last) {
    if (each->org.str() == "acme" && last) known[each->agent.str()] = {each->team.str(), last->fix.recorded_at};
  }));
  EXPECT_EQ(known["b"], std::pair(std::string("south"), later.fix.recorded_at));
  EXPECT_EQ(known["a1"].first, "north");
}

TEST_P(ArchiveContract, ADamagedArchiveRestoresNothing) {
  fill();
  ASSERT_TRUE(archive_day(*keeper_, *place_, day_));
  ASSERT_TRUE(keeper_->drop_day(day_));
  const auto names = *place_->list("2025/11");
  const std::string object = directory_.file("archive/2025/11/" + names[0]);
  std::filesystem::resize_file(object, std::filesystem::file_size(object) - 1);
  EXPECT_EQ(restore().error().code, "archive_damaged");
  EXPECT_THAT(stored_days(), IsEmpty());
}

TEST_P(ArchiveContract, AFreshDatabaseIsFilledFromTheArchiveOfAnother) {
  fill();
  const auto archived = *archive_day(*keeper_, *place_, day_);
  const auto other = GetParam().make_database();
  const auto engine = other->engine();
  ASSERT_TRUE(engine->migrate());
  const auto writer = *engine->open_writer();
  const auto reader = *engine->open_reader();
  const auto keeper = *engine->open_keeper();
  ASSERT_TRUE(restore_day(*keeper, *writer, *reader, *place_, day_, day_ + std::chrono::days{400}));
  EXPECT_TRUE(*holds(*keeper, *place_, day_));
  EXPECT_EQ(keeper->archived_days()->front().sha256, archived.sha256);
  EXPECT_THAT(keeper->traces_of(agent("B")->key())->archived, ElementsAre(day_));
}

std::unique_ptr<Database> on(PostgresServer* server) {
  return server == nullptr ? nullptr : std::make_unique<Postgres>(*server);
}

INSTANTIATE_TEST_SUITE_P(Engines, ArchiveContract,
                         testing::Values(Body{"sqlite",
                                              [] { return std::unique_ptr<Database>(std::make_unique<Sqlite>()); }},
                                         Body{"postgres", [] { return on(&PostgresServer::shared()); }},
                                         Body{"timescale", [] { return on(PostgresServer::with_timescale()); }}),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace fieldcast::archive::contract
