// Recorded tracks: GPX 1.x and GeoLife .plt files.
//
// Read as they are: duplicates, gaps, times that run backwards and impossible coordinates
// stay, for they are what a server must cope with. Lines that cannot be read at all are
// skipped and counted. Pure but for load_tracks, which reads a folder.
#pragma once

#include "fieldcast/base/result.hpp"
#include "fieldcast/domain/position.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace fieldcast::simulate {

struct TrackPoints {
  std::vector<Fix> fixes;  // in the order of the file
  std::size_t unreadable = 0;
};

/// Six header lines, then `lat,lon,0,altitude in feet,days,date,time`. Times are UTC; altitude -777 is unknown.
TrackPoints read_plt(std::string_view text);
/// Every trkpt (or rtept, wpt) with lat, lon and time; ele, speed and course when there. Points without a time are
/// unreadable.
TrackPoints read_gpx(std::string_view text);

enum class AgentPer : std::uint8_t { file, user };

/// Whose track a file is: with `file`, its name without extension; with `user`, the digits before the time in names
/// such as geolife_long_10_MB_008_20081027132023.plt, or the folder of a user (008/Trajectory/2008….plt), or else
/// the name without extension. `file` is relative to the folder that is read.
std::string agent_of_file(const std::filesystem::path& file, AgentPer per);

struct AgentTrack {
  std::string agent;
  std::vector<Fix> fixes;  // file after file, by name
};
struct Tracks {
  std::vector<AgentTrack> agents;  // by agent
  std::size_t files = 0;
  std::size_t fixes = 0;
  std::size_t unreadable = 0;  // lines and points
};
/// All .plt and .gpx files below `folder`. Errors: no_tracks.
Result<Tracks> load_tracks(const std::filesystem::path& folder, AgentPer per, const std::string& agent_prefix);

}  // namespace fieldcast::simulate
