#include "position_columns.hpp"

#include <charconv>

namespace fieldcast::store::postgres {
namespace {

/// NULL leaves the value as it is. Not by libpqxx: it goes through a stream with a locale.
template <class Number>
void read_number(const pqxx::field& field, Number& value) {
  if (!field.is_null()) std::from_chars(field.c_str(), field.c_str() + field.size(), value);
}

Timestamp read_time(const pqxx::field& field) {
  std::int64_t unix_ms = 0;
  read_number(field, unix_ms);
  return from_unix_ms(unix_ms);
}

Activity read_activity(const pqxx::field& field) {
  int number = 0;
  read_number(field, number);
  return number >= 0 && number <= static_cast<int>(Activity::driving) ? static_cast<Activity>(number)
                                                                      : Activity::unknown;
}

}  // namespace

std::string position_columns(const std::string& table) {
  std::string text;
  for (const char* time : {"recorded_at", "received_at"})
    text += "(extract(epoch FROM " + table + time + ") * 1000)::bigint, ";
  for (const char* column :
       {"latitude", "longitude", "accuracy_m", "speed_mps", "heading_deg", "altitude_m", "battery", "activity"})
    text += table + column + ", ";
  return text + table + "attributes";
}

Position read_position(const pqxx::row& row, int first) {
  const auto field = [&](int nth) { return row[static_cast<pqxx::row::size_type>(first + nth)]; };
  Position position;
  Fix& fix = position.fix;
  fix.recorded_at = read_time(field(0));
  position.received_at = read_time(field(1));
  read_number(field(2), fix.at.latitude_deg);
  read_number(field(3), fix.at.longitude_deg);
  read_number(field(4), fix.accuracy_m);
  read_number(field(5), fix.speed_mps);
  read_number(field(6), fix.heading_deg);
  read_number(field(7), fix.altitude_m);
  read_number(field(8), fix.battery);
  fix.activity = read_activity(field(9));
  fix.attributes.assign(field(10).c_str(), field(10).size());
  return position;
}

}  // namespace fieldcast::store::postgres
