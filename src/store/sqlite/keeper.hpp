// The SQLite body of Keeper.
#pragma once

#include "connection.hpp"
#include "fieldcast/store/keeper.hpp"

#include <memory>

namespace fieldcast::store::sqlite {

std::unique_ptr<Keeper> make_keeper(Connection connection);

}  // namespace fieldcast::store::sqlite
