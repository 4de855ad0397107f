#include "track_files.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

namespace fieldcast::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::array endings{".gpx", ".plt", ".geojson", ".json", ".csv"};

std::string ending_of(const fs::path& file) {
  std::string ending = file.extension().string();
  for (char& c : ending)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return ending;
}

Track taken(simulate::TrackPoints points) {
  Track track{{}, points.unreadable};
  for (Fix& fix : points.fixes) track.fixes.push_back({std::move(fix), nullptr});
  return track;
}

Result<Track> taken(Result<std::vector<codec::TrackFix>> read) {
  if (!read) return read.error();
  return Track{std::move(*read), 0};
}

}  // namespace

Result<std::vector<TrackFile>> find_tracks(const fs::path& path, simulate::AgentPer per) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return std::vector{TrackFile{path, {}}};
  std::vector<TrackFile> files;
  for (auto entry = fs::recursive_directory_iterator(path, error);
       !error && entry != fs::recursive_directory_iterator(); entry.increment(error))
    if (entry->is_regular_file(error) && std::ranges::find(endings, ending_of(entry->path())) != endings.end())
      files.push_back({entry->path(), simulate::agent_of_file(entry->path().lexically_relative(path), per)});
  if (error) return Error{"no_tracks", path.string() + ": " + error.message()};
  if (files.empty()) return Error{"no_tracks", "no track is below " + path.string()};
  std::ranges::sort(files, {}, &TrackFile::path);
  return files;
}

Result<Track> read_track(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::error_code error;
  if (!in || fs::is_directory(file, error)) return Error{"file_unreadable", "cannot be read"};
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  const std::string ending = ending_of(file);
  if (ending == ".gpx") return taken(simulate::read_gpx(text));
  if (ending == ".plt") return taken(simulate::read_plt(text));
  if (ending == ".geojson" || ending == ".json") return taken(codec::read_json_track(text));
  if (ending == ".csv") return taken(codec::read_csv_track(text));
  return Error{"file_unreadable", "is no .gpx, .plt, .geojson, .json or .csv"};
}

}  // namespace fieldcast::cli
