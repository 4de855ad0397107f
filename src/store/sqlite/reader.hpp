// The SQLite body of store::Reader.
#pragma once

#include "connection.hpp"
#include "fieldcast/store/engine.hpp"

namespace fieldcast::store::sqlite {

/// Takes over a connection; the schema is there. Each call ends with an error after `time_max`.
Result<std::unique_ptr<Reader>> make_reader(Connection connection, milliseconds time_max);

}  // namespace fieldcast::store::sqlite
