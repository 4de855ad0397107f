// Areas, boxes and lists as PostgreSQL reads them.
#pragma once

#include "fieldcast/domain/area.hpp"

#include <string>
#include <vector>

namespace fieldcast::store::postgres {

/// Well-known text; each number reads back as it was.
std::string as_multi_polygon(const Area& area);
std::string as_number(double number);

/// In degrees. West may be greater than east: the box then crosses the antimeridian.
struct Box {
  double west, south, east, north;
};
Box box_of(const Area& area);
/// Holds at least what is within `radius_m`.
Box box_around(Coordinates centre, double radius_m);

std::string as_array(const std::vector<TeamId>& teams);

}  // namespace fieldcast::store::postgres
