#include "fieldcast/codec/track_writer.hpp"

#include "fieldcast/base/rfc3339.hpp"
#include "fieldcast/base/utf8.hpp"
#include "fieldcast/codec/server_message.hpp"
#include "position_fields.hpp"

#include <array>
#include <charconv>

namespace fieldcast::codec {
namespace {

/// {"agent":…,"name":…,"positions":[…],"next_cursor":…}
class JsonTrack : public TrackWriter {
 public:
  void begin(std::string& out, const AgentId& agent, const std::string& name) override {
    out.append(head()).append("\"agent\":");
    append_json_string(out, agent.str());
    if (!name.empty()) {
      out.append(",\"name\":");
      append_json_string(out, name);
    }
    out.append(list_head());
  }
  void page(std::string& out, std::span<const Position> positions) override {
    for (const Position& position : positions) {
      if (!first_) out.push_back(',');
      first_ = false;
      out.push_back('\n');
      append(out, position);
    }
  }
  void end(std::string& out, std::string_view next_cursor) override {
    out.append("],\"next_cursor\":");
    if (next_cursor.empty()) {
      out.append("null");
    } else {
      append_json_string(out, next_cursor);
    }
    out.append("}\n");
  }

 protected:
  virtual std::string_view head() const { return "{"; }
  virtual std::string_view list_head() const { return ",\"positions\":["; }
  virtual void append(std::string& out, const Position& position) const {
    out.push_back('{');
    append_position_fields(out, position);
    out.push_back('}');
  }

 private:
  bool first_ = true;
};

/// A FeatureCollection of Points; agent, name and next_cursor are foreign members of it (RFC 7946 6.1).
class GeoJsonTrack final : public JsonTrack {
 private:
  std::string_view head() const override { return "{\"type\":\"FeatureCollection\","; }
  std::string_view list_head() const override { return ",\"features\":["; }
  void append(std::string& out, const Position& position) const override {
    const Fix& fix = position.fix;
    out.append("{\"type\":\"Feature\",\"geometry\":{\"type\":\"Point\",\"coordinates\":[");
    append_number(out, fix.at.longitude_deg, coordinate_decimals);
    out.push_back(',');
    append_number(out, fix.at.latitude_deg, coordinate_decimals);
    if (std::isfinite(fix.altitude_m)) {
      out.push_back(',');
      append_float(out, fix.altitude_m);
    }
    out.append("]},\"properties\":{\"recorded_at\":\"");
    append_rfc3339(out, fix.recorded_at);
    out.push_back('"');
    append_measurements(out, position);
    out.append("}}");
  }
};

/// True for what XML 1.0 may hold.
bool is_xml_character(std::uint32_t code_point) {
  if (code_point < 0x20) return code_point == '\t' || code_point == '\n' || code_point == '\r';
  return code_point != 0xfffe && code_point != 0xffff;
}

void append_xml_text(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const CodePoint next = first_code_point(text);
    if (next.bytes == 0 || !is_xml_character(next.value)) {
      out.append("\xef\xbf\xbd");
    } else if (next.value == '&') {
      out.append("&amp;");
    } else if (next.value == '<') {
      out.append("&lt;");
    } else if (next.value == '>') {
      out.append("&gt;");
    } else if (next.value == '\r') {
      out.append("&#13;");
    } else {
      out.append(text.substr(0, next.bytes));
    }
    text.remove_prefix(next.bytes == 0 ? 1 : next.bytes);
  }
}

/// XML's decimals have no exponent.
void append_xml_decimal(std::string& out, float value) {
  std::array<char, 64> text;
  const auto [end, error] =
      std::to_chars(text.data(), text.data() + text.size(), value + 0.0F, std::chars_format::fixed);
  out.append(text.data(), end);
}

/// GPX 1.1; what GPX has no element for stands in extensions of our own namespace.
class GpxTrack final : public TrackWriter {
 public:
  void begin(std::string& out, const AgentId& agent, const std::string& name) override {
    out.append(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<gpx version=\"1.1\" creator=\"Fieldcast\" xmlns=\"http://www.topografix.com/GPX/1/1\""
        " xmlns:fc=\"urn:fieldcast:gpx:1\">\n<trk><name>");
    append_xml_text(out, name.empty() ? agent.str() : name);
    out.append("</name><extensions><fc:agent>");
    append_xml_text(out, agent.str());
    out.append("</fc:agent></extensions><trkseg>\n");
  }
  void page(std::string& out, std::span<const Position> positions) override {
    for (const Position& position : positions) append_point(out, position.fix);
  }
  void end(std::string& out, std::string_view next_cursor) override {
    out.append("</trkseg></trk>\n");
    if (!next_cursor.empty()) {
      out.append("<extensions><fc:next_cursor>");
      append_xml_text(out, next_cursor);
      out.append("</fc:next_cursor></extensions>\n");
    }
    out.append("</gpx>\n");
  }

 private:
  static void append_point(std::string& out, const Fix& fix) {
    out.append("<trkpt lat=\"");
    append_number(out, fix.at.latitude_deg, coordinate_decimals);
    out.append("\" lon=\"");
    append_number(out, fix.at.longitude_deg, coordinate_decimals);
    out.append("\">");
    append_element(out, "ele", fix.altitude_m);
    out.append("<time>");
    append_rfc3339(out, fix.recorded_at);
    out.append("</time>");
    append_extensions(out, fix);
    out.append("</trkpt>\n");
  }
  static void append_extensions(std::string& out, const Fix& fix) {
    const std::size_t before = out.size();
    out.append("<extensions>");
    const std::size_t empty = out.size();
    append_element(out, "fc:accuracy_m", fix.accuracy_m);
    append_element(out, "fc:speed_mps", fix.speed_mps);
    append_element(out, "fc:heading_deg", fix.heading_deg);
    append_element(out, "fc:battery", fix.battery);
    if (fix.activity != Activity::unknown) {
      out.append("<fc:activity>").append(to_string(fix.activity)).append("</fc:activity>");
    }
    if (out.size() == empty) {
      out.resize(before);
    } else {
      out.append("</extensions>");
    }
  }
  static void append_element(std::string& out, std::string_view name, float value) {
    if (!std::isfinite(value)) return;
    out.append("<").append(name).append(">");
    append_xml_decimal(out, value);
    out.append("</").append(name).append(">");
  }
};

/// RFC 4180: a header row, CRLF, quotes where they are needed. It has no place for a cursor.
class CsvTrack final : public TrackWriter {
 public:
  void begin(std::string& out, const AgentId& agent, const std::string& name) override {
    append_cell(agent_cells_, agent.str());
    agent_cells_.push_back(',');
    append_cell(agent_cells_, name);
    agent_cells_.push_back(',');
    out.append(
        "agent,name,recorded_at,lat,lon,accuracy_m,speed_mps,heading_deg,altitude_m,battery,activity,attributes,"
        "received_at\r\n");
  }
  void page(std::string& out, std::span<const Position> positions) override {
    for (const Position& position : positions) append_row(out, position);
  }
  void end(std::string&, std::string_view) override {}

 private:
  void append_row(std::string& out, const Position& position) const {
    const Fix& fix = position.fix;
    out.append(agent_cells_);
    append_rfc3339(out, fix.recorded_at);
    for (const double degrees : {fix.at.latitude_deg, fix.at.longitude_deg}) {
      out.push_back(',');
      append_number(out, degrees, coordinate_decimals);
    }
    for (const float value : {fix.accuracy_m, fix.speed_mps, fix.heading_deg, fix.altitude_m, fix.battery}) {
      out.push_back(',');
      if (std::isfinite(value)) append_float(out, value);
    }
    out.append(",").append(to_string(fix.activity)).append(",");
    append_cell(out, fix.attributes);
    out.push_back(',');
    append_rfc3339(out, position.received_at);
    out.append("\r\n");
  }
  static void append_cell(std::string& out, std::string_view text) {
    if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
      out.append(text);
      return;
    }
    out.push_back('"');
    for (const char c : text) out.append(c == '"' ? 2 : 1, c);
    out.push_back('"');
  }

  std::string agent_cells_;
};

}  // namespace

std::unique_ptr<TrackWriter> make_track_writer(TrackFormat format) {
  switch (format) {
    case TrackFormat::json:
      return std::make_unique<JsonTrack>();
    case TrackFormat::geojson:
      return std::make_unique<GeoJsonTrack>();
    case TrackFormat::gpx:
      return std::make_unique<GpxTrack>();
    case TrackFormat::csv:
      return std::make_unique<CsvTrack>();
  }
  return std::make_unique<JsonTrack>();
}

}  // namespace fieldcast::codec
