// What is taken for an area keeps the promises of an area, and is read alike when it is written again.
#include "fieldcast/codec/area_decoder.hpp"

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

using namespace fieldcast;

namespace {

void demand(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

void check(const Ring& ring) {
  demand(ring.size() >= 4, "a ring is too short");
  demand(
      ring.front().latitude_deg == ring.back().latitude_deg && ring.front().longitude_deg == ring.back().longitude_deg,
      "a ring is open");
  for (const Coordinates& at : ring)
    demand(std::abs(at.latitude_deg) <= 90 && std::abs(at.longitude_deg) <= 180, "a position is out of range");
}

void append(std::string& out, const Ring& ring) {
  out += '[';
  for (const Coordinates& at : ring) {
    if (out.back() != '[') out += ',';
    char text[64];
    out += '[';
    out.append(text, std::to_chars(text, text + sizeof text, at.longitude_deg).ptr);
    out += ',';
    out.append(text, std::to_chars(text, text + sizeof text, at.latitude_deg).ptr);
    out += ']';
  }
  out += ']';
}

std::string written(const Area& area) {
  std::string out = "{\"type\":\"MultiPolygon\",\"coordinates\":[";
  for (const Polygon& polygon : area) {
    if (out.back() == ']') out += ',';
    out += '[';
    append(out, polygon.outer);
    for (const Ring& hole : polygon.holes) {
      out += ',';
      append(out, hole);
    }
    out += ']';
  }
  return out + "]}";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto area = codec::decode_area({reinterpret_cast<const char*>(data), size});
  if (!area) {
    demand(area.error().code == "bad_json" || area.error().code == "bad_request", "an error of no known code");
    return 0;
  }
  demand(!area->empty(), "an area of nothing");
  for (const Polygon& polygon : *area) {
    check(polygon.outer);
    for (const Ring& hole : polygon.holes) check(hole);
  }
  const std::string text = written(*area);
  if (text.size() > codec::area_bytes_max) return 0;
  const auto again = codec::decode_area(text);
  demand(again.has_value() && written(*again) == text, "it is read differently the second time");
  return 0;
}
