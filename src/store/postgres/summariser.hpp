// The PostgreSQL body of store::Summariser.
#pragma once

#include "fieldcast/store/engine.hpp"
#include "fieldcast/store/summaries.hpp"

namespace fieldcast::store::postgres {

/// Connects when it is first asked to work.
std::unique_ptr<Summariser> make_summariser(const PostgresSettings& settings);

}  // namespace fieldcast::store::postgres
