#include "fieldcast/archive/day_text.hpp"

#include "fieldcast/base/rfc3339.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace fieldcast::archive {
namespace {

void append_cell(std::string& out, std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out.append(text);
    return;
  }
  out.push_back('"');
  for (const char c : text) out.append(c == '"' ? 2 : 1, c);
  out.push_back('"');
}

template <class Number>
void append_number(std::string& out, Number value) {
  if (!std::isfinite(value)) return;
  std::array<char, 40> text;
  // + 0 makes 0 of -0.
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value + Number{0});
  out.append(text.data(), end);
}

template <class Number>
bool read_number(std::string_view text, Number& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && std::isfinite(value);
}

bool read_measurement(std::string_view text, float& value) {
  value = unknown_value;
  return text.empty() || read_number(text, value);
}

bool read_time(std::string_view text, Timestamp& time) {
  const auto read = parse_rfc3339(text);
  if (read) time = *read;
  return read.has_value();
}

bool read_values(std::span<const std::string> cells, Position& position) {
  Fix& fix = position.fix;
  fix.activity = activity_from(cells[11]);
  fix.attributes = cells[12];
  return read_time(cells[2], fix.recorded_at) && read_time(cells[3], position.received_at) &&
         read_number(cells[4], fix.at.latitude_deg) && read_number(cells[5], fix.at.longitude_deg) &&
         read_measurement(cells[6], fix.accuracy_m) && read_measurement(cells[7], fix.speed_mps) &&
         read_measurement(cells[8], fix.heading_deg) && read_measurement(cells[9], fix.altitude_m) &&
         read_measurement(cells[10], fix.battery) && to_string(fix.activity) == cells[11];
}

}  // namespace

std::strong_ordering compare(const AgentIdentity& agent, Timestamp recorded_at, const Row& row) {
  if (const auto order = agent.org <=> row.agent.org; order != 0) return order;
  if (const auto order = agent.agent <=> row.agent.agent; order != 0) return order;
  return recorded_at <=> row.position.fix.recorded_at;
}

void append_header(std::string& out) {
  for (const std::string_view column : columns) out.append(column).append(column == columns.back() ? "\r\n" : ",");
}

void append_history(std::string& out, const AgentIdentity& agent, const Position& position) {
  const Fix& fix = position.fix;
  append_cell(out, agent.org.str());
  out.push_back(',');
  append_cell(out, agent.agent.str());
  out.push_back(',');
  append_rfc3339(out, fix.recorded_at);
  out.push_back(',');
  append_rfc3339(out, position.received_at);
  for (const double degrees : {fix.at.latitude_deg, fix.at.longitude_deg}) {
    out.push_back(',');
    append_number(out, degrees);
  }
  for (const float value : {fix.accuracy_m, fix.speed_mps, fix.heading_deg, fix.altitude_m, fix.battery}) {
    out.push_back(',');
    append_number(out, value);
  }
  out.append(",").append(to_string(fix.activity)).append(",");
  append_cell(out, fix.attributes);
}

void append_identity(std::string& out, const AgentIdentity& agent) {
  out.push_back(',');
  append_cell(out, agent.team.str());
  out.push_back(',');
  append_cell(out, agent.name);
  out.append("\r\n");
}

Result<void> check_header(std::span<const std::string> cells) {
  if (std::equal(cells.begin(), cells.end(), columns.begin(), columns.end())) return {};
  return Error{"archive_damaged", "the columns are not those of an archive"};
}

Result<void> parse_row(std::span<const std::string> cells, Row& row) {
  if (cells.size() != columns.size()) return Error{"archive_damaged", "a row has too few or too many cells"};
  if (!is_valid_id(cells[0]) || !is_valid_id(cells[1])) return Error{"archive_damaged", "a row names no agent"};
  if (row.agent.org.str() != cells[0]) row.agent.org = OrgId(cells[0]);
  if (row.agent.agent.str() != cells[1]) row.agent.agent = AgentId(cells[1]);
  if (row.agent.team.str() != cells[13]) row.agent.team = TeamId(cells[13]);
  row.agent.name = cells[14];
  if (!read_values(cells, row.position)) return Error{"archive_damaged", "a row has a value that cannot be"};
  return {};
}

}  // namespace fieldcast::archive
