#include "fieldcast/rooms/watch.hpp"

#include <array>
#include <charconv>

namespace fieldcast::rooms {
namespace {

std::optional<std::uint64_t> hex_from(std::string_view text) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value, 16);
  if (error != std::errc{} || stopped != end) return std::nullopt;
  return value;
}

}  // namespace

std::string to_string(Cursor cursor) {
  std::array<char, 33> text;
  char* const end = text.data() + text.size();
  char* at = std::to_chars(text.data(), end, cursor.epoch, 16).ptr;
  *at++ = '.';
  at = std::to_chars(at, end, cursor.version, 16).ptr;
  return {text.data(), at};
}

std::optional<Cursor> cursor_from(std::string_view text) {
  const auto dot = text.find('.');
  if (dot == std::string_view::npos || text.size() > 33) return std::nullopt;
  const auto epoch = hex_from(text.substr(0, dot));
  const auto version = hex_from(text.substr(dot + 1));
  if (!epoch || !version) return std::nullopt;
  return Cursor{*epoch, *version};
}

}  // namespace fieldcast::rooms
