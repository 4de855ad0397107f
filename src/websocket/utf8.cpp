#include "utf8.hpp"

#include <cstring>

namespace fieldcast::websocket {
namespace {

/// How many bytes at the front are ASCII, counted in words of eight.
std::size_t ascii_words(const char* at, std::size_t left) {
  std::size_t count = 0;
  for (; left - count >= 8; count += 8) {
    std::uint64_t word;
    std::memcpy(&word, at + count, sizeof(word));
    if ((word & 0x8080808080808080U) != 0) break;
  }
  return count;
}

}  // namespace

bool Utf8Check::begin_character(unsigned char lead) {
  low_ = 0x80;
  high_ = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    missing_ = 1;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    missing_ = 2;
    if (lead == 0xE0) low_ = 0xA0;   // below: overlong
    if (lead == 0xED) high_ = 0x9F;  // above: surrogates
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    missing_ = 3;
    if (lead == 0xF0) low_ = 0x90;   // below: overlong
    if (lead == 0xF4) high_ = 0x8F;  // above: beyond U+10FFFF
  } else {
    return false;
  }
  return true;
}

bool Utf8Check::feed(std::string_view piece) {
  const char* at = piece.data();
  const char* const end = at + piece.size();
  while (at != end) {
    if (missing_ == 0) {
      at += ascii_words(at, static_cast<std::size_t>(end - at));
      if (at == end) break;
    }
    const auto byte = static_cast<unsigned char>(*at++);
    if (missing_ == 0) {
      if (byte >= 0x80 && !begin_character(byte)) return false;
    } else {
      if (byte < low_ || byte > high_) return false;
      --missing_;
      low_ = 0x80;
      high_ = 0xBF;
    }
  }
  return true;
}

bool is_utf8(std::string_view text) {
  Utf8Check check;
  return check.feed(text) && check.at_boundary();
}

}  // namespace fieldcast::websocket
