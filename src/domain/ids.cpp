#include "fieldcast/domain/ids.hpp"

#include <cstdint>

namespace fieldcast {
namespace {

/// The code point at the front of `text` and its length; length 0 when it is not well-formed UTF-8.
struct CodePoint {
  std::uint32_t value = 0;
  std::size_t length = 0;
};

CodePoint first_code_point(std::string_view text) {
  const auto lead = static_cast<std::uint8_t>(text.front());
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return {};
  std::uint32_t value = lead & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const auto byte = static_cast<std::uint8_t>(text[i]);
    if ((byte & 0xc0) != 0x80) return {};
    value = value << 6 | (byte & 0x3fU);
  }
  const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  if (overlong || surrogate || value > 0x10ffff) return {};
  return {value, length};
}

bool is_control(std::uint32_t code_point) { return code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0); }

}  // namespace

bool is_valid_id(std::string_view text) {
  if (text.empty() || text.size() > id_bytes_max) return false;
  while (!text.empty()) {
    const CodePoint next = first_code_point(text);
    if (next.length == 0 || is_control(next.value)) return false;
    text.remove_prefix(next.length);
  }
  return true;
}

}  // namespace fieldcast
