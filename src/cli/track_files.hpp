// Tracks that a person has as files: GPX, GeoLife .plt, GeoJSON, JSON, CSV.
#pragma once

#include "fieldcast/codec/track_reader.hpp"
#include "fieldcast/simulate/tracks.hpp"

#include <filesystem>

namespace fieldcast::cli {

struct TrackFile {
  std::filesystem::path path;
  std::string agent;  // by its name; empty for a file that was itself named
};

/// A file as it is, a folder as the tracks below it, by name. Errors: no_tracks.
Result<std::vector<TrackFile>> find_tracks(const std::filesystem::path& path, simulate::AgentPer per);

struct Track {
  std::vector<codec::TrackFix> fixes;
  std::size_t unreadable = 0;  // lines and points of which nothing more can be said
};
/// By the name's ending. Errors: file_unreadable, and those of the readers.
Result<Track> read_track(const std::filesystem::path& file);

}  // namespace fieldcast::cli
