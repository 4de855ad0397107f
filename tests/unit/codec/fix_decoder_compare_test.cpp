// The two fix decoders over many texts: one answer, bit for bit.
#include "unit/codec/difference.hpp"
#include "unit/codec/fix_texts.hpp"

#include <cstdlib>
#include <gtest/gtest.h>
#include <iostream>

namespace fieldcast::codec {
namespace {

constexpr std::array dialects{Dialect::native, Dialect::employee, Dialect::vehicle, Dialect::updates};

std::uint64_t seed_of_this_run() {
  const char* given = std::getenv("FIELDCAST_TEST_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
}

TEST(FixDecoderAndReference, GiveOneAnswerToEveryText) {
  const std::uint64_t seed = seed_of_this_run();
  std::cout << "seed " << seed << " (FIELDCAST_TEST_SEED repeats it)\n";
  FixTexts texts(seed);
  FixDecoder decoder;
  std::size_t readable = 0, refused = 0, set_aside = 0;
  for (int i = 0; i < 25'000; ++i) {
    const std::string text = texts.next();
    const Dialect dialect = dialects[texts.below(dialects.size())];
    DecodeLimits limits;
    limits.fixes_max = texts.below(10) == 0 ? 2 : 100;
    limits.attributes_bytes_max = texts.below(10) == 0 ? 20 : 200;
    const Answer answer = answer_of(decoder, text, dialect, limits);
    const std::string differs = difference(answer, reference_answer_of(text, dialect, limits));
    ASSERT_EQ(differs, "") << "text " << i << " of seed " << seed << ":\n" << text;
    (answer.error.empty() ? readable : refused) += 1;
    for (const DecodedFix& fix : answer.batch.fixes) set_aside += fix.problem != nullptr;
  }
  // The texts are of use only when they are of every kind.
  EXPECT_GT(readable, 5'000U);
  EXPECT_GT(refused, 5'000U);
  EXPECT_GT(set_aside, 1'500U);
}

TEST(FixDecoderAndReference, AgreeOnEveryPrefixOfAText) {
  const std::string text =
      R"({"type":"positions","id":8,"positions":[{"lat":12.97,"lon":-77.59,"recorded_at":"2026-11-22T08:15:30.250Z",)"
      R"("attributes":{"a":[1,"x",null]},"activity":"driving"},{"lat":1e2,"lng":"2","ts":1795335330,"x":"\u00e9"},7]})";
  FixDecoder decoder;
  for (std::size_t length = 0; length <= text.size(); ++length) {
    const std::string prefix(text, 0, length);
    const Answer answer = answer_of(decoder, prefix, Dialect::native, {});
    EXPECT_EQ(difference(answer, reference_answer_of(prefix, Dialect::native, {})), "") << prefix;
    EXPECT_EQ(answer.error.empty(), length == text.size()) << prefix;
  }
}

TEST(FixDecoderAndReference, AgreeOnEveryByteInEveryPlace) {
  const std::string text = R"([{"lat":1.5,"ts":"x","a":{"b":[null,-2e1]}},3])";
  FixDecoder decoder;
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = text;
      changed[at] = static_cast<char>(byte);
      const Answer answer = answer_of(decoder, changed, Dialect::native, {});
      ASSERT_EQ(difference(answer, reference_answer_of(changed, Dialect::native, {})), "") << changed;
    }
  }
}

}  // namespace
}  // namespace fieldcast::codec
