// What keeping asks of PostgreSQL: each question a transaction of its own.
#pragma once

#include "fieldcast/base/rfc3339.hpp"
#include "fieldcast/store/keep_pace.hpp"
#include "pool_connection.hpp"
#include "timestamps.hpp"

#include <span>
#include <thread>

namespace fieldcast::store::postgres {

inline std::string as_text(Timestamp time) { return format_rfc3339(std::clamp(time, first_time, end_of_times)); }
inline std::string as_date(Day day) { return as_text(day).substr(0, 10); }

/// The literal of a bigint[].
inline std::string as_array(std::span<const std::int64_t> numbers) {
  std::string text = "{";
  for (const std::int64_t number : numbers) {
    if (text.size() > 1) text += ',';
    text += std::to_string(number);
  }
  return text + '}';
}

class KeepConnection {
 public:
  KeepConnection(const std::string& url, Pace& pace) : pace_(pace), connection_(url, limits) {}

  /// Somebody who is in the way has it asked again after a while.
  template <class... Parameters>
  Result<pqxx::result> ask(const char* sql, const Parameters&... parameters) {
    for (int tries = 1;; ++tries) {
      if (pace_.interrupted() && !mending_) return Pace::error();
      auto answer = connection_.with([&](pqxx::connection& connection) -> Result<pqxx::result> {
        if (pace_.interrupted() && !mending_) return Pace::error();  // before cut() could see the connection
        pqxx::nontransaction transaction(connection);
        return transaction.exec_params(sql, parameters...);
      });
      if (answer || tries == tries_max || !is_of_another()) return as_unavailable(std::move(answer));
      if (!pace_.rest(others_pass_for)) return Pace::error();
    }
  }
  /// The first field of the first row, as a number; NULL and no row: 0.
  template <class... Parameters>
  Result<std::int64_t> number(const char* sql, const Parameters&... parameters) {
    auto rows = ask(sql, parameters...);
    if (!rows) return rows.error();
    return rows->empty() ? 0 : (*rows)[0][0].template as<std::int64_t>(0);
  }
  template <class... Parameters>
  Result<std::uint64_t> count(const char* sql, const Parameters&... parameters) {
    auto found = number(sql, parameters...);
    if (!found) return found.error();
    return static_cast<std::uint64_t>(*found);
  }
  /// How many rows it changed.
  template <class... Parameters>
  Result<std::uint64_t> change(const char* sql, const Parameters&... parameters) {
    auto rows = ask(sql, parameters...);
    if (!rows) return rows.error();
    return rows->affected_rows();
  }
  template <class... Parameters>
  Result<bool> says_true(const char* sql, const Parameters&... parameters) {
    auto rows = ask(sql, parameters...);
    if (!rows) return rows.error();
    return !rows->empty() && (*rows)[0][0].template as<bool>(false);
  }
  /// Again and again until it says true. Others pass in between, the longer the longer it takes.
  template <class Step>
  Result<void> until(seconds patience, const Step& step) {
    const SteadyTime give_up_at = std::chrono::steady_clock::now() + patience;
    for (milliseconds pause{200};; pause = std::min(pause * 2, pause_max)) {
      Result<bool> done = step();
      if (!done) return done.error();
      if (*done) return {};
      if (std::chrono::steady_clock::now() > give_up_at)
        return Error{"store_unavailable", "somebody holds a day for too long"};
      if (!rest(pause)) return Pace::error();
    }
  }

  /// For what must not be left behind, interrupted or not. Its patience is short, then.
  template <class Work>
  auto mend(const Work& work) {
    mending_ = true;
    auto done = work();
    mending_ = false;
    return done;
  }

  /// Once the pace is interrupted: what works now fails. The server ends it soon. Threads: any.
  void cut() {
    if (!mending_) connection_.cut();
  }

  Pace& pace() { return pace_; }

 private:
  // Copies and indices of a large day take their time; a lock is waited for shortly, for others wait behind us.
  static constexpr Limits limits{.statement_time_max = milliseconds{0},
                                 .lock_time_max = milliseconds{50},
                                 .idle_in_transaction_max = seconds{60},
                                 .client_looked_for_every = milliseconds{100},
                                 .writes = true};
  static constexpr int tries_max = 20;
  static constexpr milliseconds others_pass_for{100}, pause_max{2'000};

  bool rest(milliseconds time) {
    if (!mending_) return pace_.rest(time);
    std::this_thread::sleep_for(time);
    return true;
  }
  bool is_of_another() const {
    const std::string& state = connection_.sqlstate();
    return state == lock_not_available || state == "40P01" || state == "40001";
  }
  static Result<pqxx::result> as_unavailable(Result<pqxx::result> answer) {
    if (answer) return answer;
    return Error{"store_unavailable", answer.error().text};
  }

  Pace& pace_;
  PoolConnection connection_;
  std::atomic<bool> mending_{false};
};

}  // namespace fieldcast::store::postgres
