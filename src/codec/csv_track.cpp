#include "fieldcast/codec/csv_reader.hpp"
#include "fieldcast/codec/server_message.hpp"
#include "json_text.hpp"
#include "track_reader.hpp"

#include <array>
#include <nlohmann/json.hpp>

namespace fieldcast::codec {
namespace {

struct Column {
  std::string_view header, field;
};

// By what they are called in the record; those of the decoder's own names are called as they are.
constexpr std::array columns{
    Column{"lat", "lat"},
    Column{"latitude", "latitude"},
    Column{"y", "latitude"},
    Column{"lon", "lon"},
    Column{"lng", "lng"},
    Column{"long", "lng"},
    Column{"longitude", "longitude"},
    Column{"x", "longitude"},
    Column{"recorded_at", "recorded_at"},
    Column{"timestamp", "timestamp"},
    Column{"time", "time"},
    Column{"datetime", "time"},
    Column{"date_time", "time"},
    Column{"ts", "ts"},
    Column{"accuracy_m", "accuracy_m"},
    Column{"accuracy", "accuracy"},
    Column{"speed_mps", "speed_mps"},
    Column{"speed", "speed"},
    Column{"heading_deg", "heading_deg"},
    Column{"heading", "heading"},
    Column{"bearing", "bearing"},
    Column{"course", "course"},
    Column{"altitude_m", "altitude_m"},
    Column{"altitude", "altitude"},
    Column{"ele", "altitude"},
    Column{"elevation", "altitude"},
    Column{"battery", "battery"},
    Column{"battery_level", "battery_level"},
    Column{"activity", "activity"},
    Column{"attributes", "attributes"},
};

std::string_view field_of(std::string_view header) {
  if (header.starts_with("\xef\xbb\xbf")) header.remove_prefix(3);
  std::string name;
  for (const char c : trim_json_space(header))
    name.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  for (const Column& column : columns)
    if (column.header == name) return column.field;
  return {};
}

class CsvTrack {
 public:
  explicit CsvTrack(TrackRecords& records) : records_(records) {}

  Result<void> take(std::span<const std::string> cells) { return fields_.empty() ? header(cells) : row(cells); }
  bool has_header() const { return !fields_.empty(); }

 private:
  Result<void> header(std::span<const std::string> cells) {
    bool latitude = false, longitude = false, time = false;
    for (const std::string& cell : cells) {
      const std::string_view field = fields_.emplace_back(field_of(cell));
      latitude = latitude || field.starts_with("lat");
      longitude = longitude || field == "lng" || field.starts_with("lon");
      time = time || field == "recorded_at" || field == "timestamp" || field == "time" || field == "ts";
    }
    if (latitude && longitude && time) return {};
    return Error{"bad_request", "the header names no column of latitude, longitude and time"};
  }

  Result<void> row(std::span<const std::string> cells) {
    std::string& text = records_.begin();
    char separator = '{';
    for (std::size_t i = 0; i < std::min(cells.size(), fields_.size()); ++i) {
      const std::string_view cell = trim_json_space(cells[i]);
      if (fields_[i].empty() || cell.empty()) continue;
      const bool object = fields_[i] == "attributes";
      if (object && (!cell.starts_with('{') || nests_too_deep(cell) || !nlohmann::json::accept(cell))) continue;
      text.push_back(separator);
      separator = ',';
      append_json_string(text, fields_[i]);
      text.push_back(':');
      object ? void(text.append(cell)) : append_json_string(text, cell);
    }
    if (separator == '{') text.push_back('{');
    text.push_back('}');
    return records_.end();
  }

  TrackRecords& records_;
  std::vector<std::string_view> fields_;  // by column; empty: passed over
};

}  // namespace

Result<std::vector<TrackFix>> read_csv_track(std::string_view text) {
  TrackRecords records;
  CsvTrack track(records);
  CsvReader reader;
  const auto visit = [&track](std::span<const std::string> cells) { return track.take(cells); };
  if (const auto fed = reader.feed(text, visit); !fed) return fed.error();
  if (const auto finished = reader.finish(visit); !finished) return finished.error();
  if (!track.has_header()) return Error{"bad_request", "there is no header"};
  return records.finish();
}

}  // namespace fieldcast::codec
