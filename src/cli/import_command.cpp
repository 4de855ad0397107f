// `fieldcast import --team T [--agent A] FILES…`: recorded tracks into history.
//
// A fix is judged as one that a phone sends, but for its age: history takes it however old it is. Retention may drop
// it at its next round; --keep-days holds its days. An agent that is known keeps its team and name.
#include "archive_access.hpp"
#include "commands.hpp"
#include "fieldcast/archive/history_writer.hpp"
#include "fieldcast/ingest/verdict.hpp"
#include "track_files.hpp"

#include <cstdio>
#include <set>

namespace fieldcast::cli {
namespace {

using std::chrono::days;
using store::Day;

const std::map<std::string, simulate::AgentPer> agent_per_names{{"file", simulate::AgentPer::file},
                                                                {"user", simulate::AgentPer::user}};

struct ImportOptions {
  std::shared_ptr<SettingsSource> source;
  std::string org = "default", team, agent, agent_prefix;
  simulate::AgentPer agent_per = simulate::AgentPer::file;
  int keep_days = 0;
  std::vector<std::string> paths;
};

struct Database {
  std::unique_ptr<store::Engine> engine;
  std::unique_ptr<store::Keeper> keeper;
  std::unique_ptr<store::Writer> writer;
  std::unique_ptr<store::Reader> reader;
};

Result<Database> open(std::unique_ptr<store::Engine> engine) {
  auto keeper = engine->open_keeper();
  if (!keeper) return keeper.error();
  auto writer = engine->open_writer();
  if (!writer) return writer.error();
  auto reader = engine->open_reader();
  if (!reader) return reader.error();
  return Database{std::move(engine), std::move(*keeper), std::move(*writer), std::move(*reader)};
}

class Import {
 public:
  Import(const ImportOptions& options, Database& database) : options_(options), database_(database) {}

  /// Errors: of the store, which end everything. What a file cannot give is printed and remembered.
  Result<void> take(const TrackFile& file);
  bool all_taken() const { return all_taken_; }

 private:
  Result<void> take(const AgentIdentity& agent, Track& track);
  Result<void> hold(Day day);
  void refuse(const TrackFile& file, const std::string& why);
  void report(const TrackFile& file) const;

  const ImportOptions& options_;
  Database& database_;
  std::uint64_t taken_ = 0, duplicates_ = 0;  // of the file
  std::map<std::string, std::size_t> refused_;
  std::set<Day> held_;
  bool all_taken_ = true;
};

Result<void> Import::take(const TrackFile& file) {
  const std::string agent = options_.agent.empty() ? options_.agent_prefix + file.agent : options_.agent;
  if (!is_valid_id(agent)) {
    refuse(file, "names no agent: give --agent, or a folder");
    return {};
  }
  auto track = read_track(file.path);
  if (!track) {
    refuse(file, track.error().text);
    return {};
  }
  if (auto took = take({OrgId(options_.org), TeamId(options_.team), AgentId(agent), {}}, *track); !took) return took;
  report(file);
  return {};
}

Result<void> Import::take(const AgentIdentity& agent, Track& track) {
  const Timestamp now = read_clock().wall;
  archive::HistoryWriter history(*database_.writer, *database_.reader);
  refused_.clear();
  if (track.unreadable > 0) refused_["unreadable"] = track.unreadable;
  for (codec::TrackFix& each : track.fixes) {
    const Outcome* problem = each.problem != nullptr ? each.problem : ingest::judge(each.fix, {}, now);
    if (problem != nullptr) {
      ++refused_[std::string(problem->code)];
      continue;
    }
    if (auto held = hold(std::chrono::floor<days>(each.fix.recorded_at)); !held) return held;
    if (auto added = history.add(agent, {std::move(each.fix), now}); !added) return added;
  }
  if (auto finished = history.finish(); !finished) return finished;
  taken_ = history.accepted();
  duplicates_ = history.duplicates();
  all_taken_ = all_taken_ && refused_.empty();
  return {};
}

Result<void> Import::hold(Day day) {
  if (options_.keep_days == 0 || !held_.insert(day).second) return {};
  return database_.keeper->hold_day(day, today() + days{options_.keep_days});
}

void Import::refuse(const TrackFile& file, const std::string& why) {
  all_taken_ = false;
  std::fprintf(stderr, "fieldcast: %s: %s\n", file.path.c_str(), why.c_str());
}

void Import::report(const TrackFile& file) const {
  std::printf("%s: %llu taken, %llu duplicates", file.path.c_str(), static_cast<unsigned long long>(taken_),
              static_cast<unsigned long long>(duplicates_));
  for (const auto& [code, count] : refused_) std::printf(", %zu %s", count, code.c_str());
  std::puts("");
  std::fflush(stdout);
}

int run_import(const ImportOptions& options) {
  const auto config = load_or_explain(*options.source, config::Use::database);
  if (!config) return 2;
  std::vector<TrackFile> files;
  for (const std::string& path : options.paths) {
    const auto found = find_tracks(path, options.agent_per);
    if (!found) return fail(found.error());
    files.insert(files.end(), found->begin(), found->end());
  }
  int result = 0;
  auto engine = open_database(*config, result);
  if (!engine) return result;
  auto database = open(std::move(engine));
  if (!database) return fail(database.error());
  Import import(options, *database);
  for (const TrackFile& file : files)
    if (const auto took = import.take(file); !took) return fail(took.error());
  return import.all_taken() ? 0 : 1;
}

}  // namespace

void add_import(CLI::App& app, int& result) {
  CLI::App& command =
      *app.add_subcommand("import", "Recorded tracks (GPX, GeoLife .plt, GeoJSON, JSON, CSV) into history");
  auto options = std::make_shared<ImportOptions>();
  options->source = add_settings(command);
  command.add_option("paths", options->paths, "Files, or folders of them")->required()->check(CLI::ExistingPath);
  command.add_option("--org", options->org, "Organisation")->capture_default_str();
  command.add_option("--team", options->team, "Team of agents that are not known yet")->required();
  CLI::Option* agent = command.add_option("--agent", options->agent, "Whose tracks they are; otherwise --agent-per");
  command.add_option("--agent-per", options->agent_per, "In a folder: an agent per file or user")
      ->transform(CLI::CheckedTransformer(agent_per_names))
      ->excludes(agent);
  command.add_option("--agent-prefix", options->agent_prefix, "In front of each id")->excludes(agent);
  command.add_option("--keep-days", options->keep_days, "Retention does not drop their days for so long; 0: it may")
      ->check(CLI::Range(0, 36'500));
  command.callback([options, &result] {
    for (const auto& [name, id] : {std::pair{"--org", &options->org}, std::pair{"--team", &options->team}})
      if (!is_valid_id(*id)) throw CLI::ValidationError(name, "is no valid id");
    result = run_import(*options);
  });
}

}  // namespace fieldcast::cli
