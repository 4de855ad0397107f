// What keeping asks of SQLite: short transactions, with rests between them, for there is one writer at a time.
#pragma once

#include "connection.hpp"
#include "fieldcast/store/keep_pace.hpp"

#include <map>
#include <optional>

namespace fieldcast::store::sqlite {

class KeepConnection {
 public:
  /// A writer that commits without a pause leaves gaps of microseconds: they are looked for often.
  KeepConnection(Connection connection, Pace& pace) : connection_(std::move(connection)), pace_(pace) {
    sqlite3_busy_handler(
        connection_.handle(),
        [](void* self, int tries) {
          return static_cast<KeepConnection*>(self)->pace_.rest(look_every) && tries < looks_max ? 1 : 0;
        },
        this);
    constexpr int instructions_between_looks = 1'000;  // some ten microseconds
    sqlite3_progress_handler(
        connection_.handle(), instructions_between_looks,
        [](void* self) { return static_cast<KeepConnection*>(self)->pace_.interrupted() ? 1 : 0; }, this);
  }
  KeepConnection(const KeepConnection&) = delete;
  KeepConnection& operator=(const KeepConnection&) = delete;

  /// Prepared once for each text; what is bound to it holds until the next use.
  Result<Statement*> prepared(const std::string& sql) {
    const auto found = statements_.find(sql);
    if (found != statements_.end()) return &found->second;
    auto statement = connection_.prepare(sql);
    if (!statement) return as_unavailable(statement.error());
    return &statements_.emplace(sql, std::move(*statement)).first->second;
  }

  /// Each row of what a statement gives. A visitor writes nothing and asks nothing.
  template <class Visit, class... Parameters>
  Result<void> each(const std::string& sql, const Visit& visit, const Parameters&... parameters) {
    if (pace_.interrupted()) return Pace::error();
    auto statement = prepared(sql);
    if (!statement) return statement.error();
    const ResetAtEnd reset(**statement);
    int index = 0;
    (bind(**statement, ++index, parameters), ...);
    for (;;) {
      auto row = (*statement)->step();
      if (!row) return as_unavailable(row.error());
      if (!*row) return {};
      visit(**statement);
    }
  }
  /// The first field of the first row; NULL and no row: absent.
  template <class... Parameters>
  Result<std::optional<std::int64_t>> number(const std::string& sql, const Parameters&... parameters) {
    std::optional<std::int64_t> found;
    auto read = each(
        sql,
        [&](const Statement& row) {
          if (!found && !row.is_null(0)) found = row.integer(0);
        },
        parameters...);
    if (!read) return read.error();
    return found;
  }
  /// How many rows it changed.
  template <class... Parameters>
  Result<std::uint64_t> change(const std::string& sql, const Parameters&... parameters) {
    auto run = each(
        sql, [](const Statement&) {}, parameters...);
    if (!run) return run.error();
    return static_cast<std::uint64_t>(connection_.changes());
  }
  /// `work` as a transaction; its Result is what it returns, an error undoes it.
  template <class Work>
  auto transact(const Work& work) -> decltype(work()) {
    Transaction transaction(connection_);
    if (auto begun = transaction.begin(); !begun) return as_unavailable(begun.error());
    auto done = work();
    if (!done) return done;
    if (auto committed = transaction.commit(); !committed) return as_unavailable(committed.error());
    return done;
  }
  /// Transactions, each of as many steps as fit into a short time. A step says how many rows it changed, and nothing
  /// when there is no more to do. Returns the sum.
  template <class Step>
  Result<std::uint64_t> in_slices(const Step& step) {
    std::uint64_t total = 0;
    for (bool done = false; !done;) {
      const SteadyTime start = std::chrono::steady_clock::now();
      auto sliced = transact([&]() -> Result<void> {
        while (!done && std::chrono::steady_clock::now() - start < slice_time) {
          Result<std::optional<std::uint64_t>> changed = step();
          if (!changed) return changed.error();
          done = !*changed;
          total += changed->value_or(0);
        }
        return {};
      });
      if (!sliced) return sliced.error();
      if (!done && !rest_after(start)) return Pace::error();
    }
    return total;
  }

  /// False: interrupted.
  bool rest_after(SteadyTime start) { return pace_.rest(std::chrono::steady_clock::now() - start); }
  Pace& pace() { return pace_; }

 private:
  static constexpr milliseconds slice_time{10}, look_every{1};
  static constexpr int looks_max = 30'000;

  static Error as_unavailable(const Error& error) { return {"store_unavailable", error.text}; }

  static void bind(Statement& statement, int index, std::int64_t value) { statement.bind(index, value); }
  static void bind(Statement& statement, int index, const std::string& value) {
    statement.bind(index, std::string_view(value));
  }
  template <class Number>
  static void bind(Statement& statement, int index, const std::optional<Number>& value) {
    value ? statement.bind(index, *value) : statement.bind_null(index);
  }

  Connection connection_;  // first: statements end before it
  std::map<std::string, Statement> statements_;
  Pace& pace_;
};

/// Days are counted from 1970.
inline std::int64_t to_number(std::chrono::sys_days day) { return day.time_since_epoch().count(); }
inline std::chrono::sys_days to_day(std::int64_t number) {
  return std::chrono::sys_days{std::chrono::days{static_cast<int>(number)}};
}
inline constexpr std::int64_t day_ms = 86'400'000;
inline std::int64_t begin_ms(std::chrono::sys_days day) { return to_number(day) * day_ms; }

}  // namespace fieldcast::store::sqlite
