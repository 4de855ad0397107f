#include "fieldcast/base/utf8.hpp"
#include "fieldcast/codec/server_message.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace fieldcast::codec {
namespace {

constexpr std::array<double, 10> powers_of_ten{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
constexpr double whole_max = 9007199254740992.0;  // 2^53: every whole number below is a double

bool stands_for_itself(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

void append_escape(std::string& out, char c) {
  switch (c) {
    case '"':
    case '\\':
      out.push_back('\\');
      out.push_back(c);
      return;
    case '\n':
      out.append("\\n");
      return;
    case '\r':
      out.append("\\r");
      return;
    case '\t':
      out.append("\\t");
      return;
    default:
      constexpr std::string_view digits = "0123456789abcdef";
      out.append("\\u00");
      out.push_back(digits[static_cast<std::size_t>(c) >> 4U]);
      out.push_back(digits[static_cast<std::size_t>(c) & 0xfU]);
  }
}

/// `scaled` is the number times 10^decimals, and not negative.
void append_scaled(std::string& out, std::uint64_t scaled, int decimals) {
  std::array<char, 24> digits;
  char* end = std::to_chars(digits.data(), digits.data() + digits.size(), scaled).ptr;
  const auto count = static_cast<std::size_t>(end - digits.data());
  const auto places = static_cast<std::size_t>(decimals);
  const std::string_view text(digits.data(), count);
  if (count > places) {
    out.append(text.substr(0, count - places));
  } else {
    out.push_back('0');
  }
  if (places == 0) return;
  out.push_back('.');
  if (count < places) out.append(places - count, '0');
  out.append(text.substr(count > places ? count - places : 0));
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out.push_back('"');
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && stands_for_itself(text[plain])) ++plain;
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    const CodePoint next = first_code_point(text);
    if (next.bytes == 0) {
      out.append("\xef\xbf\xbd");
    } else if (next.bytes == 1) {
      append_escape(out, text.front());
    } else {
      out.append(text.substr(0, next.bytes));
    }
    text.remove_prefix(next.bytes == 0 ? 1 : next.bytes);
  }
  out.push_back('"');
}

void append_number(std::string& out, double value, int decimals_max) {
  if (!std::isfinite(value)) {
    out.append("null");
    return;
  }
  if (decimals_max >= 0 && decimals_max < static_cast<int>(powers_of_ten.size())) {
    const double scaled = std::round(std::abs(value) * powers_of_ten[static_cast<std::size_t>(decimals_max)]);
    if (scaled < whole_max) {
      if (value < 0 && scaled > 0) out.push_back('-');
      auto whole = static_cast<std::uint64_t>(scaled);
      int decimals = decimals_max;
      for (; decimals > 0 && whole % 10 == 0; --decimals) whole /= 10;
      append_scaled(out, whole, decimals);
      return;
    }
  }
  std::array<char, 32> text;
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value + 0.0);
  out.append(text.data(), end);
}

}  // namespace fieldcast::codec
