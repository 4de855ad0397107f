// UTF-8 as RFC 3629 defines it, checked piece by piece.
#pragma once

#include <cstdint>
#include <string_view>

namespace fieldcast::websocket {

/// Pieces may end within a character. Refuses overlong forms, surrogates and code points
/// above U+10FFFF at the first byte that shows them.
class Utf8Check {
 public:
  /// False at the first byte that cannot follow.
  bool feed(std::string_view piece);
  /// No character is begun and not ended.
  bool at_boundary() const { return missing_ == 0; }

 private:
  bool begin_character(unsigned char lead);

  std::uint8_t missing_ = 0;  // bytes of the current character that are still to come
  std::uint8_t low_ = 0x80;   // bounds of the next one
  std::uint8_t high_ = 0xBF;
};

bool is_utf8(std::string_view text);

}  // namespace fieldcast::websocket
