// A PostgreSQL server of the tests' own, in a temporary directory, on a Unix socket: no port to collide on.
#pragma once

#include "contract/temporary_directory.hpp"

#include <memory>
#include <string>
#include <sys/types.h>
#include <vector>

namespace fieldcast::store::contract {

class PostgresServer {
 public:
  enum class Durability { full, none };

  /// Throws std::runtime_error when PostgreSQL is missing or does not start: tests that need it must fail.
  /// `settings`: of its configuration, name=value.
  explicit PostgresServer(Durability durability, std::vector<std::string> settings = {});
  /// A replica that streams from a primary, which must outlive it.
  PostgresServer(Durability durability, const PostgresServer& primary);
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  /// The one that tests share, started when it is first asked for.
  static PostgresServer& shared();
  /// Likewise, one that has loaded TimescaleDB. Null where it is not installed: Debian has it not, so that tests which
  /// need it are skipped then (FIELDCAST_TEST_POSTGRES_BIN names the programs of a PostgreSQL that has it).
  static PostgresServer* with_timescale();
  static constexpr const char* no_timescale = "no TimescaleDB here: FIELDCAST_TEST_POSTGRES_BIN is to name one";

  /// For its next start.
  void set(std::vector<std::string> settings) { settings_ = std::move(settings); }
  /// Returns when it answers.
  void start();
  /// SIGINT: open transactions are undone. SIGQUIT: it ends at once, as in a crash. Returns when it has ended.
  void stop(int signal);
  /// Stops every process of it for a while, so that nothing answers but the kernel.
  void freeze(bool frozen);

  std::string url(const std::string& database) const;
  std::string create_database();
  void drop_database(const std::string& name);

 private:
  void give_to_account() const;
  pid_t launch(const std::vector<std::string>& arguments) const;
  void run(const std::vector<std::string>& arguments) const;
  bool answers() const;

  const Durability durability_;
  std::vector<std::string> settings_;
  TemporaryDirectory directory_;
  pid_t pid_ = 0;
  int databases_ = 0;
};

/// A database that ends with its owner.
class PostgresDatabase {
 public:
  explicit PostgresDatabase(PostgresServer& server) : server_(server), name_(server.create_database()) {}
  ~PostgresDatabase() { server_.drop_database(name_); }
  PostgresDatabase(const PostgresDatabase&) = delete;
  PostgresDatabase& operator=(const PostgresDatabase&) = delete;
  std::string url() const { return server_.url(name_); }

 private:
  PostgresServer& server_;
  std::string name_;
};

/// One statement by another hand; the first field of what it gives. Throws when it fails.
std::string sql(const std::string& url, const std::string& statement);

}  // namespace fieldcast::store::contract
