#include "fieldcast/simulate/movement.hpp"

#include <algorithm>
#include <array>
#include <numbers>

namespace fieldcast::simulate {
namespace {

constexpr double metres_per_degree = 111'195.0;
constexpr double step_max_s = 5.0;  // longer steps are walked in pieces, so that corners are turned

double radians(double degrees) { return degrees * std::numbers::pi / 180.0; }

double normalised_deg(double degrees) {
  const double rest = std::fmod(degrees, 360.0);
  return rest < 0 ? rest + 360.0 : rest;
}

Coordinates moved(Coordinates from, double north_m, double east_m) {
  const double shrink = std::max(0.01, std::cos(radians(from.latitude_deg)));
  return {from.latitude_deg + north_m / metres_per_degree, from.longitude_deg + east_m / (metres_per_degree * shrink)};
}

double heading_to(Coordinates from, Coordinates to) {
  const double north = to.latitude_deg - from.latitude_deg;
  const double east = (to.longitude_deg - from.longitude_deg) * std::cos(radians(from.latitude_deg));
  return normalised_deg(std::atan2(east, north) * 180.0 / std::numbers::pi);
}

Activity activity_of(Gait gait) {
  switch (gait) {
    case Gait::walking:
      return Activity::walking;
    case Gait::driving:
      return Activity::driving;
    case Gait::standing:
      break;
  }
  return Activity::stationary;
}

}  // namespace

std::span<const Town> default_towns() {
  static const std::array<Town, 3> towns{{{"Bengaluru", {12.9716, 77.5946}, 9'000},
                                          {"Nairobi", {-1.2864, 36.8172}, 7'000},
                                          {"Berlin", {52.5200, 13.4050}, 10'000}}};
  return towns;
}

Mover::Mover(const Town& town, std::uint64_t seed) : town_(&town), random_(seed) {
  const double away_m = town.radius_m * std::sqrt(random_.uniform());
  const double bearing = radians(random_.uniform(0, 360));
  place_ = moved(town.centre, away_m * std::cos(bearing), away_m * std::sin(bearing));
  heading_deg_ = random_.uniform(0, 360);
  battery_ = random_.uniform(0.25, 1.0);
  accuracy_m_ = random_.uniform(4, 12);
  const double mix = random_.uniform();
  begin(mix < 0.5 ? Gait::driving : mix < 0.7 ? Gait::walking : Gait::standing);
  gait_left_s_ *= random_.uniform();  // nobody starts at the beginning of a phase
}

void Mover::begin(Gait gait) {
  gait_ = gait;
  switch (gait) {
    case Gait::standing:
      cruise_mps_ = 0;
      gait_left_s_ = random_.uniform(60, 900);
      break;
    case Gait::walking:
      cruise_mps_ = random_.uniform(0.9, 1.8);
      gait_left_s_ = random_.uniform(60, 400);
      break;
    case Gait::driving:
      cruise_mps_ = random_.chance(0.1) ? random_.uniform(18, speed_max_mps - 1) : random_.uniform(6, 15);
      gait_left_s_ = random_.uniform(120, 1'200);
      break;
  }
}

void Mover::choose_next_gait() {
  // A call is made on foot, between two drives; a car stops before somebody walks off.
  if (gait_ != Gait::standing) return begin(Gait::standing);
  begin(random_.chance(0.35) ? Gait::walking : Gait::driving);
}

void Mover::steer(double seconds) {
  turn_left_s_ -= seconds;
  if (turn_left_s_ <= 0) {
    const bool outside = distance_m(place_, town_->centre) > town_->radius_m;
    const double corner = random_.chance(0.35) ? (random_.chance(0.5) ? 90.0 : -90.0) : random_.uniform(-20, 20);
    heading_deg_ = outside ? heading_to(place_, town_->centre) + random_.uniform(-30, 30) : heading_deg_ + corner;
    turn_left_s_ = random_.uniform(8, 60);
    if (gait_ == Gait::driving && std::abs(corner) == 90.0) speed_mps_ = std::min(speed_mps_, 7.0);
  }
  heading_deg_ = normalised_deg(heading_deg_ + random_.bell() * 1.5);
}

void Mover::advance(double seconds) {
  const double before_mps = speed_mps_;
  steer(seconds);
  // Braking for a corner is bounded like any other change of speed.
  const double wanted = gait_ == Gait::standing ? 0.0 : cruise_mps_ * random_.uniform(0.85, 1.1);
  const double aim = std::min({wanted, speed_mps_ < before_mps ? speed_mps_ : wanted, speed_max_mps});
  const double change_max = acceleration_max_mps2 * seconds;
  speed_mps_ = before_mps + std::clamp(aim - before_mps, -change_max, change_max);
  const double metres = (before_mps + speed_mps_) / 2 * seconds;
  const double way = radians(heading_deg_);
  place_ = moved(place_, metres * std::cos(way), metres * std::sin(way));
  gait_left_s_ -= seconds;
  if (gait_left_s_ <= 0) choose_next_gait();
}

void Mover::use_battery(double seconds) {
  const double per_hour = charging_ ? 0.5 : (gait_ == Gait::driving ? -0.09 : -0.05);
  battery_ = std::clamp(battery_ + per_hour * seconds / 3600.0, 0.01, 1.0);
  if (battery_ < 0.15) charging_ = true;
  if (battery_ > 0.95) charging_ = false;
}

Fix Mover::step(double seconds) {
  for (double left = seconds; left > 0; left -= step_max_s) advance(std::min(left, step_max_s));
  use_battery(seconds);
  accuracy_m_ = std::clamp(accuracy_m_ + random_.bell() * 0.5, 3.0, 25.0);

  Fix fix;
  fix.at = moved(place_, random_.bell() * accuracy_m_ * 0.3, random_.bell() * accuracy_m_ * 0.3);
  fix.accuracy_m = static_cast<float>(accuracy_m_);
  fix.speed_mps = static_cast<float>(speed_mps_);
  if (speed_mps_ > 0.5) fix.heading_deg = static_cast<float>(heading_deg_);
  fix.battery = static_cast<float>(battery_);
  fix.activity = speed_mps_ > 2.5 ? Activity::driving : activity_of(gait_);
  return fix;
}

std::string person_name(std::uint64_t number) {
  static constexpr std::array given{"Asha",    "Ravi",   "Meera",   "Arjun",  "Lakshmi", "Vikram", "Divya",  "Sanjay",
                                    "Wanjiru", "Otieno", "Achieng", "Kamau",  "Njeri",   "Mutua",  "Amina",  "Baraka",
                                    "Lena",    "Jonas",  "Marie",   "Felix",  "Greta",   "Emil",   "Yusuf",  "Aylin",
                                    "Sofía",   "Mateo",  "Chloé",   "Tomasz", "Ingrid",  "Nikhil", "Fatima", "Daniel"};
  static constexpr std::array family{"Sharma",   "Iyer",   "Reddy",    "Nair",   "Kulkarni",  "Das",     "Menon",
                                     "Odhiambo", "Mwangi", "Kiptoo",   "Wekesa", "Hassan",    "Kariuki", "Njoroge",
                                     "Schmidt",  "Weber",  "Hoffmann", "Krüger", "Yılmaz",    "Nowak",   "Larsen",
                                     "García",   "Dubois", "Rossi",    "Okafor", "Fernandes", "Khan",    "Bauer"};
  std::string name = given[number % given.size()];
  name += ' ';
  // Both lists are walked at different paces, so that all their pairs come before one repeats.
  name += family[(number + number / given.size()) % family.size()];
  return name;
}

}  // namespace fieldcast::simulate
