#include "fieldcast/codec/area_decoder.hpp"

#include <gmock/gmock.h>

namespace fieldcast::codec {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

std::string polygon(const std::string& rings) { return R"({"type":"Polygon","coordinates":[)" + rings + "]}"; }
std::string multi_polygon(const std::string& polygons) {
  return R"({"type":"MultiPolygon","coordinates":[)" + polygons + "]}";
}

TEST(AreaDecoder, ReadsAPolygonWithItsHolesLongitudeFirst) {
  const auto area = decode_area(
      polygon("[[77.5,12],[78,12],[78,13.25],[77.5,12]],[[77.9,12.1],[77.8,12.1],[77.9,12.2],[77.9,12.1]]"));
  ASSERT_TRUE(area) << area.error().text;
  ASSERT_THAT(*area, SizeIs(1));
  const Polygon& only = area->front();
  ASSERT_THAT(only.outer, SizeIs(4));
  EXPECT_EQ(only.outer[2].longitude_deg, 78);
  EXPECT_EQ(only.outer[2].latitude_deg, 13.25);
  ASSERT_THAT(only.holes, SizeIs(1));
  EXPECT_EQ(only.holes[0][1].longitude_deg, 77.8);
}

TEST(AreaDecoder, ReadsEachPolygonOfAMultiPolygon) {
  const auto area = decode_area(
      multi_polygon("[[[170,-10],[180,-10],[180,10],[170,-10]]],"
                    "[[[-180,-10],[-170,-10],[-180,10],[-180,-10]],[[-179,-9],[-178,-9],[-179,-8],[-179,-9]]]"));
  ASSERT_TRUE(area) << area.error().text;
  ASSERT_THAT(*area, SizeIs(2));
  EXPECT_THAT((*area)[0].holes, SizeIs(0));
  EXPECT_THAT((*area)[1].holes, SizeIs(1));
}

TEST(AreaDecoder, PassesOverHeightsAndOtherMembers) {
  const auto area = decode_area(
      R"({"bbox":[0,0,1,1],"coordinates":[[[0,0,5],[1,0,5,9],[1,1],[0,0]]],"type":"Polygon","name":{"a":[1]}})");
  ASSERT_TRUE(area) << area.error().text;
  EXPECT_THAT(area->front().outer, SizeIs(4));
}

TEST(AreaDecoder, TakesTheLimitsOfTheWorldAndRingsThatTouchThemselves) {
  for (const char* ring : {
           "[[-180,-90],[180,-90],[180,90],[-180,90],[-180,-90]]",
           "[[0,0],[0,1],[1,1],[1,0],[0,0]]",                    // clockwise
           "[[0,0],[2,0],[1,1],[2,2],[0,2],[1,1],[0,0]]",        // twice at a corner
           "[[0,0],[2,0],[2,1],[3,1],[2,1],[2,2],[0,2],[0,0]]",  // out and back on one line
           "[[0,0],[0,0],[1,0],[1,1],[0,0]]",                    // twice the same
       }) {
    const auto area = decode_area(polygon(ring));
    EXPECT_TRUE(area) << ring << ": " << area.error().text;
  }
}

struct Refused {
  std::string text, code, why;
};

TEST(AreaDecoder, SaysWhatIsWrong) {
  for (const Refused& refused : std::vector<Refused>{
           {"", "bad_json", "JSON"},
           {"{", "bad_json", "JSON"},
           {"[]", "bad_json", "JSON"},
           {polygon("[[0,0],[1e999,0],[1,1],[0,0]]"), "bad_json", "JSON"},
           {polygon("[[0,0],[NaN,0],[1,1],[0,0]]"), "bad_json", "JSON"},
           {std::string(100, '[') + std::string(100, ']'), "bad_json", "nested"},
           {"{}", "bad_request", "type"},
           {R"({"type":"Polygon"})", "bad_request", "coordinates"},
           {R"({"type":"Polygon","coordinates":null})", "bad_request", "coordinates"},
           {R"({"type":"Point","coordinates":[0,0]})", "bad_request", "Polygon or a MultiPolygon"},
           {R"({"type":7,"coordinates":[]})", "bad_request", "Polygon or a MultiPolygon"},
           {R"({"type":"Feature","coordinates":[],"geometry":{}})", "bad_request", "Polygon or a MultiPolygon"},
           {polygon(""), "bad_request", "no ring"},
           {multi_polygon(""), "bad_request", "no polygon"},
           {multi_polygon("[]"), "bad_request", "no ring"},
           {multi_polygon("7"), "bad_request", "no ring"},
           {polygon("7"), "bad_request", "ring 1 has fewer than four"},
           {polygon("[[0,0],[1,1],[0,0]]"), "bad_request", "ring 1 has fewer than four"},
           {polygon("[[0,0],[1,0],[1,1],[0,1]]"), "bad_request", "ring 1 is not closed"},
           {polygon("[[0,0],[1,0],[1,1],[0,0]],[[0,0],[1,0],[1,1],[2,2]]"), "bad_request", "ring 2 is not closed"},
           {polygon("[[0,0],[1,0],[1],[0,0]]"), "bad_request", "[longitude, latitude]"},
           {polygon("[[0,0],[1,0],[\"1\",1],[0,0]]"), "bad_request", "[longitude, latitude]"},
           {polygon("[[0,0],[1,0],{},[0,0]]"), "bad_request", "[longitude, latitude]"},
           {polygon("[[179,0],[181,0],[181,1],[179,0]]"), "bad_request", "antimeridian"},
           {polygon("[[0,0],[1,0],[1,90.5],[0,0]]"), "bad_request", "latitude"},
           {polygon("[[0,0],[4,4],[4,0],[0,4],[0,0]]"), "bad_request", "ring 1 crosses itself"},
           {multi_polygon("[[[0,0],[1,0],[1,1],[0,0]]],[[[0,0],[4,4],[4,0],[0,4],[0,0]]]"), "bad_request",
            "ring 2 crosses itself"},
       }) {
    const auto area = decode_area(refused.text);
    ASSERT_FALSE(area) << refused.text;
    EXPECT_EQ(area.error().code, refused.code) << refused.text;
    EXPECT_THAT(area.error().text, HasSubstr(refused.why)) << refused.text;
  }
}

/// On a circle, closed; with few digits, so that many fit.
std::string circle(std::size_t positions) {
  std::string ring = "[";
  for (std::size_t i = 0; i < positions; ++i) {
    const std::size_t turn = i + 1 == positions ? 0 : i;
    const double angle = 6.283185307179586 * static_cast<double>(turn) / static_cast<double>(positions - 1);
    const auto whole = [](double number) { return std::to_string(static_cast<int>(std::lround(number))); };
    ring += (i == 0 ? "[" : ",[") + whole(80 * std::cos(angle)) + "," + whole(80 * std::sin(angle)) + "]";
  }
  return ring + "]";
}

TEST(AreaDecoder, BoundsBytesAndPositions) {
  EXPECT_TRUE(decode_area(polygon(circle(600))));
  EXPECT_TRUE(decode_area(polygon("[[0,0],[1,0],[1,1],[0,0]]") +
                          std::string(area_bytes_max - polygon("[[0,0],[1,0],[1,1],[0,0]]").size(), ' ')));
  const auto long_text = decode_area(polygon(circle(600)) + std::string(area_bytes_max, ' '));
  ASSERT_FALSE(long_text);
  EXPECT_THAT(long_text.error().text, HasSubstr("bytes"));
  std::string positions = "[[0,0]";
  for (std::size_t i = 0; i < area_vertices_max; ++i) positions += ",[0,0]";
  const auto many = decode_area(polygon(positions + "]"));
  ASSERT_FALSE(many);
  EXPECT_THAT(many.error().text, HasSubstr("positions"));
}

TEST(AreaDecoder, FindsACrossingAnywhereInALongRing) {
  for (const std::size_t at : {1U, 40U, 98U}) {
    std::string ring = "[[0,0]";
    for (std::size_t i = 1; i <= 100; ++i) {
      ring += ",[" + std::to_string(i) + ",0]";
      if (i == at) ring += ",[" + std::to_string(i) + ".5,2]";  // through the line above
    }
    ring += ",[100,1],[0,1],[0,0]]";
    const auto area = decode_area(polygon(ring));
    ASSERT_FALSE(area) << at;
    EXPECT_THAT(area.error().text, HasSubstr("crosses itself")) << at;
  }
}

}  // namespace
}  // namespace fieldcast::codec
