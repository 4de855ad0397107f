// History of one agent, from the days that there are.
#pragma once

#include "fieldcast/store/engine.hpp"

#include <pqxx/pqxx>

namespace fieldcast::store::postgres {

/// A range of many days is read a month of existing days at a time: a statement holds a lock on each day it may
/// touch, and the server's table of locks is small. Throws what libpqxx throws.
std::vector<Position> read_history(pqxx::connection& connection, const HistoryQuery& query);

}  // namespace fieldcast::store::postgres
