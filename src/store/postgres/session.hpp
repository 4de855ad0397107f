// One connection through libpq to a server that takes writes, for the hot path: prepared statements, binary both ways.
//
// Threads: one at a time. Every call ends: by the server's statement_timeout, or by our own deadline a little
// later, when the server says nothing at all.
// Errors: record_unusable for what a value caused (classes 22 and 23, and locks that one statement needs too
// many of), store_unavailable for all else. Texts hold no values.
#pragma once

#include "connection_string.hpp"

#include <initializer_list>
#include <libpq-fe.h>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace fieldcast::store::postgres {

/// What a statement gave, in binary form.
class Rows {
 public:
  int count() const { return PQntuples(result_.get()); }
  bool is_null(int row, int column) const { return PQgetisnull(result_.get(), row, column) != 0; }
  std::int64_t integer(int row, int column) const;  // of a bigint
  double real(int row, int column) const;           // of a double precision; NaN for NULL
  std::string_view bytes(int row, int column) const;

 private:
  friend class Session;
  struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
  };
  explicit Rows(PGresult* result) : result_(result) {}
  std::unique_ptr<PGresult, Clear> result_;
};

class Session {
 public:
  static Result<Session> open(const std::string& url, milliseconds time_max);

  /// `sql` with parameters of the types that it casts them to.
  Result<void> prepare(const char* name, const char* sql);
  Result<Rows> run_prepared(const char* name, std::span<const std::string_view> parameters);
  /// Without parameters; several statements at will.
  Result<void> execute(const char* sql);

  /// Keeps the SQLSTATE of what failed before. What cannot be rolled back fails again at the next statement.
  void roll_back();
  /// SQLSTATE of the last failure, empty when the server did not answer.
  const std::string& sqlstate() const { return sqlstate_; }

 private:
  struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };
  Session(PGconn* connection, milliseconds time_max) : connection_(connection), time_max_(time_max) {}

  Result<Rows> answer(int sent);
  bool send_all(SteadyTime deadline);
  bool wait_for_result(SteadyTime deadline);
  bool wait(short events, SteadyTime deadline);
  Error lost();
  Error refused(const PGresult* result);

  std::unique_ptr<PGconn, Finish> connection_;
  milliseconds time_max_;
  std::string sqlstate_;
  bool abandoned_ = false;  // an answer is still owed: of no use any more
};

}  // namespace fieldcast::store::postgres
