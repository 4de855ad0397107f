#include "migrations.hpp"

#include <array>
#include <charconv>
#include <map>

namespace fieldcast::store::sqlite {
namespace {

struct Migration {
  std::int64_t version;
  std::string_view name;
  std::string_view sql;
};

constexpr Migration migrations[] = {
#include "sqlite_migrations.inc"
};

/// FNV-1a, 64 bits: it is to notice an edit, not an attack.
std::string checksum_of(std::string_view sql) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : sql) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  std::array<char, 16> hex{};
  const auto end = std::to_chars(hex.data(), hex.data() + hex.size(), hash, 16);
  return {hex.data(), end.ptr};
}

using Applied = std::map<std::int64_t, std::string>;  // version → checksum

Result<Applied> read_applied(Connection& connection) {
  auto query = connection.prepare("SELECT version, checksum FROM schema_migrations");
  if (!query) return query.error();
  Applied applied;
  for (;;) {
    auto row = query->step();
    if (!row) return row.error();
    if (!*row) return applied;
    applied.emplace(query->integer(0), query->text(1));
  }
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

Result<void> apply_missing(Connection& connection, Applied applied) {
  for (const Migration& migration : migrations) {
    const auto known = applied.extract(migration.version);
    if (known.empty()) {
      if (auto done = apply(connection, migration); !done) return done.error();
    } else if (known.mapped() != checksum_of(migration.sql)) {
      return Error{"migration_changed", "migration " + std::to_string(migration.version) + " (" +
                                            std::string(migration.name) +
                                            ") was applied in another form than this binary holds"};
    }
  }
  if (!applied.empty())
    return Error{"schema_too_new", "the database has migration " + std::to_string(applied.rbegin()->first) +
                                       ", which this binary does not know"};
  return {};
}

}  // namespace

Result<void> apply_migrations(Connection& connection) {
  Transaction transaction(connection);
  if (auto begun = transaction.begin(); !begun) return begun.error();
  auto table = connection.execute(
      "CREATE TABLE IF NOT EXISTS schema_migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, "
      "checksum TEXT NOT NULL, applied_at INTEGER NOT NULL)");
  if (!table) return table.error();
  auto applied = read_applied(connection);
  if (!applied) return applied.error();
  if (auto done = apply_missing(connection, std::move(*applied)); !done) return done.error();
  return transaction.commit();
}

}  // namespace fieldcast::store::sqlite
