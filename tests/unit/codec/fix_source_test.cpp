// Each decoded fix knows its record as it came, so that a verdict passed later can keep it.
#include "fieldcast/codec/fix_decoder.hpp"

#include <gtest/gtest.h>

namespace fieldcast::codec {
namespace {

std::vector<std::string> sources_of(const FixBatch& batch) {
  std::vector<std::string> sources;
  for (const DecodedFix& fix : batch.fixes) sources.emplace_back(fix.source);
  return sources;
}

void expect_sources(std::string text, const std::vector<std::string>& wanted) {
  text.reserve(text.size() + text_padding_bytes);
  FixBatch batch;
  FixDecoder decoder;
  ASSERT_TRUE(decoder.decode(text, Dialect::native, {}, true, batch).has_value());
  EXPECT_EQ(sources_of(batch), wanted);
  ASSERT_TRUE(decode_fixes_reference(text, Dialect::native, {}, batch).has_value());
  EXPECT_EQ(sources_of(batch), wanted);
}

TEST(FixSource, IsTheWholeTextOfASingleRecord) {
  expect_sources(R"( {"lat":91,"lon":2,"recorded_at":1700000000} )",
                 {R"({"lat":91,"lon":2,"recorded_at":1700000000})"});
}

TEST(FixSource, IsEachElementOfAListGoodOrBad) {
  expect_sources(
      R"([{"lat":1,"lon":2,"recorded_at":1700000000} , {"lat":"x"},{"lat":95,"lon":2,"recorded_at":1700000001}])",
      {R"({"lat":1,"lon":2,"recorded_at":1700000000})", R"({"lat":"x"})",
       R"({"lat":95,"lon":2,"recorded_at":1700000001})"});
}

TEST(FixSource, IsTheElementOfABatchMessageWithWhateverStandsInIt) {
  expect_sources(
      R"({"type":"positions","id":4,"positions":[{"lat":1,"lon":2,"recorded_at":1,"attributes":{"a":[1,2]}}]})",
      {R"({"lat":1,"lon":2,"recorded_at":1,"attributes":{"a":[1,2]}})"});
}

TEST(FixSource, LiesInTheTextOfTheCaller) {
  // Large enough for the decoder not to keep its own padded copy.
  const std::string text = "[" + std::string(2'000'000, ' ') + R"({"lat":1,"lon":2,"ts":3} , 7 ])";
  FixDecoder decoder;
  for (const bool padded : {false, true}) {
    std::string readable = text;
    readable.reserve(text.size() + text_padding_bytes);
    FixBatch batch;
    ASSERT_TRUE(decoder.decode(readable, Dialect::native, {}, padded, batch).has_value());
    ASSERT_EQ(batch.fixes.size(), 2U);
    EXPECT_EQ(batch.fixes[0].source.data(), readable.data() + 2'000'001);
    EXPECT_EQ(sources_of(batch), (std::vector<std::string>{R"({"lat":1,"lon":2,"ts":3})", "7"}));
  }
}

}  // namespace
}  // namespace fieldcast::codec
