// Thin ownership over sqlite3: connections, statements, transactions.
//
// Threads: one at a time for a connection and all that belongs to it.
// Errors: by value; `record_unusable` for what a value caused, `store_unavailable` for all else.
#pragma once

#include "fieldcast/base/clock.hpp"
#include "fieldcast/base/result.hpp"

#include <cstdint>
#include <memory>
#include <sqlite3.h>
#include <string>
#include <string_view>

namespace fieldcast::store::sqlite {

Error error_of(sqlite3* database, int code);

/// A prepared statement. Text that is bound must live until the next reset().
class Statement {
 public:
  void bind(int index, std::int64_t value);
  void bind(int index, double value);  // NaN becomes NULL
  void bind(int index, std::string_view value);
  void bind_null(int index);

  /// True: a row is there. False: done. Reports what a bind before it could not do.
  Result<bool> step();
  /// Steps to the end, resets.
  Result<void> run();
  void reset();

  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  double real(int column) const;
  std::string text(int column) const;

 private:
  friend class Connection;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  void note(int code) {
    if (bound_ == SQLITE_OK) bound_ = code;
  }

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int bound_ = SQLITE_OK;
};

/// Ends a read when its scope ends, so that no reader stays open and lets the log grow.
class ResetAtEnd {
 public:
  explicit ResetAtEnd(Statement& statement) : statement_(statement) {}
  ~ResetAtEnd() { statement_.reset(); }
  ResetAtEnd(const ResetAtEnd&) = delete;
  ResetAtEnd& operator=(const ResetAtEnd&) = delete;

 private:
  Statement& statement_;
};

class Connection {
 public:
  /// The file must exist.
  static Result<Connection> open(const std::string& file, milliseconds busy_timeout);

  Result<Statement> prepare(std::string_view sql);
  Result<void> execute(const std::string& sql);
  /// Rows changed by the last statement.
  int changes() const { return sqlite3_changes(handle_.get()); }
  bool in_transaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }
  sqlite3* handle() const { return handle_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
  };
  explicit Connection(sqlite3* database) : handle_(database) {}
  std::unique_ptr<sqlite3, Close> handle_;
};

/// BEGIN IMMEDIATE, for a deferred transaction that turns writer fails at once, whatever the
/// busy timeout. Rolls back unless committed.
class Transaction {
 public:
  explicit Transaction(Connection& connection) : connection_(connection) {}
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  Result<void> begin() { return connection_.execute("BEGIN IMMEDIATE"); }
  Result<void> commit() { return connection_.execute("COMMIT"); }

 private:
  Connection& connection_;
};

}  // namespace fieldcast::store::sqlite
