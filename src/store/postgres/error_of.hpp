// What a failure of PostgreSQL means to the store.
#pragma once

#include "fieldcast/base/result.hpp"

#include <string>
#include <string_view>

namespace fieldcast::store::postgres {

/// record_unusable when a smaller group may succeed: a value was refused (classes 22 and 23), or one statement
/// touched so many days that the server's table of locks is full. store_unavailable otherwise.
/// `message` is the primary one: details and context may hold values.
inline Error error_of(const std::string& sqlstate, std::string_view message) {
  const bool caused_by_value = sqlstate.starts_with("22") || sqlstate.starts_with("23") || sqlstate == "53200";
  std::string text(message);
  if (!sqlstate.empty()) text += " (SQLSTATE " + sqlstate + ")";
  return {caused_by_value ? "record_unusable" : "store_unavailable", std::move(text)};
}

/// Whether the server could not be reached, went away, or takes nobody: another statement would fail alike. A server
/// that says nothing has no SQLSTATE.
inline bool is_of_connection(std::string_view sqlstate) {
  return sqlstate.empty() || sqlstate.starts_with("08") || sqlstate.starts_with("57P") || sqlstate == "53300";
}
inline constexpr std::string_view lock_not_available = "55P03", query_canceled = "57014";

/// Of a message that may go on with details.
inline std::string first_line(std::string_view message, std::string_view otherwise) {
  const std::string_view line = message.substr(0, message.find('\n'));
  return std::string(line.empty() ? otherwise : line);
}

}  // namespace fieldcast::store::postgres
