// JSON of tokens and key sets: no name twice in an object, no nesting deeper than 32.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

namespace fieldcast::access {

/// Nothing when `text` is not one JSON object of that kind.
std::optional<nlohmann::json> parse_object(std::string_view text);

/// The member `name`, or null.
const nlohmann::json* member(const nlohmann::json& object, std::string_view name);
/// The member's text, or null when it is absent or no string.
const std::string* text_member(const nlohmann::json& object, std::string_view name);

}  // namespace fieldcast::access
