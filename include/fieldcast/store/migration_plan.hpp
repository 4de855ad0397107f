// Which migrations a database still needs: the same rule for every engine.
#pragma once

#include "fieldcast/base/result.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fieldcast::store {

struct Migration {
  std::int64_t version;
  std::string_view name;
  std::string_view sql;
};

/// NNNN_name, as the file is called.
std::string label_of(const Migration& migration);

/// FNV-1a, 64 bits: it is to notice an edit, not an attack.
std::string checksum_of(std::string_view sql);

using AppliedMigrations = std::map<std::int64_t, std::string>;  // version → checksum

/// Those of `ours` that were not applied, in order. Error schema_unusable: one was applied in another form, or
/// the database has one that this program does not know.
Result<std::vector<Migration>> missing_migrations(std::span<const Migration> ours, AppliedMigrations applied);

/// Versions that are later than `ours`, in order. Error schema_unusable: one of ours was applied in another form or
/// is missing although there are later ones, or one that this program does not know lies between ours.
Result<std::vector<std::int64_t>> unknown_migrations(std::span<const Migration> ours, AppliedMigrations applied);

}  // namespace fieldcast::store
