// RFC 3339 times: `2026-11-22T08:15:30.250Z`.
#pragma once

#include "fieldcast/base/clock.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace fieldcast {

/// Always UTC, always milliseconds, always 24 characters: a time before year
/// 0000 or after 9999 is written as the nearest that four digits can name.
std::string format_rfc3339(Timestamp time);
void append_rfc3339(std::string& out, Timestamp time);

/// Reads an RFC 3339 date-time: `T`, `t` or a space between date and time, any
/// number of fractional digits (those beyond milliseconds are cut), `Z` or a
/// numeric offset (with or without its colon). A time without an offset is taken
/// as UTC. Leap second 60 is read as 59.999. Nothing for anything else,
/// impossible dates and times outside of the years 0000 to 9999 (UTC) included.
std::optional<Timestamp> parse_rfc3339(std::string_view text);

}  // namespace fieldcast
