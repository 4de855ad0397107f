#include "migrations.hpp"

#include "fieldcast/store/migration_plan.hpp"
#include "pool_connection.hpp"

#include <thread>

namespace fieldcast::store::postgres {
namespace {

constexpr Migration migrations[] = {
#include "postgres_migrations.inc"
};

// A migration of a large table takes its time, and waits for its turn as long as that of another instance takes.
constexpr Limits no_limits{.statement_time_max = milliseconds{0},
                           .lock_time_max = milliseconds{0},
                           .idle_in_transaction_max = seconds{60},
                           .writes = true};
constexpr Limits read_limits{.statement_time_max = seconds{10}};

// While a change of a table waits for a lock, everybody waits behind it: it lets them pass now and then.
constexpr const char* wait_for_locks = "SET LOCAL lock_timeout = '1s'";
constexpr seconds locks_tried_for{30};
constexpr milliseconds others_pass_for{100};

AppliedMigrations read_applied(pqxx::transaction_base& transaction) {
  AppliedMigrations applied;
  for (const pqxx::row& row : transaction.exec("SELECT version, checksum FROM schema_migrations"))
    applied.emplace(row[0].as<std::int64_t>(), row[1].as<std::string>());
  return applied;
}

void wait_for_turn(pqxx::work& transaction) {
  transaction.exec("SELECT pg_advisory_xact_lock(7378645891467536244)");
  transaction.exec(wait_for_locks);
  transaction.exec(
      "CREATE TABLE IF NOT EXISTS schema_migrations (version bigint PRIMARY KEY, name text NOT NULL, "
      "checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())");
}

/// True when one was applied, false when none was missing.
Result<bool> apply_next(pqxx::connection& connection) {
  pqxx::work transaction(connection);
  wait_for_turn(transaction);
  const auto missing = missing_migrations(migrations, read_applied(transaction));
  if (!missing) return missing.error();
  if (missing->empty()) return false;
  const Migration& migration = missing->front();
  transaction.exec(std::string(migration.sql));
  transaction.exec_params("INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)",
                          migration.version, std::string(migration.name), checksum_of(migration.sql));
  transaction.commit();
  return true;
}

/// What came to the database since its migrations ran. That it does not work is no reason not to start: who asks for
/// places is told what is missing.
Result<void> offer(PoolConnection& connection, const char* what) {
  auto offered = connection.with([&](pqxx::connection& open) -> Result<void> {
    pqxx::work transaction(open);
    transaction.exec(wait_for_locks);
    transaction.exec(what);
    transaction.commit();
    return {};
  });
  if (!offered && is_of_connection(connection.sqlstate())) return offered;
  return {};
}

Result<void> offer_all(PoolConnection& connection) {
  for (const char* what : {"SELECT fieldcast_offer_places()", "SELECT fieldcast_offer_hours()"})
    if (auto offered = offer(connection, what); !offered) return offered;
  return {};
}

Result<AppliedMigrations> read_applied_if_noted(pqxx::connection& connection) {
  pqxx::read_transaction transaction(connection);
  const bool noted = !transaction.exec1("SELECT to_regclass('schema_migrations')")[0].is_null();
  return noted ? read_applied(transaction) : AppliedMigrations{};
}

}  // namespace

Result<void> apply_migrations(const std::string& url) {
  PoolConnection connection(url, no_limits, "schema_unusable");
  SteadyTime give_up_at = std::chrono::steady_clock::now() + locks_tried_for;
  for (;;) {
    auto applied = connection.with(apply_next);
    const SteadyTime now = std::chrono::steady_clock::now();
    if (applied) {
      if (!*applied) return offer_all(connection);
      give_up_at = now + locks_tried_for;
    } else if (connection.sqlstate() == lock_not_available && now < give_up_at) {
      std::this_thread::sleep_for(others_pass_for);
    } else {
      return applied.error();
    }
  }
}

Result<std::vector<std::string>> pending_migrations(const std::string& url) {
  PoolConnection connection(url, read_limits, "schema_unusable");
  auto applied = connection.with(read_applied_if_noted);
  if (!applied) return applied.error();
  const auto missing = missing_migrations(migrations, std::move(*applied));
  if (!missing) return missing.error();
  std::vector<std::string> labels;
  for (const Migration& migration : *missing) labels.push_back(label_of(migration));
  return labels;
}

Result<std::vector<std::int64_t>> unknown_migrations(const std::string& url) {
  auto applied = PoolConnection(url, read_limits).with(read_applied_if_noted);
  if (!applied) return applied.error();
  return store::unknown_migrations(migrations, std::move(*applied));
}

Result<std::string> history_way(const std::string& url) {
  return PoolConnection(url, read_limits).with([](pqxx::connection& connection) -> Result<std::string> {
    pqxx::read_transaction transaction(connection);
    const pqxx::row answer = transaction.exec1("SELECT way, why FROM fieldcast_history_way()");
    const std::string keeper = answer[0].as<std::string>() == "timescale" ? "TimescaleDB" : "partitions by day";
    return Result<std::string>(boost::system::in_place_value, keeper + ": " + answer[1].c_str());
  });
}

}  // namespace fieldcast::store::postgres
