// Questions about places to a database with PostGIS.
#pragma once

#include "fieldcast/base/result.hpp"
#include "fieldcast/store/places.hpp"

#include <pqxx/pqxx>
#include <vector>

namespace fieldcast::store::postgres {

/// Both throw what libpqxx throws, and answer not_available where the database offers no places.
Result<std::vector<AreaVisit>> read_area_visits(pqxx::connection& connection, const AreaQuery& query);
Result<std::vector<NearbyAgent>> read_nearby(pqxx::connection& connection, const NearbyQuery& query);

}  // namespace fieldcast::store::postgres
