#include "fieldcast/domain/ids.hpp"

#include "fieldcast/base/utf8.hpp"

namespace fieldcast {
namespace {

bool is_control(std::uint32_t code_point) { return code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0); }

}  // namespace

bool is_valid_id(std::string_view text) {
  if (text.empty() || text.size() > id_bytes_max) return false;
  while (!text.empty()) {
    const CodePoint next = first_code_point(text);
    if (next.bytes == 0 || is_control(next.value)) return false;
    text.remove_prefix(next.bytes);
  }
  return true;
}

}  // namespace fieldcast
