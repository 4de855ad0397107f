#include "fieldcast/codec/track_writer.hpp"

#include "fieldcast/base/rfc3339.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace fieldcast::codec {
namespace {

using Json = nlohmann::json;

const Timestamp when = *parse_rfc3339("2026-11-22T08:15:30.250Z");

Position bare_position() {
  Position position;
  position.fix.at = {12.97, -77.5};
  position.fix.recorded_at = when;
  position.received_at = when + milliseconds(750);
  return position;
}

Position full_position() {
  Position position = bare_position();
  position.fix.accuracy_m = 5;
  position.fix.speed_mps = 7.2F;
  position.fix.heading_deg = 45;
  position.fix.altitude_m = 920.5F;
  position.fix.battery = 0.81F;
  position.fix.activity = Activity::driving;
  position.fix.attributes = R"({"note":"a,b"})";
  return position;
}

std::string document(TrackFormat format, const std::vector<std::vector<Position>>& pages, std::string_view cursor = {},
                     const std::string& name = "Asha", const std::string& agent = "truck-7") {
  const auto writer = make_track_writer(format);
  std::string out;
  writer->begin(out, AgentId(agent), name);
  for (const auto& page : pages) writer->page(out, page);
  writer->end(out, cursor);
  return out;
}

TEST(JsonTrack, HoldsThePositionsOfEveryPage) {
  const Json track =
      Json::parse(document(TrackFormat::json, {{bare_position(), full_position()}, {}, {bare_position()}}, "next"));
  EXPECT_EQ(track["agent"], "truck-7");
  EXPECT_EQ(track["name"], "Asha");
  ASSERT_EQ(track["positions"].size(), 3U);
  EXPECT_EQ(track["positions"][1], Json::parse(R"({"lat":12.97,"lon":-77.5,"recorded_at":"2026-11-22T08:15:30.250Z",)"
                                               R"("accuracy_m":5,"speed_mps":7.2,"heading_deg":45,"altitude_m":920.5,)"
                                               R"("battery":0.81,"activity":"driving","attributes":{"note":"a,b"},)"
                                               R"("received_at":"2026-11-22T08:15:31.000Z"})"));
  EXPECT_EQ(track["next_cursor"], "next");
}

TEST(JsonTrack, OfNothingIsADocumentToo) {
  const Json track = Json::parse(document(TrackFormat::json, {}, {}, ""));
  EXPECT_EQ(track, Json::parse(R"({"agent":"truck-7","positions":[],"next_cursor":null})"));
}

TEST(GeoJsonTrack, IsAFeatureCollectionOfPoints) {
  const Json track =
      Json::parse(document(TrackFormat::geojson, {{bare_position()}, {full_position()}}, "next", "A\"\n"));
  EXPECT_EQ(track["type"], "FeatureCollection");
  EXPECT_EQ(track["agent"], "truck-7");
  EXPECT_EQ(track["name"], "A\"\n");
  EXPECT_EQ(track["next_cursor"], "next");
  ASSERT_EQ(track["features"].size(), 2U);
  EXPECT_EQ(track["features"][0]["type"], "Feature");
  EXPECT_EQ(track["features"][0]["geometry"], Json::parse(R"({"type":"Point","coordinates":[-77.5,12.97]})"));
  EXPECT_EQ(track["features"][1]["geometry"]["coordinates"], Json::parse("[-77.5,12.97,920.5]"));
  EXPECT_EQ(track["features"][1]["properties"]["recorded_at"], "2026-11-22T08:15:30.250Z");
  EXPECT_EQ(track["features"][1]["properties"]["speed_mps"], 7.2);
  EXPECT_EQ(Json::parse(document(TrackFormat::geojson, {}))["features"], Json::array());
}

TEST(GpxTrack, IsATrackOfPoints) {
  EXPECT_EQ(document(TrackFormat::gpx, {{full_position()}, {bare_position()}}, "n&1"),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<gpx version=\"1.1\" creator=\"Fieldcast\" xmlns=\"http://www.topografix.com/GPX/1/1\""
            " xmlns:fc=\"urn:fieldcast:gpx:1\">\n"
            "<trk><name>Asha</name><extensions><fc:agent>truck-7</fc:agent></extensions><trkseg>\n"
            "<trkpt lat=\"12.97\" lon=\"-77.5\"><ele>920.5</ele><time>2026-11-22T08:15:30.250Z</time><extensions>"
            "<fc:accuracy_m>5</fc:accuracy_m><fc:speed_mps>7.2</fc:speed_mps><fc:heading_deg>45</fc:heading_deg>"
            "<fc:battery>0.81</fc:battery><fc:activity>driving</fc:activity></extensions></trkpt>\n"
            "<trkpt lat=\"12.97\" lon=\"-77.5\"><time>2026-11-22T08:15:30.250Z</time></trkpt>\n"
            "</trkseg></trk>\n"
            "<extensions><fc:next_cursor>n&amp;1</fc:next_cursor></extensions>\n"
            "</gpx>\n");
}

TEST(GpxTrack, EscapesNamesAndReplacesWhatXmlCannotHold) {
  const auto name_in = [](const std::string& name) {
    const std::string gpx = document(TrackFormat::gpx, {}, {}, name);
    const std::size_t begin = gpx.find("<name>") + 6;
    return gpx.substr(begin, gpx.find("</name>") - begin);
  };
  EXPECT_EQ(name_in("<b>&\"'é🚚"), "&lt;b&gt;&amp;\"'é🚚");
  EXPECT_EQ(name_in("]]>"), "]]&gt;");
  EXPECT_EQ(name_in(std::string("a\0b\x01", 4)),
            "a\xef\xbf\xbd"
            "b\xef\xbf\xbd");
  EXPECT_EQ(name_in("\xff\xef\xbf\xbe"), "\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(name_in("a\tb\nc\rd"), "a\tb\nc&#13;d");
  EXPECT_EQ(name_in(""), "truck-7");
}

TEST(GpxTrack, WritesNumbersWithoutExponents) {
  Position position = bare_position();
  position.fix.at = {0.0000001, -0.0000001};
  position.fix.altitude_m = 1e-6F;
  position.fix.speed_mps = 3e38F;
  const std::string gpx = document(TrackFormat::gpx, {{position}});
  EXPECT_NE(gpx.find("<ele>0.000001</ele>"), std::string::npos) << gpx;
  EXPECT_NE(gpx.find("lat=\"0.0000001\" lon=\"-0.0000001\""), std::string::npos) << gpx;
  const std::size_t speed = gpx.find("<fc:speed_mps>") + 14;
  EXPECT_EQ(gpx.substr(speed, gpx.find('<', speed) - speed).find_first_not_of("0123456789"), std::string::npos) << gpx;
}

TEST(CsvTrack, HasAHeaderAndARowForEveryPosition) {
  EXPECT_EQ(document(TrackFormat::csv, {{full_position()}, {bare_position()}}, "next"),
            "agent,name,recorded_at,lat,lon,accuracy_m,speed_mps,heading_deg,altitude_m,battery,activity,attributes,"
            "received_at\r\n"
            "truck-7,Asha,2026-11-22T08:15:30.250Z,12.97,-77.5,5,7.2,45,920.5,0.81,driving,"
            "\"{\"\"note\"\":\"\"a,b\"\"}\",2026-11-22T08:15:31.000Z\r\n"
            "truck-7,Asha,2026-11-22T08:15:30.250Z,12.97,-77.5,,,,,,,,2026-11-22T08:15:31.000Z\r\n");
}

TEST(CsvTrack, QuotesCellsThatNeedIt) {
  const std::string csv = document(TrackFormat::csv, {{bare_position()}}, {}, "Rao, \"R\"\r\nX", "a,b");
  EXPECT_NE(csv.find("\r\n\"a,b\",\"Rao, \"\"R\"\"\r\nX\",2026-"), std::string::npos) << csv;
}

TEST(TrackFormat, HasAName) {
  EXPECT_EQ(track_format_from_name("json"), TrackFormat::json);
  EXPECT_EQ(track_format_from_name("geojson"), TrackFormat::geojson);
  EXPECT_EQ(track_format_from_name("gpx"), TrackFormat::gpx);
  EXPECT_EQ(track_format_from_name("csv"), TrackFormat::csv);
  for (const char* name : {"", "JSON", "kml", "json "}) EXPECT_EQ(track_format_from_name(name), std::nullopt);
}

TEST(TrackFormat, HasAContentType) {
  EXPECT_EQ(content_type(TrackFormat::json), "application/json");
  EXPECT_EQ(content_type(TrackFormat::geojson), "application/geo+json");
  EXPECT_EQ(content_type(TrackFormat::gpx), "application/gpx+xml");
  EXPECT_EQ(content_type(TrackFormat::csv), "text/csv; charset=utf-8");
}

struct Wish {
  std::string_view accept;
  std::optional<TrackFormat> format;
};

TEST(TrackFormat, IsWhatTheClientLikesBest) {
  for (const Wish& wish : {
           Wish{"", TrackFormat::json},
           Wish{"  ", TrackFormat::json},
           Wish{"*/*", TrackFormat::json},
           Wish{"*", TrackFormat::json},
           Wish{"application/json", TrackFormat::json},
           Wish{"application/geo+json", TrackFormat::geojson},
           Wish{"application/gpx+xml", TrackFormat::gpx},
           Wish{"text/csv", TrackFormat::csv},
           Wish{"TEXT/CSV; charset=utf-8", TrackFormat::csv},
           Wish{"text/*", TrackFormat::csv},
           Wish{"application/*", TrackFormat::json},
           Wish{"application/gpx+xml, */*", TrackFormat::gpx},
           Wish{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", TrackFormat::json},
           Wish{"application/json;q=0.5, text/csv", TrackFormat::csv},
           Wish{"application/json;q=0.5,text/csv;q=0.4,application/gpx+xml;q=0.6", TrackFormat::gpx},
           Wish{"application/json;q=0, */*", TrackFormat::geojson},
           Wish{"application/json ; charset=utf-8 ; Q=0.1 , text/csv ; q=0.2", TrackFormat::csv},
           Wish{"text/csv;q=banana", TrackFormat::csv},
           Wish{"text/csv;q=7, application/json;q=0.9", TrackFormat::csv},
           Wish{",,text/csv,", TrackFormat::csv},
           Wish{"text/html", std::nullopt},
           Wish{"application/json;q=0", std::nullopt},
           Wish{"*/*;q=0", std::nullopt},
           Wish{"image/*", std::nullopt},
           Wish{"application/jsonx", std::nullopt},
           Wish{";q=1", std::nullopt},
       }) {
    EXPECT_EQ(track_format_from_accept(wish.accept), wish.format) << wish.accept;
  }
}

}  // namespace
}  // namespace fieldcast::codec
