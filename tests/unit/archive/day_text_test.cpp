#include "fieldcast/archive/day_text.hpp"

#include "fieldcast/codec/csv_reader.hpp"

#include <gtest/gtest.h>

namespace fieldcast::archive {
namespace {

AgentIdentity make_agent(const char* agent, const char* org = "acme") {
  return {OrgId(org), TeamId("north"), AgentId(agent), "Ann"};
}

Position make_position(double latitude_deg, double longitude_deg) {
  Position position;
  position.fix.at = {latitude_deg, longitude_deg};
  position.fix.recorded_at = from_unix_ms(1'763'798'400'123);
  position.received_at = from_unix_ms(1'763'798'400'999);
  return position;
}

std::string line_of(const AgentIdentity& agent, const Position& position) {
  std::string line;
  append_history(line, agent, position);
  append_identity(line, agent);
  return line;
}

std::vector<std::string> cells_of(const std::string& line) {
  codec::CsvReader reader;
  std::vector<std::string> read;
  const auto visit = [&read](std::span<const std::string> cells) -> Result<void> {
    read.assign(cells.begin(), cells.end());
    return {};
  };
  EXPECT_TRUE(reader.feed(line, visit));
  EXPECT_TRUE(reader.finish(visit));
  return read;
}

/// Written, read and written again.
std::string round_trip(const std::string& line) {
  Row row;
  const auto parsed = parse_row(cells_of(line), row);
  EXPECT_TRUE(parsed) << parsed.error().text;
  return line_of(row.agent, row.position);
}

TEST(DayText, ARowReadsBackAsItWas) {
  Position position = make_position(12.971598712345678, -77.594562799999997);
  position.fix.accuracy_m = 4.7F;
  position.fix.speed_mps = 1e-7F;
  position.fix.heading_deg = 359.99997F;
  position.fix.altitude_m = -28.25F;
  position.fix.battery = 0.1F;
  position.fix.activity = Activity::cycling;
  position.fix.attributes = R"({"job":"a,b","note":"say \"hi\""})";
  const std::string line = line_of(make_agent("7, \"the\" van\xc3\xa9"), position);
  Row row;
  ASSERT_TRUE(parse_row(cells_of(line), row));
  EXPECT_EQ(row.agent.agent.str(), "7, \"the\" van\xc3\xa9");
  EXPECT_EQ(row.agent.team.str(), "north");
  EXPECT_EQ(row.agent.name, "Ann");
  EXPECT_EQ(row.position.fix.at.latitude_deg, position.fix.at.latitude_deg);
  EXPECT_EQ(row.position.fix.at.longitude_deg, position.fix.at.longitude_deg);
  EXPECT_EQ(row.position.fix.speed_mps, position.fix.speed_mps);
  EXPECT_EQ(row.position.fix.heading_deg, position.fix.heading_deg);
  EXPECT_EQ(row.position.fix.altitude_m, position.fix.altitude_m);
  EXPECT_EQ(row.position.fix.battery, position.fix.battery);
  EXPECT_EQ(row.position.fix.activity, Activity::cycling);
  EXPECT_EQ(row.position.fix.attributes, position.fix.attributes);
  EXPECT_EQ(row.position.fix.recorded_at, position.fix.recorded_at);
  EXPECT_EQ(row.position.received_at, position.received_at);
  EXPECT_EQ(round_trip(line), line);
}

TEST(DayText, WhatIsUnknownIsEmptyAndStaysUnknown) {
  const std::string line = line_of(make_agent("a1"), make_position(90, -180));
  EXPECT_EQ(line, "acme,a1,2025-11-22T08:00:00.123Z,2025-11-22T08:00:00.999Z,90,-180,,,,,,,,north,Ann\r\n");
  Row row;
  ASSERT_TRUE(parse_row(cells_of(line), row));
  EXPECT_FALSE(known(row.position.fix.battery));
  EXPECT_EQ(row.position.fix.activity, Activity::unknown);
  EXPECT_EQ(round_trip(line), line);
}

TEST(DayText, ExtremeNumbersKeepEveryBit) {
  for (const double value : {5e-324, 1.0 / 3, 0.1, 89.999999999999986, -1e-300}) {
    const std::string line = line_of(make_agent("a1"), make_position(value, -value));
    Row row;
    ASSERT_TRUE(parse_row(cells_of(line), row)) << line;
    EXPECT_EQ(row.position.fix.at.latitude_deg, value);
    EXPECT_EQ(row.position.fix.at.longitude_deg, -value);
  }
  EXPECT_EQ(line_of(make_agent("a1"), make_position(-0.0, 0.0)), line_of(make_agent("a1"), make_position(0.0, -0.0)));
}

TEST(DayText, TheHeaderNamesTheColumns) {
  std::string header;
  append_header(header);
  EXPECT_TRUE(check_header(cells_of(header)));
  EXPECT_EQ(check_header(cells_of("org,agent\r\n")).error().code, "archive_damaged");
}

TEST(DayText, RowsThatCannotBeAreRefused) {
  const std::vector<std::string> good = cells_of(line_of(make_agent("a1"), make_position(1, 2)));
  Row row;
  ASSERT_TRUE(parse_row(good, row));
  const std::pair<std::size_t, const char*> wrong[] = {
      {0, ""},      {1, ""},   {1, "a\x01"}, {2, ""},    {2, "yesterday"}, {3, "12"},   {4, ""},         {4, "nan"},
      {4, "1e999"}, {5, "2 "}, {5, "0x2"},   {6, "inf"}, {9, "-"},         {10, "0,5"}, {11, "swimming"}};
  for (const auto& [column, text] : wrong) {
    std::vector<std::string> cells = good;
    cells[column] = text;
    EXPECT_EQ(parse_row(cells, row).error().code, "archive_damaged") << columns[column] << " = " << text;
  }
  std::vector<std::string> cells = good;
  cells.pop_back();
  EXPECT_FALSE(parse_row(cells, row));
  cells.resize(16);
  EXPECT_FALSE(parse_row(cells, row));
}

TEST(DayText, RowsAreInTheOrderOfBytes) {
  Row row{make_agent("b"), make_position(1, 2)};
  const Timestamp at = row.position.fix.recorded_at;
  EXPECT_EQ(compare(make_agent("b"), at, row), std::strong_ordering::equal);
  EXPECT_EQ(compare(make_agent("B"), at, row), std::strong_ordering::less);
  EXPECT_EQ(compare(make_agent("\xc3\xa9"), at, row), std::strong_ordering::greater);
  EXPECT_EQ(compare(make_agent("a", "zeta"), at, row), std::strong_ordering::greater);
  EXPECT_EQ(compare(make_agent("b"), at - milliseconds{1}, row), std::strong_ordering::less);
}

}  // namespace
}  // namespace fieldcast::archive
