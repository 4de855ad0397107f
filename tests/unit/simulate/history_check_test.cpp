#include "fieldcast/simulate/history_check.hpp"

#include "fieldcast/codec/track_writer.hpp"

#include <gtest/gtest.h>

namespace fieldcast::simulate {
namespace {

std::vector<Timestamp> at(std::initializer_list<std::int64_t> ms) {
  std::vector<Timestamp> times;
  for (const std::int64_t one : ms) times.push_back(from_unix_ms(one));
  return times;
}

TEST(ExpectedHistory, HoldsEveryDistinctFixThatIsNotSetAside) {
  constexpr std::int64_t ms = 1'200'000'000'000;
  Tracks tracks;
  const auto fix = [](double latitude, double longitude, std::int64_t recorded_ms) {
    Fix made;
    made.at = {latitude, longitude};
    made.recorded_at = from_unix_ms(recorded_ms);
    return made;
  };
  tracks.agents.push_back({"a",
                           {fix(1, 2, ms + 2), fix(1, 2, ms), fix(3, 4, ms + 2), fix(400, 2, ms + 3),
                            fix(1, -180.5, ms + 4), fix(1, 2, 900'000'000'000), fix(-90, 180, ms + 5)}});
  const ExpectedHistory expected = expected_of(tracks);
  EXPECT_EQ(expected.at("a"), at({ms, ms + 2, ms + 5}));
}

TEST(ExpectedHistory, IsReadFromALedgerThatIsStillBeingWritten) {
  const auto expected = expected_from_ledger("a\t30\nb c\t10\na\t20\na\t30\nb c\t1");
  ASSERT_TRUE(expected);
  EXPECT_EQ(expected->at("a"), at({20, 30}));
  EXPECT_EQ(expected->at("b c"), at({10}));
  EXPECT_TRUE(expected_from_ledger("")->empty());
}

TEST(ExpectedHistory, RefusesALedgerWithAnotherLine) {
  for (const char* text : {"a 30\n", "a\t\n", "\t30\n", "a\t3x\n", "\n"})
    EXPECT_EQ(expected_from_ledger(text).error().code, "bad_ledger") << text;
}

TEST(CompareHistory, CountsWhatIsMissingRepeatedAndExtra) {
  HistoryCounts counts;
  compare_history(at({1, 2, 3, 4}), at({4, 2, 2, 9, 1, 2}), counts);
  EXPECT_EQ(counts.expected, 4u);
  EXPECT_EQ(counts.found, 6u);
  EXPECT_EQ(counts.missing, 1u);
  EXPECT_EQ(counts.repeated, 2u);
  EXPECT_EQ(counts.extra, 1u);
  compare_history({}, {}, counts);
  compare_history(at({1}), at({1}), counts);
  EXPECT_EQ(counts.agents, 3u);
  EXPECT_EQ(counts.missing, 1u);
}

TEST(HistoryPage, IsReadAsTheServerWritesIt) {
  std::vector<Position> positions(2);
  positions[0].fix.at = positions[1].fix.at = {1, 2};
  positions[0].fix.recorded_at = from_unix_ms(1'200'000'000'000);
  positions[1].fix.recorded_at = from_unix_ms(1'200'000'000'250);
  for (const std::string cursor : {"", "next"}) {
    const auto writer = codec::make_track_writer(codec::TrackFormat::json);
    std::string text;
    writer->begin(text, AgentId("a"), "Asha");
    writer->page(text, positions);
    writer->end(text, cursor);
    const auto page = read_history_page(text);
    ASSERT_TRUE(page) << text;
    EXPECT_EQ(page->recorded_at, at({1'200'000'000'000, 1'200'000'000'250}));
    EXPECT_EQ(page->next_cursor, cursor);
  }
}

TEST(HistoryPage, IsRefusedWhenItIsSomethingElse) {
  for (const char* text : {"", "[]", "{}", R"({"positions":{}})", R"({"positions":[1]})", R"({"positions":[{}]})",
                           R"({"positions":[{"recorded_at":"soon"}]})"})
    EXPECT_EQ(read_history_page(text).error().code, "bad_page") << text;
}

}  // namespace
}  // namespace fieldcast::simulate
