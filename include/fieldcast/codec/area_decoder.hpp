// An area as callers give it: the text of a GeoJSON Polygon or MultiPolygon (RFC 7946), longitude first.
//
// Threads: any. Cost: grows with the square of a ring's length; 5 ms at worst.
#pragma once

#include "fieldcast/base/result.hpp"
#include "fieldcast/domain/area.hpp"

#include <string_view>

namespace fieldcast::codec {

inline constexpr std::size_t area_bytes_max = 65'536;
inline constexpr std::size_t area_vertices_max = 1'000;

/// Heights, and members other than `type` and `coordinates`, are ignored; the direction of a ring does not matter.
/// Refused is what has no meaning that everybody shares: a ring that is not closed, that crosses itself or has fewer
/// than four positions, and a position beyond 180 or 90 degrees (an area across the antimeridian is to be split there).
/// Errors: bad_json; bad_request with a text that says which ring.
Result<Area> decode_area(std::string_view text);

}  // namespace fieldcast::codec
