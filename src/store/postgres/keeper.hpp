// The PostgreSQL body of Keeper.
#pragma once

#include "fieldcast/store/keeper.hpp"

#include <memory>

namespace fieldcast::store::postgres {

/// Connects when it is asked.
std::unique_ptr<Keeper> make_keeper(const std::string& url);

}  // namespace fieldcast::store::postgres
