#include "fieldcast/simulate/tracks.hpp"

#include "fieldcast/base/rfc3339.hpp"

#include <fstream>
#include <gtest/gtest.h>

namespace fieldcast::simulate {
namespace {

constexpr std::string_view plt_head =
    "Geolife trajectory\r\nWGS 84\r\nAltitude is in Feet\r\nReserved 3\r\n0,2,255,My Track,0,0,2,8421376\r\n0\r\n";

TrackPoints plt(std::string_view lines) { return read_plt(std::string(plt_head) + std::string(lines)); }

TEST(Plt, ReadsAFixInUtcAndMetres) {
  const TrackPoints points = plt("39.980979,116.331139,0,80,39748.5558217593,2008-10-27,13:20:23\r\n");
  ASSERT_EQ(points.fixes.size(), 1u);
  EXPECT_EQ(points.unreadable, 0u);
  const Fix& fix = points.fixes[0];
  EXPECT_EQ(fix.at.latitude_deg, 39.980979);
  EXPECT_EQ(fix.at.longitude_deg, 116.331139);
  EXPECT_EQ(fix.recorded_at, parse_rfc3339("2008-10-27T13:20:23Z"));
  EXPECT_NEAR(fix.altitude_m, 24.384, 0.001);
  EXPECT_FALSE(known(fix.speed_mps));
}

TEST(Plt, KeepsDuplicatesBackwardTimesAndImpossiblePlaces) {
  const TrackPoints points =
      plt("39.9,116.3,0,80,1,2008-10-27,13:20:23\n39.9,116.3,0,80,1,2008-10-27,13:20:23\n"
          "400.16,116.3,0,-777,1,2008-10-27,13:20:20\n");
  ASSERT_EQ(points.fixes.size(), 3u);
  EXPECT_EQ(points.fixes[2].at.latitude_deg, 400.16);
  EXPECT_LT(points.fixes[2].recorded_at, points.fixes[1].recorded_at);
  EXPECT_FALSE(known(points.fixes[2].altitude_m));
}

TEST(Plt, SkipsAndCountsBrokenLines) {
  const TrackPoints points =
      plt("39.9,116.3,0,80,1,2008-10-27,13:20:23\n"
          "39.9,116.3,0,80,1,2008-10-27\n"             // a field is missing
          "39.9,116.3,0,80,1,2008-10-27,13:20:23,x\n"  // one too many
          "39.9.1,116.3,0,80,1,2008-10-27,13:20:23\n"
          ",116.3,0,80,1,2008-10-27,13:20:23\n"
          "39.9,116.3,0,80,1,2008-02-30,13:20:23\n"
          "39.9,116.3,0,80,1,2008-10-27,25:20:23\n"
          "\n"
          "garbage\n"
          "39.9,116.3,0,,1,2008-10-27,13:20:24");  // no altitude, no line end: still a fix
  EXPECT_EQ(points.fixes.size(), 2u);
  EXPECT_EQ(points.unreadable, 7u);
}

TEST(Plt, IsEmptyForLessThanItsHead) {
  EXPECT_TRUE(read_plt("").fixes.empty());
  EXPECT_TRUE(read_plt("Geolife trajectory\n39.9,116.3,0,80,1,2008-10-27,13:20:23\n").fixes.empty());
  EXPECT_TRUE(read_plt(plt_head).fixes.empty());
}

TEST(Gpx, ReadsPointsWithTheirChildren) {
  const TrackPoints points = read_gpx(R"(<?xml version="1.0"?><gpx version="1.1"><trk><name>a</name><trkseg>
    <trkpt lat="52.5" lon="13.4"><ele>34.5</ele><time>2024-05-01T10:00:00Z</time><speed>7.25</speed><course>90</course>
    </trkpt>
    <trkpt lon='13.5'
           lat = '52.6'><time> 2024-05-01T12:00:01+02:00 </time></trkpt>
  </trkseg></trk></gpx>)");
  ASSERT_EQ(points.fixes.size(), 2u);
  EXPECT_EQ(points.unreadable, 0u);
  EXPECT_EQ(points.fixes[0].altitude_m, 34.5F);
  EXPECT_EQ(points.fixes[0].speed_mps, 7.25F);
  EXPECT_EQ(points.fixes[0].heading_deg, 90.0F);
  EXPECT_EQ(points.fixes[1].at.latitude_deg, 52.6);
  EXPECT_EQ(points.fixes[1].at.longitude_deg, 13.5);
  EXPECT_EQ(points.fixes[1].recorded_at, parse_rfc3339("2024-05-01T10:00:01Z"));
}

TEST(Tracks, GpxOfOurOwnExportKeepsItsExtensions) {
  const TrackPoints points = read_gpx(R"(<trkpt lat="1" lon="2"><ele>3</ele><time>2024-05-01T10:00:00Z</time>
    <extensions><fc:accuracy_m>4.5</fc:accuracy_m><fc:speed_mps>7.25</fc:speed_mps><fc:heading_deg>90</fc:heading_deg>
    <fc:battery>0.5</fc:battery><fc:activity>cycling</fc:activity></extensions></trkpt>)");
  ASSERT_EQ(points.fixes.size(), 1u);
  const Fix& fix = points.fixes[0];
  EXPECT_FLOAT_EQ(fix.accuracy_m, 4.5F);
  EXPECT_FLOAT_EQ(fix.speed_mps, 7.25F);
  EXPECT_FLOAT_EQ(fix.heading_deg, 90);
  EXPECT_FLOAT_EQ(fix.battery, 0.5F);
  EXPECT_EQ(fix.activity, Activity::cycling);
}

TEST(Gpx, SkipsAndCountsBrokenPoints) {
  const TrackPoints points = read_gpx(R"(<gpx>
    <trkpt lat="52.5" lon="13.4"/>
    <trkpt lat="52.5" lon="13.4"><ele>1</ele></trkpt>
    <trkpt lat="north" lon="13.4"><time>2024-05-01T10:00:00Z</time></trkpt>
    <trkpt lon="13.4"><time>2024-05-01T10:00:00Z</time></trkpt>
    <trkpt lat="52.5" lon="13.4"><time>yesterday</time></trkpt>
    <wpt lat="1" lon="2"><time>2024-05-01T10:00:00Z</time></wpt>
    <trkpts lat="1" lon="2"></trkpts>
    <trkpt lat="52.5" lon="13.4"><time>2024-05-01T10:00:00Z)");
  EXPECT_EQ(points.fixes.size(), 1u);
  EXPECT_EQ(points.unreadable, 6u);
  EXPECT_EQ(read_gpx("<trkpt lat=").unreadable, 1u);
  EXPECT_TRUE(read_gpx("").fixes.empty());
}

TEST(Gpx, DoesNotTakeAPointsTimeFromTheNextOne) {
  const TrackPoints points = read_gpx(R"(<trkpt lat="1" lon="2"/><trkpt lat="3" lon="4">
    <time>2024-05-01T10:00:00Z</time></trkpt>)");
  ASSERT_EQ(points.fixes.size(), 1u);
  EXPECT_EQ(points.fixes[0].at.latitude_deg, 3);
}

TEST(AgentOfFile, TellsTheUserByNameOrFolder) {
  EXPECT_EQ(agent_of_file("geolife_long_10_MB_008_20081027132023.plt", AgentPer::user), "008");
  EXPECT_EQ(agent_of_file("geolife_modes_178_20100312172608.plt", AgentPer::user), "178");
  EXPECT_EQ(agent_of_file("020/Trajectory/20081027132023.plt", AgentPer::user), "020");
  EXPECT_EQ(agent_of_file("anna/monday.gpx", AgentPer::user), "anna");
  EXPECT_EQ(agent_of_file("monday.gpx", AgentPer::user), "monday");
  EXPECT_EQ(agent_of_file("a_008_2008.plt", AgentPer::user), "a_008_2008");
  EXPECT_EQ(agent_of_file("geolife_modes_178_20100312172608.plt", AgentPer::file), "geolife_modes_178_20100312172608");
}

class TrackFolder : public testing::Test {
 protected:
  void SetUp() override {
    const auto* const test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::path(testing::TempDir()) / (std::string("fieldcast_tracks_") + test->name());
    std::filesystem::create_directories(folder_ / "sub");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void write(const std::string& name, const std::string& text) { std::ofstream(folder_ / name) << text; }

  std::filesystem::path folder_;
};

TEST_F(TrackFolder, JoinsTheFilesOfAUserInTheirOrder) {
  const std::string head(plt_head);
  write("x_007_20081028000000.plt", head + "1,2,0,0,1,2008-10-28,00:00:00\nbroken\n");
  write("x_007_20081027000000.plt", head + "1,2,0,0,1,2008-10-27,00:00:00\n");
  write("sub/trip.GPX", R"(<trkpt lat="1" lon="2"><time>2024-05-01T10:00:00Z</time></trkpt>)");
  write("notes.txt", "no track");
  const auto tracks = load_tracks(folder_, AgentPer::user, "p-");
  ASSERT_TRUE(tracks);
  EXPECT_EQ(tracks->files, 3u);
  EXPECT_EQ(tracks->fixes, 3u);
  EXPECT_EQ(tracks->unreadable, 1u);
  ASSERT_EQ(tracks->agents.size(), 2u);
  EXPECT_EQ(tracks->agents[0].agent, "p-007");
  ASSERT_EQ(tracks->agents[0].fixes.size(), 2u);
  EXPECT_LT(tracks->agents[0].fixes[0].recorded_at, tracks->agents[0].fixes[1].recorded_at);
  EXPECT_EQ(tracks->agents[1].agent, "p-sub");
}

TEST_F(TrackFolder, SaysSoWhenThereIsNothing) {
  EXPECT_EQ(load_tracks(folder_, AgentPer::file, "").error().code, "no_tracks");
  EXPECT_EQ(load_tracks(folder_ / "absent", AgentPer::file, "").error().code, "no_tracks");
}

}  // namespace
}  // namespace fieldcast::simulate
