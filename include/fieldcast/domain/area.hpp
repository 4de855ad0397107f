// Areas on the map, as GeoJSON (RFC 7946) has them: polygons with holes.
//
// Edges are straight lines in longitude and latitude, not great circles. A boundary belongs to its area, that of a hole
// too. What lies in any of the polygons lies in the area. An edge never crosses the antimeridian: an area that does is
// given as polygons on either side of it.
#pragma once

#include "fieldcast/domain/position.hpp"

namespace fieldcast {

/// Closed: the last is the first again; four at least.
using Ring = std::vector<Coordinates>;

struct Polygon {
  Ring outer;
  std::vector<Ring> holes;
};

using Area = std::vector<Polygon>;

}  // namespace fieldcast
