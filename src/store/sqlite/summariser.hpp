// The SQLite body of store::Summariser.
#pragma once

#include "connection.hpp"
#include "fieldcast/store/engine.hpp"
#include "fieldcast/store/summaries.hpp"

namespace fieldcast::store::sqlite {

/// Takes over a connection that is ready to write; the schema is there.
std::unique_ptr<Summariser> make_summariser(Connection connection);

}  // namespace fieldcast::store::sqlite
