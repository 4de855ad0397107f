#include "fieldcast/base/rfc3339.hpp"
#include "fieldcast/simulate/tracks.hpp"

#include <array>
#include <charconv>
#include <optional>

namespace fieldcast::simulate {
namespace {

constexpr double metres_per_foot = 0.3048;

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::optional<double> number_from(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return trimmed(line);
}

std::optional<Fix> read_plt_line(std::string_view line) {
  std::array<std::string_view, 7> fields;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::size_t comma = line.find(',');
    const bool last = i + 1 == fields.size();
    if ((comma == std::string_view::npos) != last) return std::nullopt;
    fields[i] = line.substr(0, comma);
    line = last ? std::string_view() : line.substr(comma + 1);
  }
  const auto latitude = number_from(fields[0]);
  const auto longitude = number_from(fields[1]);
  const auto feet = number_from(fields[3]);
  const auto recorded_at = parse_rfc3339(std::string(trimmed(fields[5])) + "T" + std::string(trimmed(fields[6])) + "Z");
  if (!latitude || !longitude || !recorded_at) return std::nullopt;
  Fix fix;
  fix.at = {*latitude, *longitude};
  fix.recorded_at = *recorded_at;
  if (feet && *feet != -777) fix.altitude_m = static_cast<float>(*feet * metres_per_foot);
  return fix;
}

/// The value of ` name="…"` or ` name='…'` in a tag.
std::optional<std::string_view> attribute(std::string_view tag, std::string_view name) {
  for (std::size_t at = tag.find(name); at != std::string_view::npos; at = tag.find(name, at + 1)) {
    const bool whole = at > 0 && std::string_view(" \t\r\n").find(tag[at - 1]) != std::string_view::npos;
    const std::string_view rest = trimmed(tag.substr(at + name.size()));
    if (!whole || !rest.starts_with('=')) continue;
    const std::string_view quoted = trimmed(rest.substr(1));
    if (quoted.empty() || (quoted.front() != '"' && quoted.front() != '\'')) continue;
    const std::size_t end = quoted.find(quoted.front(), 1);
    if (end != std::string_view::npos) return quoted.substr(1, end - 1);
  }
  return std::nullopt;
}

/// The text of `<name>…</name>` in an element's body.
std::optional<std::string_view> child(std::string_view body, std::string_view name) {
  const std::string open = "<" + std::string(name) + ">";
  const std::size_t at = body.find(open);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = body.substr(at + open.size());
  const std::size_t end = rest.find('<');
  if (end == std::string_view::npos) return std::nullopt;
  return trimmed(rest.substr(0, end));
}

float child_number(std::string_view body, std::string_view name) {
  const auto text = child(body, name);
  const auto value = text ? number_from(*text) : std::nullopt;
  return value ? static_cast<float>(*value) : unknown_value;
}

std::optional<Fix> read_gpx_point(std::string_view tag, std::string_view body) {
  const auto latitude = attribute(tag, "lat");
  const auto longitude = attribute(tag, "lon");
  const auto time = child(body, "time");
  if (!latitude || !longitude || !time) return std::nullopt;
  const auto latitude_deg = number_from(*latitude);
  const auto longitude_deg = number_from(*longitude);
  const auto recorded_at = parse_rfc3339(*time);
  if (!latitude_deg || !longitude_deg || !recorded_at) return std::nullopt;
  Fix fix;
  fix.at = {*latitude_deg, *longitude_deg};
  fix.recorded_at = *recorded_at;
  fix.altitude_m = child_number(body, "ele");
  fix.speed_mps = child_number(body, "speed");
  fix.heading_deg = child_number(body, "course");
  // What our own export has no element of GPX for.
  if (!known(fix.speed_mps)) fix.speed_mps = child_number(body, "fc:speed_mps");
  if (!known(fix.heading_deg)) fix.heading_deg = child_number(body, "fc:heading_deg");
  fix.accuracy_m = child_number(body, "fc:accuracy_m");
  fix.battery = child_number(body, "fc:battery");
  fix.activity = activity_from(child(body, "fc:activity").value_or(std::string_view()));
  return fix;
}

/// True at `<trkpt`, `<rtept` or `<wpt` followed by a blank or the tag's end; `name` is which.
bool is_point_tag(std::string_view at, std::string_view& name) {
  for (const std::string_view candidate : {"trkpt", "rtept", "wpt"}) {
    if (at.substr(1).starts_with(candidate) && at.size() > candidate.size() + 1 &&
        std::string_view(" \t\r\n>/").find(at[candidate.size() + 1]) != std::string_view::npos) {
      name = candidate;
      return true;
    }
  }
  return false;
}

}  // namespace

TrackPoints read_plt(std::string_view text) {
  constexpr int header_lines = 6;
  TrackPoints points;
  for (int i = 0; i < header_lines; ++i) take_line(text);
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.empty()) continue;
    if (const auto fix = read_plt_line(line)) {
      points.fixes.push_back(*fix);
    } else {
      ++points.unreadable;
    }
  }
  return points;
}

TrackPoints read_gpx(std::string_view text) {
  TrackPoints points;
  for (std::size_t at = text.find('<'); at != std::string_view::npos; at = text.find('<', at + 1)) {
    std::string_view name;
    if (!is_point_tag(text.substr(at), name)) continue;
    const std::size_t tag_end = text.find('>', at);
    if (tag_end == std::string_view::npos) {
      ++points.unreadable;
      break;
    }
    const std::string_view tag = text.substr(at, tag_end - at);
    std::string_view body;
    if (!tag.ends_with('/')) {
      const std::size_t end = text.find("</" + std::string(name), tag_end);
      body = text.substr(tag_end + 1, end == std::string_view::npos ? end : end - tag_end - 1);
    }
    if (const auto fix = read_gpx_point(tag, body)) {
      points.fixes.push_back(*fix);
    } else {
      ++points.unreadable;
    }
    at = tag_end;
  }
  return points;
}

}  // namespace fieldcast::simulate
