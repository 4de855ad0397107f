// Brings a database to the schema that this binary knows.
#pragma once

#include "connection.hpp"

namespace fieldcast::store::sqlite {

/// One transaction: all that is missing, or nothing. Two processes at once wait for each other.
/// Errors: migration_changed (an applied script is not the one in this binary), schema_too_new
/// (a later binary was here), store_unavailable.
Result<void> apply_migrations(Connection& connection);

}  // namespace fieldcast::store::sqlite
