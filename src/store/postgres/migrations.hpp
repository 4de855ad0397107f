// Brings a database to the schema that this program knows.
#pragma once

#include "fieldcast/base/result.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace fieldcast::store::postgres {

/// Each missing migration in a transaction of its own; any number of instances may do so at once. Waits for a lock
/// for a second at a time, and half a minute in all.
/// Errors: schema_unusable, store_unavailable.
Result<void> apply_migrations(const std::string& url);

/// What apply_migrations would run. Changes nothing.
Result<std::vector<std::string>> pending_migrations(const std::string& url);

/// Versions that a later program applied.
Result<std::vector<std::int64_t>> unknown_migrations(const std::string& url);

/// What keeps the history of a migrated database, and why it is that.
Result<std::string> history_way(const std::string& url);

}  // namespace fieldcast::store::postgres
