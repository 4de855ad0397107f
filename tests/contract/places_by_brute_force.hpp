// The answers about places, worked out one fix after the other: what a store's must equal.
#pragma once

#include "fieldcast/store/places.hpp"

#include <algorithm>
#include <map>

namespace fieldcast::store::contract {

/// Of one agent: in the order of time, each time once.
using Track = std::vector<Position>;

/// 1: within the ring, 0: on it, -1: outside. By counting the edges that a ray to the east crosses.
inline int place_in_ring(const Ring& ring, Coordinates point) {
  const double x = point.longitude_deg, y = point.latitude_deg;
  bool inside = false;
  for (std::size_t i = 1; i < ring.size(); ++i) {
    const double x0 = ring[i - 1].longitude_deg, y0 = ring[i - 1].latitude_deg;
    const double x1 = ring[i].longitude_deg, y1 = ring[i].latitude_deg;
    const double side = (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0);
    if (side == 0 && x >= std::min(x0, x1) && x <= std::max(x0, x1) && y >= std::min(y0, y1) && y <= std::max(y0, y1))
      return 0;
    if ((y0 > y) != (y1 > y) && (side > 0) == (y1 > y0)) inside = !inside;
  }
  return inside ? 1 : -1;
}

inline bool lies_in(const Area& area, Coordinates point) {
  return std::any_of(area.begin(), area.end(), [point](const Polygon& polygon) {
    return place_in_ring(polygon.outer, point) >= 0 &&
           std::none_of(polygon.holes.begin(), polygon.holes.end(),
                        [point](const Ring& hole) { return place_in_ring(hole, point) > 0; });
  });
}

/// Without the agent; no fixes when it was not there.
inline AreaVisit visit_of(const Track& track, const Area& area, Timestamp from, Timestamp to) {
  AreaVisit visit;
  const Position* before = nullptr;  // the fix before, when it was inside
  for (const Position& position : track) {
    const Timestamp at = position.fix.recorded_at;
    if (at < from || at >= to) continue;
    if (!lies_in(area, position.fix.at)) {
      before = nullptr;
      continue;
    }
    if (visit.fixes++ == 0) visit.first_at = at;
    visit.last_at = at;
    if (before != nullptr && at - before->fix.recorded_at <= stay_gap_max) {
      visit.inside += at - before->fix.recorded_at;
    } else {
      ++visit.stays;
    }
    before = &position;
  }
  return visit;
}

/// Null when there is no fix of that time, or it is too far away.
inline const Position* near_at(const Track& track, const NearbyQuery& query) {
  const Position* newest = nullptr;
  for (const Position& position : track)
    if (position.fix.recorded_at <= query.at && position.fix.recorded_at >= query.at - query.age_max)
      newest = &position;
  return newest != nullptr && distance_m(query.centre, newest->fix.at) <= query.radius_m ? newest : nullptr;
}

}  // namespace fieldcast::store::contract
