// `fieldcast team grant | revoke | list`: which teams a manager sees whose token lists none.
#include "commands.hpp"
#include "fieldcast/app/serve.hpp"
#include "settings.hpp"

#include <cstdio>

namespace fieldcast::cli {

namespace {

struct TeamOptions {
  std::shared_ptr<SettingsSource> source;
  std::string org = "default", user, team;
};

int fail(const Error& error) {
  std::fprintf(stderr, "fieldcast: %s\n", error.text.c_str());
  return 1;
}

// The server may run meanwhile: it looks memberships up at each sign-in.
std::unique_ptr<store::Engine> open_engine(const TeamOptions& options, int& result) {
  const auto config = load_or_explain(*options.source, config::Use::database);
  result = config ? 0 : 2;
  if (!config) return nullptr;
  auto engine = app::make_engine(*config);
  if (const auto migrated = engine->migrate(); !migrated) {
    result = fail(migrated.error());
    return nullptr;
  }
  return engine;
}

int set_membership(const TeamOptions& options, bool member) {
  int result = 0;
  const auto engine = open_engine(options, result);
  if (!engine) return result;
  const auto writer = engine->open_writer();
  if (!writer) return fail(writer.error());
  const auto set = (*writer)->set_membership(OrgId(options.org), UserId(options.user), TeamId(options.team), member);
  if (!set) return fail(set.error());
  std::printf("%s %s %s\n", options.user.c_str(), member ? "sees" : "no longer sees", options.team.c_str());
  return 0;
}

int list(const TeamOptions& options) {
  int result = 0;
  const auto engine = open_engine(options, result);
  if (!engine) return result;
  const auto reader = engine->open_reader();
  if (!reader) return fail(reader.error());
  const auto teams = (*reader)->teams_of(OrgId(options.org), UserId(options.user));
  if (!teams) return fail(teams.error());
  for (const TeamId& team : *teams) std::puts(team.str().c_str());
  return 0;
}

}  // namespace

void add_team(CLI::App& app, int& result) {
  CLI::App& command = *app.add_subcommand("team", "Which teams a manager sees whose token lists none");
  command.require_subcommand(1);
  const auto add = [&](const char* name, const char* help, bool with_team, std::function<int(const TeamOptions&)> run) {
    CLI::App& sub = *command.add_subcommand(name, help);
    auto options = std::make_shared<TeamOptions>();
    options->source = add_settings(sub);
    sub.add_option("--org", options->org, "Organisation")->capture_default_str();
    sub.add_option("--user", options->user, "The manager's id (a token's sub)")->required();
    if (with_team) sub.add_option("--team", options->team, "Team")->required();
    sub.callback([options, run = std::move(run), &result] { result = run(*options); });
  };
  add("grant", "Let a manager see a team", true,
      [](const TeamOptions& options) { return set_membership(options, true); });
  add("revoke", "Take it back", true, [](const TeamOptions& options) { return set_membership(options, false); });
  add("list", "The teams that a manager sees", false, list);
}

}  // namespace fieldcast::cli
