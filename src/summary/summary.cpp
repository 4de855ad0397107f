#include "fieldcast/summary/summary.hpp"

#include <algorithm>

namespace fieldcast::summary {
namespace {

constexpr double turn_deg = 360;

/// How far east of `from` it is to `to`, in [0, 360).
double eastward(double from, double to) {
  const double way = std::fmod(to - from, turn_deg);
  return way < 0 ? way + turn_deg : way;
}

double width(const Viewport& box) {
  return box.east_deg - box.west_deg >= turn_deg ? turn_deg : eastward(box.west_deg, box.east_deg);
}

/// From the west of `first` on eastward until both are held.
Viewport from_west_of(const Viewport& first, const Viewport& other) {
  const double end = eastward(first.west_deg, other.west_deg) + width(other);
  Viewport box = first;
  if (end > width(first)) box.east_deg = other.east_deg;
  if (end < turn_deg) return box;
  return {-180, first.south_deg, 180, first.north_deg};
}

}  // namespace

float Summary::speed_mean_mps() const {
  if (moving <= milliseconds{0}) return unknown_value;
  return static_cast<float>(distance_m / std::chrono::duration<double>(moving).count());
}

Viewport united(const Viewport& a, const Viewport& b) {
  const Viewport from_a = from_west_of(a, b), from_b = from_west_of(b, a);
  Viewport box = width(from_a) <= width(from_b) ? from_a : from_b;
  box.south_deg = std::min(a.south_deg, b.south_deg);
  box.north_deg = std::max(a.north_deg, b.north_deg);
  return box;
}

void add(Summary& sum, const Summary& other) {
  sum.fixes += other.fixes;
  sum.rows_read += other.rows_read;
  sum.distance_m += other.distance_m;
  sum.moving += other.moving;
  sum.stops += other.stops;
  sum.speed_max_mps = std::fmax(sum.speed_max_mps, other.speed_max_mps);  // of a number and NaN: the number
  if (!other.box) return;
  sum.box = sum.box ? united(*sum.box, *other.box) : *other.box;
}

}  // namespace fieldcast::summary
