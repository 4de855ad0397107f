#include "fieldcast/store/engine.hpp"

#include "fieldcast/base/ownership.hpp"
#include "keeper.hpp"
#include "migrations.hpp"
#include "reader.hpp"
#include "summariser.hpp"
#include "writer.hpp"

#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace fieldcast::store {
namespace {

using sqlite::Connection;

constexpr std::uintmax_t log_bytes_max = 64U << 20U;

/// While it waits for readers, a truncating checkpoint holds the lock that commits need.
constexpr milliseconds checkpoint_wait_max{200};

std::string errno_text(const std::string& what, const std::filesystem::path& path) {
  return what + " " + path.string() + ": " + std::generic_category().message(errno);
}

/// What is missing of the path, for the owner only: it will hold where people are.
Result<void> make_directories(const std::filesystem::path& directory) {
  std::filesystem::path path;
  for (const auto& part : directory) {
    path /= part;
    std::error_code unknown;
    if (std::filesystem::is_directory(path, unknown)) continue;
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
      return Error{"store_unavailable", errno_text("cannot create", path)};
  }
  return {};
}

/// Never opens a file that is there: closing it again would drop the locks that this process holds on it.
Result<void> create_file(const std::string& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor >= 0) {
    ::close(descriptor);
  } else if (errno != EEXIST) {
    return Error{"store_unavailable", errno_text("cannot create", file)};
  }
  return {};
}

/// Two processes that create a database at once meet here, where sqlite does not wait by itself.
Result<void> use_write_ahead_log(Connection& connection, milliseconds wait_max) {
  const SteadyTime deadline = std::chrono::steady_clock::now() + wait_max;
  for (;;) {
    auto switched = connection.execute("PRAGMA journal_mode = WAL");
    const int code = sqlite3_errcode(connection.handle()) & 0xff;
    if (switched || code != SQLITE_BUSY || std::chrono::steady_clock::now() > deadline) return switched;
    std::this_thread::sleep_for(milliseconds{5});
  }
}

class SqliteEngine final : public Engine {
 public:
  explicit SqliteEngine(SqliteSettings settings) : settings_(std::move(settings)) {}

  Result<void> migrate() override {
    if (settings_.file.empty()) return Error{"store_unavailable", "no file is named for the SQLite store"};
    const std::filesystem::path directory = std::filesystem::path(settings_.file).parent_path();
    if (auto created = make_directories(directory); !created) return created;
    if (auto created = create_file(settings_.file); !created) return created;
    auto connection = open(settings_.busy_timeout, settings_.cache_kib);
    if (!connection) return connection.error();
    // A commit writes each page it touches, and rows of many agents are on as many pages. At 1 KiB a row costs
    // about 0.4 of the bytes that it costs at 4 KiB once the history is large; on a small one it saves little
    // and costs up to half more CPU. Only an empty file heeds this.
    if (auto sized = connection->execute("PRAGMA page_size = 1024"); !sized) return sized;
    if (auto switched = use_write_ahead_log(*connection, settings_.busy_timeout); !switched) return switched;
    return sqlite::apply_migrations(*connection);
  }

  Result<std::vector<std::string>> pending_migrations() override {
    std::error_code unknown;
    if (!std::filesystem::exists(settings_.file, unknown)) return sqlite::all_migrations();
    auto connection = open(settings_.busy_timeout, settings_.cache_kib / 8);
    if (!connection) return connection.error();
    return sqlite::pending_migrations(*connection);
  }

  Result<std::vector<std::int64_t>> unknown_migrations() override {
    auto connection = open(settings_.busy_timeout, settings_.cache_kib / 8);
    if (!connection) return connection.error();
    return sqlite::unknown_migrations(*connection);
  }

  /// A database takes one writer at a time.
  std::size_t writers_useful() const override { return 1; }

  Result<std::unique_ptr<Writer>> open_writer() override {
    auto connection = open(settings_.busy_timeout, settings_.cache_kib);
    if (!connection) return connection.error();
    return sqlite::make_writer(std::move(*connection), settings_.rules_believed);
  }

  Result<std::unique_ptr<Reader>> open_reader() override {
    auto connection = open(settings_.busy_timeout, settings_.cache_kib / 8);
    if (!connection) return connection.error();
    if (auto set = connection->execute("PRAGMA query_only = 1"); !set) return set.error();
    return sqlite::make_reader(std::move(*connection), settings_.reads_time_max);
  }

  Result<std::unique_ptr<Summariser>> open_summariser() override {
    auto connection = open(settings_.busy_timeout, settings_.cache_kib / 8);
    if (!connection) return connection.error();
    return sqlite::make_summariser(std::move(*connection));
  }

  Result<std::unique_ptr<Keeper>> open_keeper() override {
    auto connection = open(settings_.busy_timeout, settings_.cache_kib / 8);
    if (!connection) return connection.error();
    return sqlite::make_keeper(std::move(*connection));
  }

  /// Copies the log into the database. Without this the log only grows: no connection does it at commit,
  /// where a client would wait for it.
  Result<void> maintain() override FIELDCAST_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    if (!checkpointer_) {
      auto connection = open(checkpoint_wait_max, settings_.cache_kib / 8);
      if (!connection) return connection.error();
      checkpointer_ = std::make_unique<Connection>(std::move(*connection));
    }
    int code = checkpoint(SQLITE_CHECKPOINT_PASSIVE);
    if (code == SQLITE_OK && log_is_long()) code = checkpoint(SQLITE_CHECKPOINT_TRUNCATE);
    if (code == SQLITE_OK || (code & 0xff) == SQLITE_BUSY) return {};  // busy: the next time will do
    const Error error = sqlite::error_of(checkpointer_->handle(), code);
    checkpointer_.reset();
    return error;
  }

  std::string_view name() const override { return "sqlite"; }

 private:
  Result<Connection> open(milliseconds busy_timeout, std::size_t cache_kib) const {
    auto connection = Connection::open(settings_.file, busy_timeout);
    if (!connection) return connection;
    // FULL: a commit is on the disk when it returns. NORMAL loses the last ones on a power cut.
    auto set = connection->execute("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -" +
                                   std::to_string(cache_kib));
    if (!set) return set.error();
    return connection;
  }

  bool log_is_long() const {
    std::error_code no_log;
    const std::uintmax_t bytes = std::filesystem::file_size(settings_.file + "-wal", no_log);
    return !no_log && bytes > log_bytes_max;
  }

  int checkpoint(int mode) FIELDCAST_REQUIRES(mutex_) {
    return sqlite3_wal_checkpoint_v2(checkpointer_->handle(), nullptr, mode, nullptr, nullptr);
  }

  const SqliteSettings settings_;
  Mutex mutex_;
  std::unique_ptr<Connection> checkpointer_ FIELDCAST_GUARDED_BY(mutex_);
};

}  // namespace

std::unique_ptr<Engine> make_sqlite_engine(SqliteSettings settings) {
  return std::make_unique<SqliteEngine>(std::move(settings));
}

}  // namespace fieldcast::store
