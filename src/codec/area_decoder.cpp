#include "fieldcast/codec/area_decoder.hpp"

#include "json_text.hpp"
#include "ring_crossing.hpp"

#include <nlohmann/json.hpp>

namespace fieldcast::codec {
namespace {

using Json = nlohmann::json;

Error wrong(std::string text) { return {"bad_request", "area: " + std::move(text)}; }

class Decoder {
 public:
  Result<Area> decode(const Json& geometry) {
    const auto type = geometry.find("type");
    const auto coordinates = geometry.find("coordinates");
    if (type == geometry.end() || coordinates == geometry.end() || !coordinates->is_array())
      return wrong("it has no type or no coordinates");
    Area area;
    if (*type == "Polygon") {
      if (auto added = add_polygon(*coordinates, area); !added) return added.error();
    } else if (*type == "MultiPolygon") {
      for (const Json& polygon : *coordinates)
        if (auto added = add_polygon(polygon, area); !added) return added.error();
    } else {
      return wrong("only a Polygon or a MultiPolygon is one");
    }
    if (area.empty()) return wrong("it has no polygon");
    return area;
  }

 private:
  Result<void> add_polygon(const Json& rings, Area& area) {
    if (!rings.is_array() || rings.empty()) return wrong("a polygon has no ring");
    Polygon polygon;
    for (const Json& positions : rings) {
      auto ring = read_ring(positions);
      if (!ring) return ring.error();
      if (polygon.outer.empty()) {
        polygon.outer = std::move(*ring);
      } else {
        polygon.holes.push_back(std::move(*ring));
      }
    }
    area.push_back(std::move(polygon));
    return {};
  }

  Result<Ring> read_ring(const Json& positions) {
    const std::string name = "ring " + std::to_string(++rings_);
    if (!positions.is_array() || positions.size() < 4) return wrong(name + " has fewer than four positions");
    vertices_ += positions.size();
    if (vertices_ > area_vertices_max)
      return wrong("it has more than " + std::to_string(area_vertices_max) + " positions");
    Ring ring;
    ring.reserve(positions.size());
    for (const Json& position : positions) {
      if (!position.is_array() || position.size() < 2 || !position[0].is_number() || !position[1].is_number())
        return wrong(name + " has a position that is not [longitude, latitude]");
      const Coordinates at{position[1].get<double>() + 0.0, position[0].get<double>() + 0.0};  // no negative zero
      if (!(std::abs(at.longitude_deg) <= 180))
        return wrong(name + " goes beyond 180 degrees of longitude: split it at the antimeridian");
      if (!(std::abs(at.latitude_deg) <= 90)) return wrong(name + " goes beyond 90 degrees of latitude");
      ring.push_back(at);
    }
    const Coordinates &first = ring.front(), &last = ring.back();
    if (first.latitude_deg != last.latitude_deg || first.longitude_deg != last.longitude_deg)
      return wrong(name + " is not closed: its last position must be its first");
    if (crosses_itself(ring)) return wrong(name + " crosses itself");
    return ring;
  }

  std::size_t rings_ = 0, vertices_ = 0;
};

}  // namespace

Result<Area> decode_area(std::string_view text) {
  if (text.size() > area_bytes_max) return wrong("it has more than " + std::to_string(area_bytes_max) + " bytes");
  if (nests_too_deep(text)) return Error{"bad_json", "area: it is nested too deep"};
  const Json geometry = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!geometry.is_object()) return Error{"bad_json", "area: it is not a JSON object"};
  return Decoder().decode(geometry);
}

}  // namespace fieldcast::codec
