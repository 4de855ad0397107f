// Fixes and positions.
//
// A fix is what a phone reports; a position is a fix that was accepted.
// Units: WGS 84 degrees, metres, metres per second, degrees clockwise from
// north, battery as a fraction. An absent number is NaN: see known().
#pragma once

#include "fieldcast/base/clock.hpp"
#include "fieldcast/domain/ids.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fieldcast {

inline constexpr float unknown_value = std::numeric_limits<float>::quiet_NaN();
inline bool known(float value) { return !std::isnan(value); }

struct Coordinates {
  double latitude_deg = std::numeric_limits<double>::quiet_NaN();
  double longitude_deg = std::numeric_limits<double>::quiet_NaN();
};

enum class Activity : std::uint8_t { unknown, stationary, walking, running, cycling, driving };
/// Empty for unknown.
std::string_view to_string(Activity activity);
/// `unknown` for any other text.
Activity activity_from(std::string_view text);

struct Fix {
  Coordinates at;
  Timestamp recorded_at{};
  float accuracy_m = unknown_value;
  float speed_mps = unknown_value;
  float heading_deg = unknown_value;  // [0, 360)
  float altitude_m = unknown_value;
  float battery = unknown_value;  // 0 to 1
  Activity activity = Activity::unknown;
  std::string attributes;  // a JSON object as it came, empty when absent
};

struct Position {
  Fix fix;
  Timestamp received_at{};  // by this server's clock
};

struct AgentPosition {
  AgentIdentityPtr agent;
  Position position;
};

/// Great-circle distance in metres (haversine, sphere of 6,371,008.8 m: IUGG mean radius).
double distance_m(Coordinates a, Coordinates b);

/// A map view. West may be greater than east: the view then crosses the antimeridian.
struct Viewport {
  double west_deg, south_deg, east_deg, north_deg;
  bool contains(Coordinates at) const;
};

}  // namespace fieldcast
