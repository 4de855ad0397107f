// Log lines: an event and its fields, as text or as JSON lines.
//
//   2026-11-22T08:15:30.250Z info socket_closed session=5f0c… code=4008
//   {"time":"2026-11-22T08:15:30.250Z","level":"info","event":"socket_closed","session":"5f0c…","code":"4008"}
//
// Never given: tokens, tickets, secrets, coordinates. Threads: any.
#pragma once

#include "fieldcast/base/result.hpp"

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace fieldcast::api {

enum class LogLevel : std::uint8_t { debug, info, warning, error };
enum class LogFormat : std::uint8_t { text, json };

using LogField = std::pair<std::string_view, std::string>;

/// Before the first line; writes to standard error. Errors: bad_request for an unknown level or format.
Result<void> configure_log(std::string_view level, std::string_view format);
void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});
bool log_enabled(LogLevel level);
void flush_log();

}  // namespace fieldcast::api
