#include "migrations.hpp"

#include "fieldcast/store/migration_plan.hpp"

namespace fieldcast::store::sqlite {
namespace {

constexpr Migration migrations[] = {
#include "sqlite_migrations.inc"
};

Result<AppliedMigrations> read_applied(Connection& connection) {
  auto query = connection.prepare("SELECT version, checksum FROM schema_migrations");
  if (!query) return query.error();
  AppliedMigrations applied;
  for (;;) {
    auto row = query->step();
    if (!row) return row.error();
    if (!*row) return applied;
    applied.emplace(query->integer(0), query->text(1));
  }
}

Result<bool> has_table_of_migrations(Connection& connection) {
  auto query = connection.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'");
  if (!query) return query.error();
  return query->step();
}

Result<void> apply(Connection& connection, const Migration& migration) {
  if (auto done = connection.execute(std::string(migration.sql)); !done) return done.error();
  auto note = connection.prepare("INSERT INTO schema_migrations VALUES (?, ?, ?, ?)");
  if (!note) return note.error();
  const std::string checksum = checksum_of(migration.sql);
  note->bind(1, migration.version);
  note->bind(2, migration.name);
  note->bind(3, std::string_view(checksum));
  note->bind(4, to_unix_ms(read_clock().wall));
  return note->run();
}

Result<std::vector<Migration>> read_missing(Connection& connection) {
  auto applied = read_applied(connection);
  if (!applied) return applied.error();
  return missing_migrations(migrations, std::move(*applied));
}

std::vector<std::string> labels_of(std::span<const Migration> missing) {
  std::vector<std::string> labels;
  for (const Migration& migration : missing) labels.push_back(label_of(migration));
  return labels;
}

}  // namespace

Result<void> apply_migrations(Connection& connection) {
  Transaction transaction(connection);
  if (auto begun = transaction.begin(); !begun) return begun.error();
  auto table = connection.execute(
      "CREATE TABLE IF NOT EXISTS schema_migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, "
      "checksum TEXT NOT NULL, applied_at INTEGER NOT NULL)");
  if (!table) return table.error();
  auto missing = read_missing(connection);
  if (!missing) return missing.error();
  for (const Migration& migration : *missing)
    if (auto done = apply(connection, migration); !done) return done.error();
  return transaction.commit();
}

Result<std::vector<std::string>> pending_migrations(Connection& connection) {
  auto noted = has_table_of_migrations(connection);
  if (!noted) return noted.error();
  if (!*noted) return all_migrations();
  auto missing = read_missing(connection);
  if (!missing) return missing.error();
  return labels_of(*missing);
}

Result<std::vector<std::int64_t>> unknown_migrations(Connection& connection) {
  auto noted = has_table_of_migrations(connection);
  if (!noted) return noted.error();
  auto applied = *noted ? read_applied(connection) : AppliedMigrations{};
  if (!applied) return applied.error();
  return store::unknown_migrations(migrations, std::move(*applied));
}

std::vector<std::string> all_migrations() { return labels_of(migrations); }

}  // namespace fieldcast::store::sqlite
