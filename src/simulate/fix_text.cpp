#include "fieldcast/simulate/fix_text.hpp"

#include "fieldcast/base/rfc3339.hpp"

#include <array>
#include <charconv>

namespace fieldcast::simulate {
namespace {

void append_coordinate(std::string& out, double degrees) {
  if (std::isfinite(degrees) && std::abs(degrees) < 1e9) {
    append_decimal(out, degrees, 7);
  } else {
    out += "null";
  }
}

void append_member(std::string& out, std::string_view name, float value, int decimals) {
  if (!known(value)) return;
  out += name;
  append_decimal(out, static_cast<double>(value), decimals);
}

}  // namespace

void append_decimal(std::string& out, double value, int decimals) {
  static constexpr std::array<double, 10> powers{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
  const auto places = static_cast<std::size_t>(decimals);
  auto scaled = static_cast<std::int64_t>(std::llround(std::abs(value) * powers[places]));
  if (value < 0 && scaled != 0) out += '-';
  const auto unit = static_cast<std::int64_t>(powers[places]);
  std::array<char, 24> digits;
  const auto whole = std::to_chars(digits.data(), digits.data() + digits.size(), scaled / unit);
  out.append(digits.data(), whole.ptr);
  scaled %= unit;
  if (scaled == 0) return;
  // The fraction with its leading zeros: 1 in front keeps them.
  const auto rest = std::to_chars(digits.data(), digits.data() + digits.size(), scaled + unit);
  std::string_view fraction(digits.data() + 1, static_cast<std::size_t>(rest.ptr - digits.data() - 1));
  fraction = fraction.substr(0, fraction.find_last_not_of('0') + 1);
  out += '.';
  out += fraction;
}

void append_fix_members(std::string& out, const Fix& fix) {
  out += "\"lat\":";
  append_coordinate(out, fix.at.latitude_deg);
  out += ",\"lon\":";
  append_coordinate(out, fix.at.longitude_deg);
  out += ",\"recorded_at\":\"";
  append_rfc3339(out, fix.recorded_at);
  out += '"';
  append_member(out, ",\"accuracy_m\":", fix.accuracy_m, 1);
  append_member(out, ",\"speed_mps\":", fix.speed_mps, 2);
  append_member(out, ",\"heading_deg\":", fix.heading_deg, 0);
  append_member(out, ",\"altitude_m\":", fix.altitude_m, 1);
  append_member(out, ",\"battery\":", fix.battery, 2);
  if (fix.activity != Activity::unknown) {
    out += ",\"activity\":\"";
    out += to_string(fix.activity);
    out += '"';
  }
  if (!fix.attributes.empty()) {
    out += ",\"attributes\":";
    out += fix.attributes;
  }
}

}  // namespace fieldcast::simulate
