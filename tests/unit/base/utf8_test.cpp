#include "fieldcast/base/utf8.hpp"

#include <gtest/gtest.h>
#include <string>

namespace fieldcast {
namespace {

std::string encode(std::uint32_t c) {
  const auto byte = [](std::uint32_t value) { return static_cast<char>(value); };
  if (c < 0x80) return {byte(c)};
  if (c < 0x800) return {byte(0xc0 | c >> 6), byte(0x80 | (c & 0x3f))};
  if (c < 0x10000) return {byte(0xe0 | c >> 12), byte(0x80 | (c >> 6 & 0x3f)), byte(0x80 | (c & 0x3f))};
  return {byte(0xf0 | c >> 18), byte(0x80 | (c >> 12 & 0x3f)), byte(0x80 | (c >> 6 & 0x3f)), byte(0x80 | (c & 0x3f))};
}

TEST(FirstCodePoint, ReadsEveryScalarValueAndNoSurrogate) {
  for (std::uint32_t c = 0; c <= 0x10ffff; ++c) {
    const std::string text = encode(c);
    const CodePoint read = first_code_point(text);
    if (c >= 0xd800 && c <= 0xdfff) {
      ASSERT_EQ(read.bytes, 0U) << c;
    } else {
      ASSERT_EQ(read.value, c);
      ASSERT_EQ(read.bytes, text.size()) << c;
    }
  }
}

TEST(FirstCodePoint, RefusesWhatIsNotWellFormed) {
  for (const std::string_view text :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc3", "\xc3(", "\xe2\x82", "\xe2(\xac", "\xf0\x9f\x98"}) {
    EXPECT_EQ(first_code_point(text).bytes, 0U) << text;
  }
}

}  // namespace
}  // namespace fieldcast
