// The PostgreSQL body of store::Writer.
//
// The usual group is one statement in a transaction of its own: one round trip. Agents to register and records
// set aside take part in a transaction with further statements. Of thinned teams' agents the past is read before.
#pragma once

#include "fieldcast/store/engine.hpp"
#include "session.hpp"

namespace fieldcast::store::postgres {

/// Takes over a session on a database whose schema is there.
Result<std::unique_ptr<Writer>> make_writer(Session session, const PostgresSettings& settings);

}  // namespace fieldcast::store::postgres
