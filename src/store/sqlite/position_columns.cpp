#include "position_columns.hpp"

#include <cmath>

namespace fieldcast::store::sqlite {
namespace {

constexpr double units_per_degree = 1e7;

// Activities are stored as these numbers: new ones come after the last.
static_assert(static_cast<int>(Activity::stationary) == 1 && static_cast<int>(Activity::driving) == 5);

std::int64_t to_units(double degrees) { return std::llround(degrees * units_per_degree); }

float read_number(const Statement& statement, int column) {
  return statement.is_null(column) ? unknown_value : static_cast<float>(statement.real(column));
}

Activity read_activity(const Statement& statement, int column) {
  const std::int64_t number = statement.integer(column);  // NULL reads as 0: unknown
  return number >= 0 && number <= static_cast<int>(Activity::driving) ? static_cast<Activity>(number)
                                                                      : Activity::unknown;
}

}  // namespace

bool is_storable(const Position& position) {
  const Coordinates at = position.fix.at;  // a comparison with NaN is false
  return std::abs(at.latitude_deg) <= 90 && std::abs(at.longitude_deg) <= 180;
}

void bind_position(Statement& statement, int first, const Position& position) {
  const Fix& fix = position.fix;
  statement.bind(first, to_unix_ms(fix.recorded_at));
  statement.bind(first + 1, to_unix_ms(position.received_at));
  statement.bind(first + 2, to_units(fix.at.latitude_deg));
  statement.bind(first + 3, to_units(fix.at.longitude_deg));
  statement.bind(first + 4, static_cast<double>(fix.accuracy_m));
  statement.bind(first + 5, static_cast<double>(fix.speed_mps));
  statement.bind(first + 6, static_cast<double>(fix.heading_deg));
  statement.bind(first + 7, static_cast<double>(fix.altitude_m));
  statement.bind(first + 8, static_cast<double>(fix.battery));
  if (fix.activity == Activity::unknown)
    statement.bind_null(first + 9);
  else
    statement.bind(first + 9, static_cast<std::int64_t>(fix.activity));
  if (fix.attributes.empty())
    statement.bind_null(first + 10);
  else
    statement.bind(first + 10, std::string_view(fix.attributes));
}

Position read_position(const Statement& statement, int first) {
  Position position;
  Fix& fix = position.fix;
  fix.recorded_at = from_unix_ms(statement.integer(first));
  position.received_at = from_unix_ms(statement.integer(first + 1));
  fix.at.latitude_deg = static_cast<double>(statement.integer(first + 2)) / units_per_degree;
  fix.at.longitude_deg = static_cast<double>(statement.integer(first + 3)) / units_per_degree;
  fix.accuracy_m = read_number(statement, first + 4);
  fix.speed_mps = read_number(statement, first + 5);
  fix.heading_deg = read_number(statement, first + 6);
  fix.altitude_m = read_number(statement, first + 7);
  fix.battery = read_number(statement, first + 8);
  fix.activity = read_activity(statement, first + 9);
  fix.attributes = statement.text(first + 10);
  return position;
}

}  // namespace fieldcast::store::sqlite
