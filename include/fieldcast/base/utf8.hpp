// UTF-8, one code point at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace fieldcast {

struct CodePoint {
  std::uint32_t value = 0;
  std::size_t bytes = 0;  // 0: what stands there is not well-formed UTF-8
};

/// The code point at the front of `text`, which is not empty.
/// Overlong forms, surrogates and values above U+10FFFF are not well-formed.
CodePoint first_code_point(std::string_view text);

}  // namespace fieldcast
