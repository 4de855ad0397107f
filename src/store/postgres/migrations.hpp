// Brings a database to the schema that this program knows.
#pragma once

#include "fieldcast/base/result.hpp"

#include <string>
#include <vector>

namespace fieldcast::store::postgres {

/// Each missing migration in a transaction of its own; any number of instances may do so at once.
/// Errors: schema_unusable, store_unavailable.
Result<void> apply_migrations(const std::string& url);

/// What apply_migrations would run. Changes nothing.
Result<std::vector<std::string>> pending_migrations(const std::string& url);

}  // namespace fieldcast::store::postgres
