// A day as text: RFC 4180 with a header, one position a line, by (org, agent, recorded_at).
//
// Numbers are the shortest that read back as the same, times RFC 3339 with milliseconds; what is unknown is empty.
// The columns up to `attributes` are what history itself holds, and the checksum of a day is over them alone (the
// lines without the last two columns, each ended by LF, the header left out): whoever moves to another team or gets
// another name changes no checksum. Team and name stand there for a database that does not know the agent.
#pragma once

#include "fieldcast/base/result.hpp"
#include "fieldcast/domain/position.hpp"

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace fieldcast::archive {

inline constexpr std::array<std::string_view, 15> columns{
    "org",         "agent",      "recorded_at", "received_at", "latitude",   "longitude", "accuracy_m", "speed_mps",
    "heading_deg", "altitude_m", "battery",     "activity",    "attributes", "team",      "name"};

struct Row {
  AgentIdentity agent;
  Position position;
};

/// Where a row stands: (org, agent, recorded_at), ids compared byte by byte.
std::strong_ordering compare(const AgentIdentity& agent, Timestamp recorded_at, const Row& row);

void append_header(std::string& out);
/// The columns of history, without a line end.
void append_history(std::string& out, const AgentIdentity& agent, const Position& position);
/// Team and name, and the line end.
void append_identity(std::string& out, const AgentIdentity& agent);

/// Errors: archive_damaged.
Result<void> check_header(std::span<const std::string> cells);
Result<void> parse_row(std::span<const std::string> cells, Row& row);

}  // namespace fieldcast::archive
