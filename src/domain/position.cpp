#include "fieldcast/domain/position.hpp"

#include <algorithm>
#include <array>
#include <numbers>

namespace fieldcast {
namespace {

constexpr std::array<std::string_view, 6> activity_names{"", "stationary", "walking", "running", "cycling", "driving"};
constexpr double earth_radius_m = 6'371'008.8;

double radians(double degrees) { return degrees * (std::numbers::pi / 180.0); }

}  // namespace

std::string_view to_string(Activity activity) {
  const auto index = static_cast<std::size_t>(activity);
  return index < activity_names.size() ? activity_names[index] : std::string_view{};
}

Activity activity_from(std::string_view text) {
  const auto found = std::find(activity_names.begin(), activity_names.end(), text);
  if (found == activity_names.end()) return Activity::unknown;
  return static_cast<Activity>(found - activity_names.begin());
}

double distance_m(Coordinates a, Coordinates b) {
  const double half_dlat_sin = std::sin(radians(b.latitude_deg - a.latitude_deg) / 2);
  const double half_dlon_sin = std::sin(radians(b.longitude_deg - a.longitude_deg) / 2);
  const double h = half_dlat_sin * half_dlat_sin + std::cos(radians(a.latitude_deg)) *
                                                       std::cos(radians(b.latitude_deg)) * half_dlon_sin *
                                                       half_dlon_sin;
  // Rounding can carry h past 1 for opposite points.
  return 2 * earth_radius_m * std::asin(std::sqrt(std::min(h, 1.0)));
}

bool Viewport::contains(Coordinates at) const {
  if (!(at.latitude_deg >= south_deg && at.latitude_deg <= north_deg)) return false;
  const auto between = [this](double longitude_deg) {
    if (west_deg <= east_deg) return longitude_deg >= west_deg && longitude_deg <= east_deg;
    return longitude_deg >= west_deg || longitude_deg <= east_deg;
  };
  // 180 and -180 are one meridian.
  return between(at.longitude_deg) || (std::abs(at.longitude_deg) == 180.0 && between(-at.longitude_deg));
}

}  // namespace fieldcast
