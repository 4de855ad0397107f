// A text that is read as a time is written so that it is read as the same time.
#include "fieldcast/base/rfc3339.hpp"

#include <cstdint>
#include <cstdlib>

using namespace fieldcast;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto time = parse_rfc3339({reinterpret_cast<const char*>(data), size});
  if (!time) return 0;
  const std::string text = format_rfc3339(*time);
  if (text.size() != 24 || parse_rfc3339(text) != time) std::abort();
  return 0;
}
