// How a simulated member of a field force moves: drives between calls, walks, stands.
//
// Pure: time and randomness are arguments. True motion is continuous (speed and heading
// change by what a car or a pedestrian can do); what is reported has the noise of a phone.
// Threads: one. Memory: about 120 bytes an agent. Cost of a step: about 0.2 µs.
#pragma once

#include "fieldcast/domain/position.hpp"
#include "fieldcast/simulate/random.hpp"

#include <span>
#include <string>
#include <vector>

namespace fieldcast::simulate {

/// Where agents are: they start within the radius and turn back when they leave it.
struct Town {
  std::string name;
  Coordinates centre;
  double radius_m = 8'000;
};
/// Bengaluru, Nairobi, Berlin.
std::span<const Town> default_towns();

enum class Gait : std::uint8_t { standing, walking, driving };

/// No agent is ever faster than this, nor changes its true speed by more than acceleration_max_mps2.
inline constexpr double speed_max_mps = 27.0;
inline constexpr double acceleration_max_mps2 = 2.5;

class Mover {
 public:
  /// The same seed gives the same path. `town` must outlive the mover.
  Mover(const Town& town, std::uint64_t seed);

  /// Moves on by `seconds` (> 0) and reports; recorded_at is left to the caller.
  Fix step(double seconds);

  Gait gait() const { return gait_; }
  Coordinates true_place() const { return place_; }
  double true_speed_mps() const { return speed_mps_; }

 private:
  void begin(Gait gait);
  void choose_next_gait();
  void advance(double seconds);
  void steer(double seconds);
  void use_battery(double seconds);

  const Town* town_;
  Random random_;
  Coordinates place_;
  double heading_deg_ = 0;
  double speed_mps_ = 0;
  double cruise_mps_ = 0;  // what the present gait aims at
  double gait_left_s_ = 0;
  double turn_left_s_ = 0;  // until the next corner
  double accuracy_m_ = 5;
  double battery_ = 1;
  Gait gait_ = Gait::standing;
  bool charging_ = false;
};

/// Given name and family name; the same for the same number.
std::string person_name(std::uint64_t number);

}  // namespace fieldcast::simulate
