// The walk along the points of an hour and the one before.
#include "fieldcast/summary/summary.hpp"

#include <algorithm>

namespace fieldcast::summary {
namespace {

constexpr float accuracy_max_m = 100, blur_min_m = 15, speed_possible_mps = 100;
constexpr int strays_believed = 3;
constexpr double moving_mps = 0.5, silent_way_mps = 10;
constexpr milliseconds pair_max = std::chrono::minutes{5}, stop_min = std::chrono::minutes{3},
                       silence_max = std::chrono::minutes{10};

double seconds_of(milliseconds time) { return std::chrono::duration<double>(time).count(); }

double blur_m(const TrackPoint& a, const TrackPoint& b) {
  return std::fmax(blur_min_m, std::fmax(a.accuracy_m, b.accuracy_m));  // fmax passes NaN over
}

bool can_come(const TrackPoint& from, const TrackPoint& to) {
  const double way_m = speed_possible_mps * seconds_of(to.recorded_at - from.recorded_at) + blur_m(from, to);
  return distance_m(from.at, to.at) <= way_m;
}

milliseconds moving_time(milliseconds took, double distance_m) {
  if (distance_m < moving_mps * seconds_of(took)) return milliseconds{0};
  const milliseconds way{static_cast<std::int64_t>(distance_m / silent_way_mps * 1e3)};
  return std::min(took, std::max(pair_max, way));
}

class Walk {
 public:
  explicit Walk(Timestamp hour) : hour_(hour) {}

  void take(const TrackPoint& point) {
    ++sum_.rows_read;
    counts_ = point.recorded_at >= hour_;
    sum_.fixes += counts_ ? 1 : 0;
    if (point.accuracy_m > accuracy_max_m) return;  // false when it is not known
    if (!begun_ || !can_come(last_, point)) return believe_later(point);
    const milliseconds silence = point.recorded_at - last_.recorded_at;
    strays_ = 0;
    const double way_m = distance_m(anchor_.at, point.at);
    const bool apart = way_m > blur_m(anchor_, point);
    see(point, apart ? way_m / seconds_of(point.recorded_at - rests_since_) : unknown_value);
    if (apart)
      move_to(point, way_m);
    else
      stay(point, silence);
    last_ = point;
  }

  const Summary& sum() const { return sum_; }

 private:
  /// The first of all is believed at once, others when they agree.
  void believe_later(const TrackPoint& point) {
    strays_ = begun_ && strays_ > 0 && can_come(stray_, point) ? strays_ + 1 : 1;
    stray_ = point;
    if (begun_ && strays_ < strays_believed) return;
    strays_ = 0;
    begun_ = true;
    see(point, unknown_value);
    rest_at(point);
    last_ = point;
  }

  void rest_at(const TrackPoint& point) {
    anchor_ = point;
    rests_since_ = point.recorded_at;
    stopped_ = false;
  }

  Timestamp moving_since() const { return stopped_ ? last_.recorded_at : rests_since_; }

  void move_to(const TrackPoint& point, double way_m) {
    if (counts_) {
      sum_.distance_m += way_m;
      sum_.moving += moving_time(point.recorded_at - moving_since(), way_m);
    }
    rest_at(point);
  }

  void stay(const TrackPoint& point, milliseconds silence) {
    if (silence > silence_max) rests_since_ = point.recorded_at;
    if (stopped_ || point.recorded_at - rests_since_ < stop_min) return;
    stopped_ = true;
    sum_.stops += counts_ ? 1 : 0;
  }

  void see(const TrackPoint& point, double between_anchors_mps) {
    if (!counts_) return;
    const Viewport there{point.at.longitude_deg, point.at.latitude_deg, point.at.longitude_deg, point.at.latitude_deg};
    sum_.box = sum_.box ? united(*sum_.box, there) : there;
    const double speed_mps = known(point.speed_mps) ? point.speed_mps : between_anchors_mps;
    if (speed_mps <= speed_possible_mps)
      sum_.speed_max_mps = std::fmax(sum_.speed_max_mps, static_cast<float>(speed_mps));
  }

  const Timestamp hour_;
  Summary sum_;
  TrackPoint anchor_, last_, stray_;  // last_: the last that was believed
  Timestamp rests_since_{};
  int strays_ = 0;  // in a row, each reachable from the one before
  bool begun_ = false, stopped_ = false, counts_ = false;
};

}  // namespace

Summary of_hour(Timestamp hour, std::span<const TrackPoint> points) {
  Walk walk(hour);
  Timestamp after = hour - lead_in - milliseconds{1};
  for (const TrackPoint& point : points) {
    if (point.recorded_at <= after || point.recorded_at >= hour + hours{1}) continue;
    after = point.recorded_at;
    walk.take(point);
  }
  return walk.sum();
}

}  // namespace fieldcast::summary
