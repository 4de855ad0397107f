// Base64url without padding (RFC 4648 5, as JOSE wants it).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fieldcast::access {

std::string base64url_encode(std::string_view bytes);

/// Nothing for anything but the one canonical text of some bytes: padding, `+`, `/`, white space and
/// spare bits that are not zero are refused.
std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace fieldcast::access
