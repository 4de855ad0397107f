// What PostgreSQL holds of one agent, and how it is forgotten.
//
// First the agent loses its number, which is noted as erased; then goes what lies under it. Whoever is cut off in
// between has noted what sweep() still has to do.
#pragma once

#include "fieldcast/store/keeper.hpp"
#include "keep_connection.hpp"

namespace fieldcast::store::postgres {

Result<Traces> traces_of(KeepConnection& connection, const AgentKey& agent);
Result<Traces> erase(KeepConnection& connection, const AgentKey& agent);
Result<std::uint64_t> sweep(KeepConnection& connection);

}  // namespace fieldcast::store::postgres
