// A database file of SQLite, beside the engine that works on it.
#pragma once

#include "fake_engine.hpp"

#include <sqlite3.h>
#include <string>

namespace fieldcast::store {

/// A second hand on the database file.
class Sql {
 public:
  explicit Sql(const std::string& file) {
    EXPECT_EQ(sqlite3_open(file.c_str(), &database_), SQLITE_OK);
    sqlite3_busy_timeout(database_, 10'000);
  }
  ~Sql() { sqlite3_close(database_); }
  Sql(const Sql&) = delete;
  Sql& operator=(const Sql&) = delete;

  std::string run(const std::string& sql) {
    std::string first;
    const auto keep = [](void* out, int, char** values, char**) {
      *static_cast<std::string*>(out) = values[0] == nullptr ? "NULL" : values[0];
      return 0;
    };
    EXPECT_EQ(sqlite3_exec(database_, sql.c_str(), keep, &first, nullptr), SQLITE_OK) << sqlite3_errmsg(database_);
    return first;
  }

 private:
  sqlite3* database_ = nullptr;
};

inline Result<void> commit_one(Engine& engine, std::uint64_t number, std::size_t fixes = 1) {
  auto writer = engine.open_writer();
  if (!writer) return writer.error();
  const WriteRequest request = make_request(number, 0, fixes);
  WriteResult result;
  return (*writer)->commit({&request, 1}, {&result, 1});
}

}  // namespace fieldcast::store
