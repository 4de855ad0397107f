#include "place_texts.hpp"

#include <algorithm>
#include <charconv>
#include <numbers>

namespace fieldcast::store::postgres {
namespace {

void append_ring(std::string& out, const Ring& ring) {
  out += '(';
  for (const Coordinates& at : ring) {
    if (out.back() != '(') out += ',';
    out += as_number(at.longitude_deg) + ' ' + as_number(at.latitude_deg);
  }
  out += ')';
}

}  // namespace

std::string as_number(double number) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, number).ptr};
}

std::string as_multi_polygon(const Area& area) {
  std::string out = "MULTIPOLYGON(";
  for (const Polygon& polygon : area) {
    if (out.back() != '(') out += ',';
    out += '(';
    append_ring(out, polygon.outer);
    for (const Ring& hole : polygon.holes) {
      out += ',';
      append_ring(out, hole);
    }
    out += ')';
  }
  return out + ')';
}

Box box_of(const Area& area) {
  Box box{180, 90, -180, -90};
  for (const Polygon& polygon : area)
    for (const Coordinates& at : polygon.outer)
      box = {std::min(box.west, at.longitude_deg), std::min(box.south, at.latitude_deg),
             std::max(box.east, at.longitude_deg), std::max(box.north, at.latitude_deg)};
  return box;
}

Box box_around(Coordinates centre, double radius_m) {
  constexpr double degrees = 180 / std::numbers::pi;
  constexpr double radius_of_earth_m = 6'371'000;  // a little less than distance_m's: the box is a little larger
  constexpr double margin_deg = 1e-6;
  const double angle = radius_m / radius_of_earth_m;
  const double height_deg = angle * degrees + margin_deg;
  Box box{-180, centre.latitude_deg - height_deg, 180, centre.latitude_deg + height_deg};
  if (box.south <= -90 || box.north >= 90) return box;  // a pole is inside: every longitude may be
  const double width_deg =
      std::asin(std::min(1.0, std::sin(angle) / std::cos(centre.latitude_deg / degrees))) * degrees;
  if (width_deg + margin_deg >= 90) return box;
  box.west = centre.longitude_deg - width_deg - margin_deg;
  box.east = centre.longitude_deg + width_deg + margin_deg;
  if (box.west <= -180) box.west += 360;
  if (box.east >= 180) box.east -= 360;
  return box;
}

std::string as_array(const std::vector<TeamId>& teams) {
  std::string text = "{";
  for (const TeamId& team : teams) {
    text += text.size() == 1 ? "\"" : ",\"";
    for (const char c : team.str()) {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
    text += '"';
  }
  return text + "}";
}

}  // namespace fieldcast::store::postgres
