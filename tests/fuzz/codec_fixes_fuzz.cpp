// Both fix decoders on the same bytes. The first byte chooses dialect, limits and
// what stands in the padding; the rest is the text.
#include "unit/codec/difference.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>

using namespace fieldcast::codec;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static FixDecoder decoder;
  const std::uint8_t choice = data[0];
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto dialect = static_cast<Dialect>(choice & 3U);
  DecodeLimits limits;
  if ((choice & 4U) != 0) limits = {3, 16};

  constexpr std::string_view behind("\0]},\":[{", 8);
  const std::string padded = std::string(text) + std::string(text_padding_bytes, behind[choice >> 5U]);
  Answer answer;
  const auto result =
      decoder.decode(std::string_view(padded).substr(0, text.size()), dialect, limits, true, answer.batch);
  if (!result.has_value()) answer.error = result.error().code;

  const std::string differs = difference(answer, reference_answer_of(text, dialect, limits));
  if (!differs.empty()) {
    std::fprintf(stderr, "the decoders differ: %s\n", differs.c_str());
    std::abort();
  }
  return 0;
}
