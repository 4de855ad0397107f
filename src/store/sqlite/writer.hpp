// The SQLite body of store::Writer.
#pragma once

#include "connection.hpp"
#include "fieldcast/store/engine.hpp"

namespace fieldcast::store::sqlite {

/// Takes over a connection that is ready to write; the schema is there.
Result<std::unique_ptr<Writer>> make_writer(Connection connection, seconds rules_believed);

}  // namespace fieldcast::store::sqlite
