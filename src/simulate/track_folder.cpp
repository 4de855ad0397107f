#include "fieldcast/simulate/tracks.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>

namespace fieldcast::simulate {
namespace {

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_time(std::string_view text) { return text.size() == 14 && all_digits(text); }

std::string extension_of(const std::filesystem::path& file) {
  std::string extension = file.extension().string();
  std::ranges::transform(extension, extension.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return extension;
}

std::vector<std::filesystem::path> track_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (auto entry = std::filesystem::recursive_directory_iterator(folder, error);
       !error && entry != std::filesystem::recursive_directory_iterator(); entry.increment(error)) {
    const std::string extension = extension_of(entry->path());
    if (entry->is_regular_file(error) && (extension == ".plt" || extension == ".gpx")) files.push_back(entry->path());
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace

std::string agent_of_file(const std::filesystem::path& file, AgentPer per) {
  const std::string stem = file.stem().string();
  if (per == AgentPer::file) return stem;
  const std::size_t before_time = stem.rfind('_');
  if (before_time != std::string::npos && is_time(std::string_view(stem).substr(before_time + 1))) {
    const std::string_view front = std::string_view(stem).substr(0, before_time);
    const std::size_t before_user = front.rfind('_');
    const std::string_view user = before_user == std::string_view::npos ? front : front.substr(before_user + 1);
    if (all_digits(user)) return std::string(user);
  }
  std::filesystem::path owner = file.parent_path();
  if (owner.filename() == "Trajectory") owner = owner.parent_path();
  const std::string name = owner.filename().string();
  return name.empty() ? stem : name;
}

Result<Tracks> load_tracks(const std::filesystem::path& folder, AgentPer per, const std::string& agent_prefix) {
  Tracks tracks;
  std::map<std::string, std::vector<Fix>> by_agent;
  for (const std::filesystem::path& file : track_files(folder)) {
    std::ifstream in(file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    TrackPoints points = extension_of(file) == ".gpx" ? read_gpx(text) : read_plt(text);
    auto& fixes = by_agent[agent_prefix + agent_of_file(file.lexically_relative(folder), per)];
    fixes.insert(fixes.end(), points.fixes.begin(), points.fixes.end());
    ++tracks.files;
    tracks.fixes += points.fixes.size();
    tracks.unreadable += points.unreadable;
  }
  if (tracks.fixes == 0) return Error{"no_tracks", "no .plt or .gpx file with a fix in " + folder.string()};
  for (auto& [agent, fixes] : by_agent) tracks.agents.push_back({agent, std::move(fixes)});
  return tracks;
}

}  // namespace fieldcast::simulate
