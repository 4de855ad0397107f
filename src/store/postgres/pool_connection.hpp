// A libpqxx connection for everything but the hot path, and the one place that catches what libpqxx throws.
//
// libpqxx 6 connects anew by itself and then lacks what the session had: after any exception the connection is
// dropped and opened again by us.
// Threads: one at a time, but for cut().
#pragma once

#include "connection_string.hpp"
#include "error_of.hpp"
#include "fieldcast/base/ownership.hpp"
#include "history_way.hpp"

#include <memory>
#include <pqxx/pqxx>
#include <string>
#include <sys/socket.h>

namespace fieldcast::store::postgres {

class PoolConnection {
 public:
  /// `unusable`: the code of the error when the database cannot show its history.
  PoolConnection(std::string url, Limits limits, const char* unusable = "store_unavailable")
      : url_(std::move(url)), limits_(limits), unusable_(unusable) {}

  /// What `work` returns, a Result; or the error of what it threw, without details.
  template <class Work>
  auto with(const Work& work) -> decltype(work(std::declval<pqxx::connection&>())) {
    sqlstate_.clear();
    try {
      if (connection_ == nullptr) {
        auto text = connection_string(url_, limits_);
        if (!text) return text.error();
        auto opened = std::make_unique<Quiet>(*text);
        if (const auto missing = missing_for_history(opened->connection)) return Error{unusable_, *missing};
        const MutexLock lock(mutex_);
        connection_ = std::move(opened);
      }
      return work(connection_->connection);
    } catch (const pqxx::sql_error& error) {
      sqlstate_ = error.sqlstate().empty() ? connection_failure : error.sqlstate();
      return dropped(error_of(error.sqlstate(), first_line(error.what(), "refused")));
    } catch (const pqxx::failure& error) {
      sqlstate_ = connection_failure;
      return dropped({"store_unavailable", first_line(error.what(), "the connection to PostgreSQL is lost")});
    } catch (const std::exception& error) {
      sqlstate_ = data_exception;
      return dropped({"store_unavailable", first_line(error.what(), "the connection to PostgreSQL is lost")});
    }
  }

  /// Ends the connection under whatever works with it, which fails at once. Blocks for nothing: that is the difference
  /// to asking the server to cancel. Threads: any.
  void cut() FIELDCAST_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    if (connection_ != nullptr) ::shutdown(connection_->connection.sock(), SHUT_RDWR);
  }

  /// SQLSTATE of the last failure; 08006 for every way in which libpqxx says that the connection is lost.
  const std::string& sqlstate() const { return sqlstate_; }

 private:
  static constexpr const char* connection_failure = "08006";
  static constexpr const char* data_exception = "22000";  // libpqxx could not read what came

  struct Quiet {
    explicit Quiet(const std::string& text) : connection(text), handler(connection) {}
    pqxx::connection connection;
    pqxx::quiet_errorhandler handler;  // notices do not go to standard error
  };

  Error dropped(Error error) {
    std::unique_ptr<Quiet> gone;
    const MutexLock lock(mutex_);
    gone = std::move(connection_);
    return error;
  }

  std::string url_;
  Limits limits_;
  const char* unusable_;
  std::string sqlstate_;
  Mutex mutex_;
  std::unique_ptr<Quiet> connection_;  // changed under the mutex, by the one thread only
};

}  // namespace fieldcast::store::postgres
