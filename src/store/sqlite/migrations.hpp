// Brings a database to the schema that this program knows.
#pragma once

#include "connection.hpp"

#include <vector>

namespace fieldcast::store::sqlite {

/// One transaction: all that is missing, or nothing. Two processes at once wait for each other.
/// Errors: schema_unusable, store_unavailable.
Result<void> apply_migrations(Connection& connection);

/// What apply_migrations would run. Changes nothing.
Result<std::vector<std::string>> pending_migrations(Connection& connection);
/// The same for a database that is not there yet.
std::vector<std::string> all_migrations();

/// Versions that a later program applied.
Result<std::vector<std::int64_t>> unknown_migrations(Connection& connection);

}  // namespace fieldcast::store::sqlite
