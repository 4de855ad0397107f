// The request target: what of it is a path, what is a query.
#pragma once

#include "fieldcast/transport/http_message.hpp"

#include <string_view>

namespace fieldcast::transport {

/// Fills path and query. False for what no client of good will sends.
bool read_target(std::string_view target, HttpRequest& request);

/// Lower case of ASCII letters.
std::string lower_case(std::string_view text);
bool equals_ignoring_case(std::string_view a, std::string_view b);

}  // namespace fieldcast::transport
