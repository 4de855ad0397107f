#include "fieldcast/store/summary_tables.hpp"

#include <algorithm>

namespace fieldcast::store {
namespace {

using std::chrono::hours;
using summary::TrackPoint;

constexpr hours read_at_once{24};

std::span<const TrackPoint> between(const std::vector<TrackPoint>& points, Timestamp from, Timestamp to) {
  const auto first = std::ranges::lower_bound(points, from, {}, &TrackPoint::recorded_at);
  return {first, std::ranges::lower_bound(first, points.end(), to, {}, &TrackPoint::recorded_at)};
}

}  // namespace

Result<std::vector<SummaryBucket>> compute_hours(SummaryTables& tables, std::int64_t agent_id,
                                                 std::span<const Timestamp> wanted) {
  std::vector<SummaryBucket> computed;
  for (auto hour = wanted.begin(); hour != wanted.end();) {
    auto end = hour + 1;  // of those that follow each other
    while (end != wanted.end() && *end == *(end - 1) + hours{1} && *end < *hour + read_at_once) ++end;
    const auto points = tables.points({agent_id, *hour - summary::lead_in, *(end - 1) + hours{1}});
    if (!points) return points.error();
    for (; hour != end; ++hour)
      computed.push_back(
          {*hour, summary::of_hour(*hour, between(*points, *hour - summary::lead_in, *hour + hours{1}))});
  }
  return computed;
}

}  // namespace fieldcast::store
