// A position as columns that are read as text.
#pragma once

#include "fieldcast/domain/position.hpp"

#include <pqxx/pqxx>
#include <string>

namespace fieldcast::store::postgres {

/// In the order of read_position; `table` is put before each name.
std::string position_columns(const std::string& table);

/// Reads from column `first` on.
Position read_position(const pqxx::row& row, int first);

}  // namespace fieldcast::store::postgres
