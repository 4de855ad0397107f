#include "fieldcast/store/migration_plan.hpp"

#include <array>
#include <charconv>

namespace fieldcast::store {

std::string label_of(const Migration& migration) {
  std::string number = std::to_string(migration.version);
  number.insert(0, number.size() < 4 ? 4 - number.size() : 0, '0');
  return number + "_" + std::string(migration.name);
}

std::string checksum_of(std::string_view sql) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : sql) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  std::array<char, 16> hex{};
  const auto end = std::to_chars(hex.data(), hex.data() + hex.size(), hash, 16);
  return {hex.data(), end.ptr};
}

Result<std::vector<Migration>> missing_migrations(std::span<const Migration> ours, AppliedMigrations applied) {
  std::vector<Migration> missing;
  for (const Migration& migration : ours) {
    const auto known = applied.extract(migration.version);
    if (known.empty())
      missing.push_back(migration);
    else if (known.mapped() != checksum_of(migration.sql))
      return Error{"schema_unusable",
                   "migration " + label_of(migration) + " was applied in another form than this program holds"};
  }
  if (!applied.empty())
    return Error{"schema_unusable", "the database has migration " + std::to_string(applied.rbegin()->first) +
                                        ", which this program does not know"};
  return missing;
}

Result<std::vector<std::int64_t>> unknown_migrations(std::span<const Migration> ours, AppliedMigrations applied) {
  const auto first_later = applied.upper_bound(ours.empty() ? 0 : ours.back().version);
  std::vector<std::int64_t> later;
  for (auto i = first_later; i != applied.end(); ++i) later.push_back(i->first);
  applied.erase(first_later, applied.end());
  const auto missing = missing_migrations(ours, std::move(applied));
  if (!missing) return missing.error();
  if (!later.empty() && !missing->empty())
    return Error{"schema_unusable", "the database has migration " + std::to_string(later.front()) + ", but not " +
                                        label_of(missing->front()) + " before it"};
  return later;
}

}  // namespace fieldcast::store
