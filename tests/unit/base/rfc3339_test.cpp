#include "fieldcast/base/rfc3339.hpp"

#include <gtest/gtest.h>
#include <random>

namespace fieldcast {
namespace {

TEST(FormatRfc3339, WritesUtcWithMilliseconds) {
  EXPECT_EQ(format_rfc3339(from_unix_ms(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(format_rfc3339(from_unix_ms(1'795'335'330'250)), "2026-11-22T08:15:30.250Z");
  EXPECT_EQ(format_rfc3339(from_unix_ms(-1)), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(format_rfc3339(from_unix_ms(951'782'400'007)), "2000-02-29T00:00:00.007Z");
}

TEST(FormatRfc3339, StaysWithinFourDigitYears) {
  EXPECT_EQ(format_rfc3339(Timestamp::min()), "0000-01-01T00:00:00.000Z");
  EXPECT_EQ(format_rfc3339(Timestamp::max()), "9999-12-31T23:59:59.999Z");
}

TEST(FormatRfc3339, AppendsBehindWhatIsThere) {
  std::string out = "at ";
  append_rfc3339(out, from_unix_ms(1));
  EXPECT_EQ(out, "at 1970-01-01T00:00:00.001Z");
}

TEST(ParseRfc3339, ReadsWhatItWrote) {
  const unsigned seed = std::random_device{}();
  RecordProperty("seed", std::to_string(seed));
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  const auto lowest = parse_rfc3339("0000-01-01T00:00:00Z");
  const auto highest = parse_rfc3339("9999-12-31T23:59:59.999Z");
  ASSERT_TRUE(lowest && highest);
  std::uniform_int_distribution<std::int64_t> any(to_unix_ms(*lowest), to_unix_ms(*highest));
  for (int i = 0; i < 20'000; ++i) {
    const Timestamp time = from_unix_ms(any(random));
    const std::string text = format_rfc3339(time);
    ASSERT_EQ(text.size(), 24U) << text;
    ASSERT_EQ(parse_rfc3339(text), time) << text;
  }
}

struct Spelling {
  std::string_view text;
  std::int64_t unix_ms;
};

TEST(ParseRfc3339, ReadsEverySpelling) {
  const std::int64_t expected = 1'795'335'330'000;  // 2026-11-22T08:15:30Z
  for (const Spelling& spelling : {
           Spelling{"2026-11-22T08:15:30Z", expected},
           Spelling{"2026-11-22t08:15:30z", expected},
           Spelling{"2026-11-22 08:15:30Z", expected},
           Spelling{"2026-11-22T08:15:30", expected},
           Spelling{"2026-11-22 08:15:30", expected},
           Spelling{"2026-11-22T08:15:30.0Z", expected},
           Spelling{"2026-11-22T13:45:30+05:30", expected},
           Spelling{"2026-11-22T13:45:30+0530", expected},
           Spelling{"2026-11-22T00:15:30-08:00", expected},
           Spelling{"2026-11-22T08:15:30-00:00", expected},
           Spelling{"2026-11-22T08:15:30.2Z", expected + 200},
           Spelling{"2026-11-22T08:15:30.25Z", expected + 250},
           Spelling{"2026-11-22T08:15:30.250999999999999999999Z", expected + 250},
           Spelling{"2026-11-22T08:15:30.9999", expected + 999},
           Spelling{"2016-12-31T23:59:60Z", 1'483'228'799'999},
           Spelling{"2016-12-31T23:59:60.5Z", 1'483'228'799'999},
           Spelling{"2024-02-29T00:00:00Z", 1'709'164'800'000},
       }) {
    const auto time = parse_rfc3339(spelling.text);
    ASSERT_TRUE(time) << spelling.text;
    EXPECT_EQ(to_unix_ms(*time), spelling.unix_ms) << spelling.text;
  }
}

TEST(ParseRfc3339, RefusesEverythingElse) {
  for (const std::string_view text : {
           "",
           "2026",
           "2026-11-22",
           "2026-11-22T",
           "2026-11-22T08",
           "2026-11-22T08:15",
           "2026-11-22T08:15Z",
           "2026-11-22T08:15:3Z",
           "2026-11-22T08:15:30.Z",
           "2026-11-22T08:15:30,5Z",
           "2026-11-22X08:15:30Z",
           "2026-11-22T08:15:30Zx",
           "2026-11-22T08:15:30Z ",
           " 2026-11-22T08:15:30Z",
           "2026-11-22T08:15:30+",
           "2026-11-22T08:15:30+05",
           "2026-11-22T08:15:30+05:",
           "2026-11-22T08:15:30+24:00",
           "2026-11-22T08:15:30+05:60",
           "2026-11-22T24:00:00Z",
           "2026-11-22T08:60:00Z",
           "2026-11-22T08:15:61Z",
           "2026-13-01T00:00:00Z",
           "2026-00-01T00:00:00Z",
           "2026-11-00T00:00:00Z",
           "2026-11-31T00:00:00Z",
           "2026-02-29T00:00:00Z",
           "1900-02-29T00:00:00Z",
           "+2026-11-22T08:15:30Z",
           "-026-11-22T08:15:30Z",
           "20261122T081530Z",
           "22/11/2026 08:15:30",
           "9999-12-31T23:59:59-00:01",
           "0000-01-01T00:00:00+00:01",
           "1795335330250",
       }) {
    EXPECT_FALSE(parse_rfc3339(text)) << text;
  }
}

TEST(ParseRfc3339, ReadsNoFurtherThanTheText) {
  const std::string whole = "2026-11-22T08:15:30.250+05:30";
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    const std::string exact(whole, 0, length);  // a heap block of its own where a sanitizer watches
    const bool readable = length == 19 || (length > 20 && length <= 23) || length == whole.size();
    EXPECT_EQ(parse_rfc3339(exact).has_value(), readable) << exact;
  }
}

}  // namespace
}  // namespace fieldcast
