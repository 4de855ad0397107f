#include "fieldcast/codec/track_reader.hpp"

#include "fieldcast/codec/track_writer.hpp"

#include <gtest/gtest.h>

namespace fieldcast::codec {
namespace {

Position make_position(int second) {
  Position position;
  position.fix.at = {12.9715987, -77.5945627};
  position.fix.recorded_at = from_unix_ms(1'763'798'400'000 + second * 1'000);
  position.fix.accuracy_m = 4.5F;
  position.fix.speed_mps = 3.25F;
  position.fix.heading_deg = 270;
  position.fix.altitude_m = 920.5F;
  position.fix.battery = 0.75F;
  position.fix.activity = Activity::driving;
  position.fix.attributes = R"({"job":"a, \"b\"","n":[1,2]})";
  return position;
}

std::string exported(TrackFormat format, int fixes) {
  const auto writer = make_track_writer(format);
  std::string text;
  writer->begin(text, AgentId("a1"), "Ann, of \"north\"");
  for (int i = 0; i < fixes; ++i) {
    const Position position = make_position(i);
    writer->page(text, {&position, 1});
  }
  writer->end(text, "");
  return text;
}

void expect_as_exported(const Result<std::vector<TrackFix>>& read, std::size_t fixes) {
  ASSERT_TRUE(read) << read.error().text;
  ASSERT_EQ(read->size(), fixes);
  for (std::size_t i = 0; i < fixes; ++i) {
    const Fix expected = make_position(static_cast<int>(i)).fix;
    const auto& [fix, problem] = (*read)[i];
    EXPECT_EQ(problem, nullptr);
    EXPECT_EQ(fix.at.latitude_deg, expected.at.latitude_deg);
    EXPECT_EQ(fix.at.longitude_deg, expected.at.longitude_deg);
    EXPECT_EQ(fix.recorded_at, expected.recorded_at);
    EXPECT_EQ(fix.accuracy_m, expected.accuracy_m);
    EXPECT_EQ(fix.speed_mps, expected.speed_mps);
    EXPECT_EQ(fix.heading_deg, expected.heading_deg);
    EXPECT_EQ(fix.altitude_m, expected.altitude_m);
    EXPECT_EQ(fix.battery, expected.battery);
    EXPECT_EQ(fix.activity, expected.activity);
    EXPECT_EQ(fix.attributes, expected.attributes);
  }
}

TEST(TrackReader, ReadsWhatIsExported) {
  expect_as_exported(read_json_track(exported(TrackFormat::json, 3)), 3);
  expect_as_exported(read_json_track(exported(TrackFormat::geojson, 3)), 3);
  expect_as_exported(read_csv_track(exported(TrackFormat::csv, 3)), 3);
}

TEST(TrackReader, ReadsLongTracks) {
  expect_as_exported(read_json_track(exported(TrackFormat::geojson, 3'000)), 3'000);
  expect_as_exported(read_csv_track(exported(TrackFormat::csv, 3'000)), 3'000);
}

TEST(TrackReader, ALineHasItsTimesInAProperty) {
  const char* texts[] = {
      R"({"type":"Feature","geometry":{"type":"LineString","coordinates":[[77.5,12.5,900],[77.6,12.6]]},
          "properties":{"coordTimes":["2025-11-22T08:00:00Z",1763798401000]}})",
      R"({"type":"FeatureCollection","features":[{"type":"Feature",
          "geometry":{"type":"MultiPoint","coordinates":[[77.5,12.5,900],[77.6,12.6]]},
          "properties":{"times":["2025-11-22T08:00:00Z","2025-11-22T08:00:01Z"]}}]})",
      R"({"type":"Feature","geometry":{"type":"MultiLineString","coordinates":[[[77.5,12.5,900]],[[77.6,12.6]]]},
          "properties":{"coordinateProperties":{"times":[["2025-11-22T08:00:00Z"],["2025-11-22T08:00:01Z"]]}}})"};
  for (const char* text : texts) {
    const auto read = read_json_track(text);
    ASSERT_TRUE(read) << text;
    ASSERT_EQ(read->size(), 2U) << text;
    EXPECT_EQ((*read)[0].problem, nullptr);
    EXPECT_EQ((*read)[0].fix.at.latitude_deg, 12.5);
    EXPECT_EQ((*read)[0].fix.altitude_m, 900);
    EXPECT_EQ((*read)[1].fix.at.longitude_deg, 77.6);
    EXPECT_FALSE(known((*read)[1].fix.altitude_m));
    EXPECT_EQ(to_unix_ms((*read)[1].fix.recorded_at), 1'763'798'401'000);
  }
}

TEST(TrackReader, EveryRecordThatCannotBeUsedSaysWhy) {
  const auto read = read_json_track(R"({"type":"FeatureCollection","features":[
    {"type":"Feature","geometry":{"type":"Point","coordinates":[77.5,12.5]},"properties":{"time":"2025-11-22T08:00:00Z"}},
    {"type":"Feature","geometry":{"type":"Point","coordinates":[77.5,12.5]},"properties":null},
    {"type":"Feature","geometry":{"type":"Point","coordinates":[77.5]},"properties":{"time":"2025-11-22T08:00:00Z"}},
    {"type":"Feature","geometry":{"type":"Point","coordinates":["east",12.5]},"properties":{"ts":1763798400}},
    {"type":"Feature","geometry":{"type":"LineString","coordinates":[[77.5,12.5],[77.6,12.6]]},
     "properties":{"coordTimes":["2025-11-22T08:00:00Z"]}},
    {"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[1,2],[3,4],[5,6],[1,2]]]},"properties":{}},
    {"type":"Feature","geometry":null,"properties":{}}, 7]})");
  ASSERT_TRUE(read);
  std::vector<std::string_view> codes;
  for (const TrackFix& fix : *read) codes.push_back(fix.problem == nullptr ? "taken" : fix.problem->code);
  EXPECT_EQ(codes, (std::vector<std::string_view>{"taken", "recorded_at_missing", "latitude_missing",
                                                  "longitude_not_a_number", "taken", "recorded_at_missing",
                                                  "latitude_missing", "latitude_missing", "latitude_missing"}));
}

TEST(TrackReader, TextsThatAreNoTrackAreErrors) {
  EXPECT_EQ(read_json_track("{").error().code, "bad_json");
  EXPECT_EQ(read_json_track("").error().code, "bad_json");
  EXPECT_EQ(read_json_track(std::string(100'000, '[')).error().code, "bad_json");
  EXPECT_EQ(read_json_track(R"({"type":"FeatureCollection","features":3})").error().code, "bad_request");
  EXPECT_TRUE(read_json_track(R"({"type":"FeatureCollection","features":[]})")->empty());
}

TEST(TrackReader, CsvColumnsMayStandInAnyOrderAndUnderManyNames) {
  const char* texts[] = {
      "\xef\xbb\xbfTime,Longitude,Latitude,Elevation,speed,Remark\n"
      "2025-11-22T08:00:00Z,77.5,12.5,900,3,\"a, b\"\n",
      "id,x,y,ele,speed_mps,datetime\r\n7,77.5,12.5,900,3,2025-11-22 08:00:00",
      "ts,lon,lat,altitude_m,speed\n1763798400, 77.5 ,12.5,900,3\n"};
  for (const char* text : texts) {
    const auto read = read_csv_track(text);
    ASSERT_TRUE(read) << text;
    ASSERT_EQ(read->size(), 1U) << text;
    const auto& [fix, problem] = read->front();
    EXPECT_EQ(problem, nullptr) << text;
    EXPECT_EQ(fix.at.latitude_deg, 12.5);
    EXPECT_EQ(fix.at.longitude_deg, 77.5);
    EXPECT_EQ(fix.altitude_m, 900);
    EXPECT_EQ(fix.speed_mps, 3);
    EXPECT_EQ(to_unix_ms(fix.recorded_at), 1'763'798'400'000);
  }
}

TEST(TrackReader, CsvRowsThatCannotBeUsedSayWhy) {
  const auto read = read_csv_track(
      "lat,lon,time,attributes\n,77,1763798400\n12,east,1763798400\n12,77\n12,77,noon\n"
      "12,77,1763798400,{broken\n12,77,1763798400,\"{\"\"a\"\":1}\",more\n,,,\n");
  ASSERT_TRUE(read);
  std::vector<std::string_view> codes;
  for (const TrackFix& fix : *read) codes.push_back(fix.problem == nullptr ? "taken" : fix.problem->code);
  EXPECT_EQ(codes, (std::vector<std::string_view>{"latitude_missing", "longitude_not_a_number", "recorded_at_missing",
                                                  "recorded_at_unreadable", "taken", "taken", "latitude_missing"}));
  EXPECT_EQ((*read)[4].fix.attributes, "");
  EXPECT_EQ((*read)[5].fix.attributes, R"({"a":1})");
}

TEST(TrackReader, CsvWithoutTheColumnsOfATrackIsAnError) {
  EXPECT_EQ(read_csv_track("lat,lon\n1,2\n").error().code, "bad_request");
  EXPECT_EQ(read_csv_track("12.5,77.5,1763798400\n").error().code, "bad_request");
  EXPECT_EQ(read_csv_track("").error().code, "bad_request");
  EXPECT_EQ(read_csv_track("lat,lon,time\n\"1").error().code, "csv_unreadable");
}

}  // namespace
}  // namespace fieldcast::codec
