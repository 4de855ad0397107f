// What is particular to the SQLite engine: files, the log, migrations, trouble with the disk.
#include "contract/temporary_directory.hpp"
#include "fake_engine.hpp"
#include "sqlite_file.hpp"

#include <csignal>
#include <fstream>
#include <gmock/gmock.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>

namespace fieldcast::store {
namespace {

using testing::HasSubstr;

mode_t mode_of(const std::string& path) {
  struct stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 0777U;
}

TEST(SqliteEngine, CreatesFileAndDirectoriesForTheOwnerOnly) {
  const TemporaryDirectory directory;
  const std::string file = directory.file("deep/er/fieldcast.db");
  const auto engine = make_sqlite_engine({.file = file});
  ASSERT_TRUE(engine->migrate());
  auto writer = engine->open_writer();
  ASSERT_TRUE(writer);
  EXPECT_EQ(mode_of(file), 0600U);
  EXPECT_EQ(mode_of(directory.file("deep/er")), 0700U);
  EXPECT_EQ(mode_of(directory.file("deep")), 0700U);
  const WriteRequest request = make_request(1);
  WriteResult result;
  ASSERT_TRUE((*writer)->commit({&request, 1}, {&result, 1}));
  EXPECT_EQ(mode_of(file + "-wal"), 0600U);
}

TEST(SqliteEngine, LeavesTheModeOfAFileThatIsThere) {
  const TemporaryDirectory directory;
  const std::string file = directory.file("fieldcast.db");
  std::ofstream(file).close();
  ASSERT_EQ(::chmod(file.c_str(), 0640), 0);
  ASSERT_TRUE(make_sqlite_engine({.file = file})->migrate());
  EXPECT_EQ(mode_of(file), 0640U);
}

TEST(SqliteEngine, SaysWhatIsWrongWithAPath) {
  const TemporaryDirectory directory;
  std::ofstream(directory.file("plain")).close();
  for (const std::string& file : {std::string(), directory.file("plain/fieldcast.db"), directory.file("")}) {
    const auto migrated = make_sqlite_engine({.file = file})->migrate();
    ASSERT_FALSE(migrated) << file;
    EXPECT_EQ(migrated.error().code, "store_unavailable");
    EXPECT_FALSE(migrated.error().text.empty());
  }
}

TEST(SqliteEngine, RefusesAFileThatIsNoDatabase) {
  const TemporaryDirectory directory;
  const std::string file = directory.file("fieldcast.db");
  std::ofstream(file) << std::string(8'192, 'x');
  const auto migrated = make_sqlite_engine({.file = file})->migrate();
  ASSERT_FALSE(migrated);
  EXPECT_EQ(migrated.error().code, "store_unavailable");
  EXPECT_THAT(migrated.error().text, HasSubstr("not a database"));
}

TEST(SqliteEngine, DoesNotOpenAWriterWithoutASchema) {
  const TemporaryDirectory directory;
  const auto engine = make_sqlite_engine({.file = directory.file("fieldcast.db")});
  EXPECT_FALSE(engine->open_writer());
  EXPECT_FALSE(engine->open_reader());
}

TEST(SqliteEngine, RefusesAMigrationThatWasChangedAfterItWasApplied) {
  const TemporaryDirectory directory;
  const std::string file = directory.file("fieldcast.db");
  ASSERT_TRUE(make_sqlite_engine({.file = file})->migrate());
  Sql(file).run("UPDATE schema_migrations SET checksum = 'other' WHERE version = 1");
  const auto migrated = make_sqlite_engine({.file = file})->migrate();
  ASSERT_FALSE(migrated);
  EXPECT_EQ(migrated.error().code, "schema_unusable");
}

TEST(SqliteEngine, DoesNotMigrateADatabaseOfALaterBinary) {
  const TemporaryDirectory directory;
  const std::string file = directory.file("fieldcast.db");
  ASSERT_TRUE(make_sqlite_engine({.file = file})->migrate());
  Sql(file).run("INSERT INTO schema_migrations VALUES (9999, 'later', 'x', 0)");
  const auto migrated = make_sqlite_engine({.file = file})->migrate();
  ASSERT_FALSE(migrated);
  EXPECT_EQ(migrated.error().code, "schema_unusable");
  EXPECT_THAT(*make_sqlite_engine({.file = file})->unknown_migrations(), testing::ElementsAre(9'999));
}

TEST(SqliteStore, WorksOnTheDatabaseOfALaterBinaryThatOnlyAddedToIt) {
  const TemporaryDirectory directory;
  const std::string file = directory.file("fieldcast.db");
  ASSERT_TRUE(make_sqlite_engine({.file = file})->migrate());
  Sql(file).run(
      "INSERT INTO schema_migrations VALUES (9999, 'later', 'x', 0); ALTER TABLE agents ADD COLUMN more TEXT");
  Answers answers;
  Store store(make_sqlite_engine({.file = file}), {}, answers.deliver(), {});
  EXPECT_THAT(store.unknown_migrations(), testing::ElementsAre(9'999));
  ASSERT_TRUE(store.submit(make_request(1)));
  EXPECT_TRUE(answers.of(1).committed);
}

TEST(SqliteEngine, NotesEveryMigrationOnce) {
  const TemporaryDirectory directory;
  const std::string file = directory.file("fieldcast.db");
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(make_sqlite_engine({.file = file})->migrate());
  Sql sql(file);
  EXPECT_EQ(sql.run("SELECT count(*) FROM schema_migrations WHERE version = 1"), "1");
  EXPECT_EQ(sql.run("SELECT count(*) FROM schema_migrations WHERE applied_at < 1600000000000"), "0");
}

TEST(SqliteEngine, StoresAbsentNumbersAsNullAndCoordinatesAsIntegers) {
  const TemporaryDirectory directory;
  const std::string file = directory.file("fieldcast.db");
  const auto engine = make_sqlite_engine({.file = file});
  ASSERT_TRUE(engine->migrate());
  ASSERT_TRUE(commit_one(*engine, 1));
  Sql sql(file);
  EXPECT_EQ(sql.run("SELECT latitude_e7 FROM positions"), "125000000");
  EXPECT_EQ(sql.run("SELECT typeof(longitude_e7) FROM last_known"), "integer");
  EXPECT_EQ(sql.run("SELECT count(*) FROM positions WHERE accuracy_m IS NULL AND battery IS NULL AND "
                    "activity IS NULL AND attributes IS NULL"),
            "1");
}

TEST(SqliteEngine, FindsQuarantineAndHistoryByAnIndexWithoutSorting) {
  const TemporaryDirectory directory;
  const std::string file = directory.file("fieldcast.db");
  ASSERT_TRUE(make_sqlite_engine({.file = file})->migrate());
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &database), SQLITE_OK);
  for (const std::string query :
       {"SELECT * FROM quarantine WHERE org = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3",
        "SELECT * FROM quarantine WHERE org = ?1 AND team = ?4 AND id < ?2 ORDER BY id DESC LIMIT ?3",
        "SELECT * FROM quarantine WHERE org = ?1 AND agent = ?4 AND id < ?2 ORDER BY id DESC LIMIT ?3",
        "SELECT * FROM positions WHERE agent_id = ?1 AND recorded_at >= ?2 ORDER BY recorded_at LIMIT ?3"}) {
    std::string plan;
    const auto add = [](void* out, int, char** values, char**) {
      *static_cast<std::string*>(out) += std::string(values[3]) + "; ";
      return 0;
    };
    ASSERT_EQ(sqlite3_exec(database, ("EXPLAIN QUERY PLAN " + query).c_str(), add, &plan, nullptr), SQLITE_OK);
    EXPECT_THAT(plan, HasSubstr("SEARCH")) << query;
    EXPECT_THAT(plan, Not(HasSubstr("TEMP B-TREE"))) << query;
  }
  sqlite3_close(database);
}

TEST(SqliteEngine, CopiesTheLogIntoTheDatabaseOnlyWhenItMaintains) {
  const TemporaryDirectory directory;
  const std::string file = directory.file("fieldcast.db");
  const auto engine = make_sqlite_engine({.file = file});
  ASSERT_TRUE(engine->migrate());
  auto reader = engine->open_reader();  // keeps the log: the last to close would fold it in
  ASSERT_TRUE(commit_one(*engine, 1, 20'000));
  const auto before = std::filesystem::file_size(file);
  EXPECT_GT(std::filesystem::file_size(file + "-wal"), 500'000U);
  ASSERT_TRUE(engine->maintain());
  EXPECT_GT(std::filesystem::file_size(file), before + 500'000);
}

TEST(SqliteEngine, CutsALogThatGrewLong) {
  const TemporaryDirectory directory;
  const std::string file = directory.file("fieldcast.db");
  const auto engine = make_sqlite_engine({.file = file});
  ASSERT_TRUE(engine->migrate());
  auto reader = engine->open_reader();
  {
    Sql sql(file);
    sql.run("PRAGMA wal_autocheckpoint = 0; CREATE TABLE ballast (bytes BLOB)");
    sql.run("INSERT INTO ballast VALUES (zeroblob(70000000))");
    EXPECT_GT(std::filesystem::file_size(file + "-wal"), 64U << 20U);
    ASSERT_TRUE(engine->maintain());
    EXPECT_EQ(std::filesystem::file_size(file + "-wal"), 0U);
  }
}

TEST(SqliteEngine, EndsAReadThatTakesTooLong) {
  const TemporaryDirectory directory;
  const std::string file = directory.file("fieldcast.db");
  const auto engine = make_sqlite_engine({.file = file, .reads_time_max = milliseconds{0}});
  ASSERT_TRUE(engine->migrate());
  ASSERT_TRUE(commit_one(*engine, 1, 20'000));
  auto reader = engine->open_reader();
  ASSERT_TRUE(reader);
  const auto read = (*reader)->history(
      {.agent = {OrgId("acme"), AgentId("a1")}, .after = {}, .limit = std::numeric_limits<std::size_t>::max()});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, "store_unavailable");
  EXPECT_THAT(read.error().text, HasSubstr("interrupted"));
}

TEST(SqliteEngine, LeavesNoReaderOpenAfterACall) {
  const TemporaryDirectory directory;
  const std::string file = directory.file("fieldcast.db");
  const auto engine = make_sqlite_engine({.file = file});
  ASSERT_TRUE(engine->migrate());
  ASSERT_TRUE(commit_one(*engine, 1, 100));
  auto reader = engine->open_reader();
  ASSERT_TRUE((*reader)->history({.agent = {OrgId("acme"), AgentId("a1")}, .after = {}, .limit = 3}));
  ASSERT_TRUE((*reader)->quarantine({.org = OrgId("acme"), .teams = {}, .agent = AgentId("a1"), .limit = 0}));
  ASSERT_TRUE((*reader)->counts());
  // A checkpoint that cuts the log says 0 (not busy) only when nobody reads.
  EXPECT_EQ(Sql(file).run("PRAGMA busy_timeout = 0; PRAGMA wal_checkpoint(TRUNCATE)"), "0");
}

TEST(SqliteStore, RecoversByItselfWhenALockOnTheDatabaseEnds) {
  const TemporaryDirectory directory;
  const std::string file = directory.file("fieldcast.db");
  Answers answers;
  Store store(make_sqlite_engine({.file = file, .busy_timeout = milliseconds{5}}), {}, answers.deliver(), {});
  Sql other(file);
  other.run("BEGIN IMMEDIATE");
  ASSERT_TRUE(store.submit(make_request(1)));
  EXPECT_FALSE(answers.of(1).committed);
  EXPECT_EQ(store.state(), Store::State::failing);
  EXPECT_THAT(store.last_failure(), HasSubstr("locked"));
  other.run("ROLLBACK");
  ASSERT_TRUE(submit_in_the_end(store, 2));
  EXPECT_TRUE(answers.of(2).committed);
  EXPECT_EQ(store.state(), Store::State::ok);
  store.stop();
  EXPECT_EQ(other.run("SELECT count(*) FROM positions"), "1");
}

TEST(SqliteStore, WaitsForALockThatIsShort) {
  const TemporaryDirectory directory;
  const std::string file = directory.file("fieldcast.db");
  Answers answers;
  Store store(make_sqlite_engine({.file = file, .busy_timeout = seconds{20}}), {}, answers.deliver(), {});
  Sql other(file);
  other.run("BEGIN IMMEDIATE");
  ASSERT_TRUE(store.submit(make_request(1)));
  while (store.waiting_fixes() != 0) std::this_thread::yield();
  other.run("ROLLBACK");
  EXPECT_TRUE(answers.of(1).committed);
}

/// No file of this process may grow while this lives: a full disk.
class FullDisk {
 public:
  explicit FullDisk(std::uintmax_t bytes) {
    before_handler_ = std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, before_handler_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
  void (*before_handler_)(int) = SIG_DFL;
};

TEST(SqliteEngine, ShowsByACommitOfNothingWhetherTheDiskTakesWrites) {
  const TemporaryDirectory directory;
  const std::string file = directory.file("fieldcast.db");
  const auto engine = make_sqlite_engine({.file = file});
  ASSERT_TRUE(engine->migrate());
  const auto writer = engine->open_writer();
  ASSERT_TRUE(writer);
  ASSERT_TRUE((*writer)->commit({}, {}));
  {
    const FullDisk full(std::filesystem::file_size(file + "-wal"));
    EXPECT_EQ((*writer)->commit({}, {}).error().code, "store_unavailable");
  }
  EXPECT_TRUE((*writer)->commit({}, {}));
}

TEST(SqliteStore, LosesNothingAndRecoversWhenADiskWasFull) {
  const TemporaryDirectory directory;
  const std::string file = directory.file("fieldcast.db");
  Answers answers;
  Settings settings;
  settings.maintain_every = seconds{3'600};
  Store store(make_sqlite_engine({.file = file}), settings, answers.deliver(), {});
  ASSERT_TRUE(store.submit(make_request(1)));
  ASSERT_TRUE(answers.of(1).committed);
  {
    const FullDisk full(std::filesystem::file_size(file + "-wal"));
    ASSERT_TRUE(store.submit(make_request(2, 0, 500)));
    EXPECT_FALSE(answers.of(2).committed);
    EXPECT_EQ(store.state(), Store::State::failing);
    ASSERT_TRUE(submit_in_the_end(store, 3));
    EXPECT_FALSE(answers.of(3).committed);
  }
  ASSERT_TRUE(submit_in_the_end(store, 4));
  EXPECT_TRUE(answers.of(4).committed);
  store.stop();
  Sql sql(file);
  EXPECT_EQ(sql.run("SELECT count(*) FROM positions"), "2");
  EXPECT_EQ(sql.run("SELECT positions FROM totals"), "2");
  EXPECT_EQ(sql.run("PRAGMA integrity_check"), "ok");
}

TEST(SqliteStore, ReadsWhileItWrites) {
  const TemporaryDirectory directory;
  Answers answers;
  Settings settings;
  settings.flush_after = milliseconds{0};
  Store store(make_sqlite_engine({.file = directory.file("fieldcast.db")}), settings, answers.deliver(), {});
  std::atomic<int> reads{0}, failed{0};
  for (std::uint64_t i = 0; i < 200; ++i) {
    ASSERT_TRUE(store.submit(make_request(i)));
    static_cast<void>(store.read([&](Reader& reader) {
      const auto positions = reader.history({.agent = {OrgId("acme"), AgentId("a1")}, .after = {}});
      positions ? ++reads : ++failed;
    }));
  }
  store.stop();
  EXPECT_EQ(answers.count(), 200U);
  EXPECT_GT(reads, 0);
  EXPECT_EQ(failed, 0);
}

}  // namespace
}  // namespace fieldcast::store
