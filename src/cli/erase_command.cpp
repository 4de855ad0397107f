// `fieldcast erase --org O --agent A`: removes an agent from the database and the archive, and proves it.
#include "archive_access.hpp"
#include "commands.hpp"
#include "fieldcast/archive/archive.hpp"
#include "fieldcast/store/registry.hpp"

#include <cstdio>
#include <thread>

namespace fieldcast::cli {
namespace {

constexpr seconds servers_forget_within = 2 * store::registry_read_every + seconds{1};

struct EraseOptions {
  std::shared_ptr<ArchiveSource> source;
  std::string org = "default", agent;
  bool only_show = false;
};

void print(const char* when, const store::Traces& traces) {
  std::printf("%s: %s, %llu positions, %llu last-known, %llu records set aside, %llu summaries, %llu archived days\n",
              when, traces.registered ? "registered" : "not registered",
              static_cast<unsigned long long>(traces.positions), static_cast<unsigned long long>(traces.last_known),
              static_cast<unsigned long long>(traces.quarantined), static_cast<unsigned long long>(traces.summaries),
              static_cast<unsigned long long>(traces.archived.size()));
}

/// The archive goes second: its index knows the agent by the number that the registration holds.
Result<void> erase_from_archive(const EraseOptions& options, const config::Config& config, store::Keeper& keeper,
                                const AgentKey& agent) {
  const std::string& where = options.source->place.empty() ? config.archive.place : options.source->place;
  if (where.empty())
    return Error{"place_unusable",
                 "an archive holds the agent: name it by archive.place or --place, and run this again"};
  const auto place = archive::make_place(where, config.archive.rclone);
  if (!place) return place.error();
  const auto erased = archive::erase_from_archive(keeper, **place, agent);
  if (!erased) return erased.error();
  std::printf("written again without the agent: %zu archived days\n", *erased);
  const auto rest = keeper.erase(agent);
  if (!rest) return rest.error();
  return {};
}

/// What servers wrote while they did not know it yet goes now, not with the next sweep.
Result<store::Traces> erase_what_came_meanwhile(store::Keeper& keeper, const AgentKey& agent) {
  std::puts("waiting until servers that run have forgotten it, too");
  std::fflush(stdout);
  std::this_thread::sleep_for(servers_forget_within);
  auto now = keeper.traces_of(agent);
  if (!now || now->registered) return now;
  if (auto rest = keeper.erase(agent); !rest) return rest;
  return keeper.traces_of(agent);
}

int erase(const EraseOptions& options, const config::Config& config, store::Keeper& keeper) {
  const AgentKey agent{OrgId(options.org), AgentId(options.agent)};
  const auto before = keeper.traces_of(agent);
  if (!before) return fail(before.error());
  print(options.only_show ? "there is" : "before", *before);
  if (options.only_show) return 0;
  const auto rest = keeper.erase(agent);
  if (!rest) return fail(rest.error());
  if (!rest->archived.empty())
    if (const auto erased = erase_from_archive(options, config, keeper, agent); !erased) return fail(erased.error());
  const auto after = before->none() ? keeper.traces_of(agent) : erase_what_came_meanwhile(keeper, agent);
  if (!after) return fail(after.error());
  print("after", *after);
  if (!after->none()) return fail({"erase_incomplete", "the agent reports meanwhile: end its app, and run this again"});
  std::puts("nothing is left of the agent");
  return 0;
}

int run_erase(const EraseOptions& options) {
  const auto config = load_or_explain(*options.source->settings, config::Use::database);
  if (!config) return 2;
  int result = 0;
  const auto engine = open_database(*config, result);
  if (!engine) return result;
  const auto keeper = engine->open_keeper();
  if (!keeper) return fail(keeper.error());
  return erase(options, *config, **keeper);
}

}  // namespace

void add_erase(CLI::App& app, int& result) {
  CLI::App& command = *app.add_subcommand("erase", "Forget an agent: history, summaries, archive, all of it");
  auto options = std::make_shared<EraseOptions>();
  options->source = add_archive_source(command);
  command.add_option("--org", options->org, "Organisation")->capture_default_str();
  command.add_option("--agent", options->agent, "The agent's id")->required();
  command.add_flag("--show", options->only_show, "Only tell what there is of it");
  command.callback([options, &result] { result = run_erase(*options); });
}

}  // namespace fieldcast::cli
