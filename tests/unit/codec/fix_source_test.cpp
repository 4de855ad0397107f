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

}  // namespace
}  // namespace fieldcast::codec
