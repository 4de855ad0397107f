// The PostgreSQL body of store::Writer.
//
// The usual group is one statement in a transaction of its own: one round trip. Agents to register and records
// set aside take part in a transaction with further statements.
#pragma once

#include "fieldcast/store/engine.hpp"
#include "session.hpp"

namespace fieldcast::store::postgres {

/// Takes over a session on a database whose schema is there. `agents_believed`: how long a cached agent is not
/// compared with the database.
Result<std::unique_ptr<Writer>> make_writer(Session session, seconds agents_believed);

}  // namespace fieldcast::store::postgres
