// What the fixes of one agent come to in an hour, and the sum of hours.
//
// The rule. Fixes are taken in the order of their times.
//  - A fix whose accuracy is worse than 100 m is counted as a fix, and for nothing else. One without an accuracy is
//    taken as good.
//  - Blur: two fixes are apart when they are farther from each other than 15 m and than the accuracy of either.
//  - Jump: a fix is believed when the agent can have come there from the last one that was believed, at 100 m/s and
//    with the blur for nothing. One that is not is passed over; but when three in a row are passed over and each can be
//    reached from the one before, the agent is there: it is believed, and no distance is counted.
//  - Distance: the anchor is the place from which is measured. It stays until a fix is apart from it; then the
//    great-circle distance between them counts, in the hour of the fix, and the fix is the new anchor. So what
//    trembles at rest comes to nothing.
//  - Moving: the time between two anchors counts when the agent went from one to the other at 0.5 m/s at least. It
//    begins when the agent came to the first, or was seen there again after a silence of more than 10 min; after a
//    stop, when it was last seen there. No more of it counts than 5 min, or than the way takes at 10 m/s.
//  - A stop: the agent is seen at its anchor for 3 min or longer. It counts once, in the hour of the fix that shows it.
//    A silence of more than 10 min shows nothing: the 3 min begin again after it.
//  - Maximum speed: the greatest that a believed fix reports, if it is 100 m/s at most; of a fix that is a new anchor
//    and reports none, that from anchor to anchor. Mean speed: distance by moving time.
//  - Box: the smallest that holds the fixes that were believed.
// An hour is walked from one hour before it on, with nothing known at that time. So its figures follow from the rows of
// two hours, and are the same whenever and wherever they are computed.
//
// Threads: any. Cost: about 0.1 µs a fix.
#pragma once

#include "fieldcast/domain/position.hpp"

#include <span>

namespace fieldcast::summary {

using std::chrono::hours;

/// Of a fix, what the rule looks at.
struct TrackPoint {
  Timestamp recorded_at{};
  Coordinates at;
  float accuracy_m = unknown_value;
  float speed_mps = unknown_value;
};

struct Summary {
  std::uint64_t fixes = 0;
  std::uint64_t rows_read = 0;  // that the figures rest on, those of the hour before included
  double distance_m = 0;
  milliseconds moving{0};
  std::uint64_t stops = 0;
  float speed_max_mps = unknown_value;
  std::optional<Viewport> box;  // none: no fix was believed

  /// NaN when nothing moved.
  float speed_mean_mps() const;
};

/// How long before an hour its points begin.
inline constexpr hours lead_in{1};

/// `points`: those of [hour - lead_in, hour + 1 h), by time. Others are passed over, and of equal times all but the
/// first.
Summary of_hour(Timestamp hour, std::span<const TrackPoint> points);

/// The figures of both: of two hours, days or agents.
void add(Summary& sum, const Summary& other);

/// The smallest box that holds both, of those that are no narrower than either. Crosses the antimeridian where that is
/// shorter.
Viewport united(const Viewport& a, const Viewport& b);

}  // namespace fieldcast::summary
