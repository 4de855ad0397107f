#include "fieldcast/codec/csv_reader.hpp"

#include <gmock/gmock.h>

namespace fieldcast::codec {
namespace {

using testing::ElementsAre;
using Records = std::vector<std::vector<std::string>>;

/// All records of a text that comes in pieces of so many bytes.
Result<Records> read(std::string_view text, std::size_t piece_bytes = 1'000'000) {
  CsvReader reader;
  Records records;
  const auto visit = [&records](std::span<const std::string> cells) -> Result<void> {
    records.emplace_back(cells.begin(), cells.end());
    return {};
  };
  while (!text.empty()) {
    if (const auto fed = reader.feed(text.substr(0, piece_bytes), visit); !fed) return fed.error();
    text.remove_prefix(std::min(piece_bytes, text.size()));
  }
  if (const auto finished = reader.finish(visit); !finished) return finished.error();
  EXPECT_EQ(reader.records(), records.size());
  return records;
}

constexpr std::string_view all_shapes =
    "a,b,c\r\n1,\"two, and \"\"more\"\"\",3\n\n,,\r\"line\r\nbreak\",\"\",x\r\n\"\"\r\nlast,\"quoted\"";

TEST(CsvReader, CellsMayBeQuotedAndLinesEndInEveryWay) {
  EXPECT_THAT(*read(all_shapes), ElementsAre(ElementsAre("a", "b", "c"), ElementsAre("1", "two, and \"more\"", "3"),
                                             ElementsAre("", "", ""), ElementsAre("line\r\nbreak", "", "x"),
                                             ElementsAre(""), ElementsAre("last", "quoted")));
}

TEST(CsvReader, PiecesMayEndAnywhere) {
  for (std::size_t bytes = 1; bytes < all_shapes.size(); ++bytes)
    EXPECT_EQ(*read(all_shapes, bytes), *read(all_shapes)) << bytes;
}

TEST(CsvReader, ATextThatEndsWithACommaHasAnEmptyLastCell) {
  EXPECT_THAT(*read("a,"), ElementsAre(ElementsAre("a", "")));
  EXPECT_THAT(*read("a,\n"), ElementsAre(ElementsAre("a", "")));
}

TEST(CsvReader, NothingHasNoRecords) {
  EXPECT_TRUE(read("")->empty());
  EXPECT_TRUE(read("\r\n\r\n\n")->empty());
}

TEST(CsvReader, AQuoteInsideOfAPlainCellStandsForItself) {
  EXPECT_THAT(*read("5\" pipe,\"a\"b\n"), ElementsAre(ElementsAre("5\" pipe", "ab")));
}

TEST(CsvReader, AQuoteThatIsNeverClosedIsAnError) { EXPECT_EQ(read("a,\"b\n").error().code, "csv_unreadable"); }

TEST(CsvReader, ARecordHasALimit) {
  const std::string longest(CsvReader::record_bytes_max, 'x');
  EXPECT_EQ(read(longest)->front().front(), longest);
  EXPECT_EQ(read(longest + "x").error().code, "csv_unreadable");
  EXPECT_EQ(read("\"" + longest + "x\"").error().code, "csv_unreadable");
  EXPECT_EQ(read(std::string(CsvReader::record_bytes_max + 2, ',')).error().code, "csv_unreadable");
}

TEST(CsvReader, WhatTheVisitorRefusesEndsTheReading) {
  CsvReader reader;
  int visits = 0;
  const auto refuse = [&visits](std::span<const std::string>) -> Result<void> {
    ++visits;
    return Error{"no_more", "enough"};
  };
  EXPECT_EQ(reader.feed("a\nb\n", refuse).error().code, "no_more");
  EXPECT_EQ(visits, 1);
}

}  // namespace
}  // namespace fieldcast::codec
