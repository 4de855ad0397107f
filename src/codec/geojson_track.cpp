#include "json_text.hpp"
#include "track_reader.hpp"

#include <nlohmann/json.hpp>

namespace fieldcast::codec {
namespace {

using nlohmann::ordered_json;

bool has_type(const ordered_json& json, std::string_view type) {
  const auto found = json.is_object() ? json.find("type") : json.end();
  return found != json.end() && found->is_string() && found->get_ref<const std::string&>() == type;
}

const ordered_json& member(const ordered_json& json, std::string_view name) {
  static const ordered_json null;
  if (!json.is_object()) return null;
  const auto found = json.find(std::string(name));
  return found == json.end() ? null : *found;
}

const ordered_json& element(const ordered_json& json, std::size_t index) {
  static const ordered_json null;
  return json.is_array() && index < json.size() ? json[index] : null;
}

const ordered_json& times_of(const ordered_json& properties) {
  for (const char* name : {"coordTimes", "times"})
    if (const ordered_json& times = member(properties, name); times.is_array()) return times;
  return member(member(properties, "coordinateProperties"), "times");
}

class GeoJson {
 public:
  explicit GeoJson(TrackRecords& records) : records_(records) {}

  Result<void> read(const ordered_json& json) {
    if (!has_type(json, "FeatureCollection")) return feature(json);
    const ordered_json& features = member(json, "features");
    if (!features.is_array()) return Error{"bad_request", "features: a list is expected"};
    for (const ordered_json& each : features)
      if (auto read = feature(each); !read) return read;
    return {};
  }

 private:
  /// A geometry alone has no time: its records say so.
  Result<void> feature(const ordered_json& json) {
    const bool is_feature = has_type(json, "Feature");
    const ordered_json& geometry = is_feature ? member(json, "geometry") : json;
    const ordered_json& properties = is_feature ? member(json, "properties") : member(json, "");
    const ordered_json& coordinates = member(geometry, "coordinates");
    if (has_type(geometry, "LineString") || has_type(geometry, "MultiPoint"))
      return line(coordinates, times_of(properties));
    if (has_type(geometry, "MultiLineString")) {
      for (std::size_t i = 0; i < coordinates.size(); ++i)
        if (auto read = line(element(coordinates, i), element(times_of(properties), i)); !read) return read;
      return {};
    }
    return point(has_type(geometry, "Point") ? coordinates : member(json, ""),
                 properties.is_object() ? properties : ordered_json::object());
  }

  Result<void> line(const ordered_json& coordinates, const ordered_json& times) {
    for (std::size_t i = 0; coordinates.is_array() && i < coordinates.size(); ++i) {
      ordered_json record = ordered_json::object();
      record["recorded_at"] = element(times, i);
      if (auto read = point(coordinates[i], std::move(record)); !read) return read;
    }
    return {};
  }

  /// The coordinates count, whatever the properties say.
  Result<void> point(const ordered_json& coordinates, ordered_json record) {
    for (const char* name : {"lat", "latitude", "lon", "lng", "longitude", "positions"}) record.erase(name);
    record["lon"] = element(coordinates, 0);
    record["lat"] = element(coordinates, 1);
    if (const ordered_json& altitude = element(coordinates, 2); altitude.is_number()) record["altitude_m"] = altitude;
    records_.begin().append(record.dump());
    return records_.end();
  }

  TrackRecords& records_;
};

bool is_geojson(const ordered_json& json) {
  for (const char* type : {"FeatureCollection", "Feature", "Point", "MultiPoint", "LineString", "MultiLineString"})
    if (has_type(json, type)) return true;
  return false;
}

}  // namespace

Result<std::vector<TrackFix>> read_json_track(std::string_view text) try {
  if (nests_too_deep(text)) return Error{"bad_json", "the text is nested too deeply"};
  TrackRecords records;
  const auto json = ordered_json::parse(text, nullptr, false);
  if (!json.is_discarded() && is_geojson(json)) {
    if (const auto read = GeoJson(records).read(json); !read) return read.error();
  } else if (const auto decoded = records.decode(text); !decoded) {
    return decoded.error();
  }
  return records.finish();
} catch (const nlohmann::json::exception&) {
  return Error{"bad_json", "the text holds what is no UTF-8"};
}

}  // namespace fieldcast::codec
