#include "position_fields.hpp"

#include "fieldcast/base/rfc3339.hpp"
#include "fieldcast/codec/server_message.hpp"

#include <array>
#include <charconv>

namespace fieldcast::codec {
namespace {

void append_known(std::string& out, std::string_view name, float value) {
  if (!std::isfinite(value)) return;
  out.append(name);
  append_float(out, value);
}

}  // namespace

void append_float(std::string& out, float value) {
  std::array<char, 32> text;
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value + 0.0F);
  out.append(text.data(), end);
}

void append_measurements(std::string& out, const Position& position) {
  const Fix& fix = position.fix;
  append_known(out, ",\"accuracy_m\":", fix.accuracy_m);
  append_known(out, ",\"speed_mps\":", fix.speed_mps);
  append_known(out, ",\"heading_deg\":", fix.heading_deg);
  append_known(out, ",\"altitude_m\":", fix.altitude_m);
  append_known(out, ",\"battery\":", fix.battery);
  if (fix.activity != Activity::unknown) {
    out.append(",\"activity\":\"").append(to_string(fix.activity)).push_back('"');
  }
  if (!fix.attributes.empty()) out.append(",\"attributes\":").append(fix.attributes);
  out.append(",\"received_at\":\"");
  append_rfc3339(out, position.received_at);
  out.push_back('"');
}

void append_position_fields(std::string& out, const Position& position) {
  out.append("\"lat\":");
  append_number(out, position.fix.at.latitude_deg, coordinate_decimals);
  out.append(",\"lon\":");
  append_number(out, position.fix.at.longitude_deg, coordinate_decimals);
  out.append(",\"recorded_at\":\"");
  append_rfc3339(out, position.fix.recorded_at);
  out.push_back('"');
  append_measurements(out, position);
}

}  // namespace fieldcast::codec
