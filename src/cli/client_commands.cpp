// `fieldcast simulate | replay | watch | verify`: the client side of the protocol.
#include "commands.hpp"
#include "fieldcast/simulate/replay.hpp"
#include "fieldcast/simulate/simulate.hpp"
#include "fieldcast/simulate/verify.hpp"
#include "fieldcast/simulate/watch.hpp"
#include "server_options.hpp"

#include <charconv>

namespace fieldcast::cli {

namespace {

const std::map<std::string, simulate::AgentPer> agent_per_names{{"file", simulate::AgentPer::file},
                                                                {"user", simulate::AgentPer::user}};

std::vector<double> numbers_in(const std::string& text, char separator) {
  std::vector<double> numbers;
  for (std::string_view rest(text); !rest.empty();) {
    const auto end = std::min(rest.find(separator), rest.size());
    double number = 0;
    const auto [stop, error] = std::from_chars(rest.data(), rest.data() + end, number);
    if (error != std::errc{} || stop != rest.data() + end) return {};
    numbers.push_back(number);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return numbers;
}

simulate::Town town_from(const std::string& text) {
  const auto name_end = text.find(':');
  const auto numbers =
      name_end == std::string::npos ? std::vector<double>{} : numbers_in(text.substr(name_end + 1), ':');
  if (numbers.size() != 2 && numbers.size() != 3)
    throw CLI::ValidationError("--town", text + " is no name:lat:lon[:radius_m]");
  simulate::Town town{text.substr(0, name_end), {numbers[0], numbers[1]}};
  if (numbers.size() == 3) town.radius_m = numbers[2];
  return town;
}

Viewport viewport_from(const std::string& text) {
  const auto numbers = numbers_in(text, ',');
  if (numbers.size() != 4) throw CLI::ValidationError("--viewport", text + " is no west,south,east,north");
  return {numbers[0], numbers[1], numbers[2], numbers[3]};
}

void set_speed(const std::string& text, double& speed) {
  if (text == "max") {
    speed = 0;
    return;
  }
  const auto numbers = numbers_in(text, ' ');
  if (numbers.size() != 1 || numbers[0] <= 0)
    throw CLI::ValidationError("--speed", text + " is neither a number above 0 nor max");
  speed = numbers[0];
}

void add_dashboards(CLI::App& command, std::size_t& watchers, std::string& token) {
  command.add_option("--watchers", watchers, "Dashboards that watch, measure and check")->capture_default_str();
  command.add_option("--watch-token", token, "Their token, when there is no key");
}

}  // namespace

void add_simulate(CLI::App& app, int& result) {
  CLI::App& command =
      *app.add_subcommand("simulate", "A field force that moves, reports, loses its network and comes back");
  auto options = std::make_shared<simulate::SimulateOptions>();
  auto teams = std::make_shared<std::vector<std::string>>();
  auto towns = std::make_shared<std::vector<std::string>>();
  simulate::SimulateOptions& o = *options;
  add_server_options(command, o.server);
  command.add_option("--agents", o.agents, "How many agents")->capture_default_str();
  command.add_option("--teams", *teams, "Their teams: names, or a number")->delimiter(',');
  command.add_option("--town", *towns, "name:lat:lon[:radius_m], repeatable; three towns by default");
  command.add_option("--agent-prefix", o.agent_prefix, "Ids are this and a number")->capture_default_str();
  add_seconds(command, "--interval", o.interval, "Between two fixes of an agent");
  command.add_option("--gateway-lines", o.gateway_lines, "Connections that share a gateway's --token")
      ->capture_default_str();
  command.add_option("--batch", o.positions_per_message_max, "Positions per message at most")->capture_default_str();
  command.add_option("--in-flight", o.flights_max, "Unacknowledged batches of a connection")->capture_default_str();
  command.add_option("--loss", o.loss, "Share of fixes that a bad network delays")->check(CLI::Range(0.0, 1.0));
  command.add_option("--offline-share", o.offline_share, "Share of the time without network")
      ->check(CLI::Range(0.0, 0.95));
  add_seconds(command, "--offline-spell", o.offline_spell, "How long that lasts on average");
  add_seconds(command, "--duration", o.duration, "0: until it is stopped");
  add_seconds(command, "--ramp", o.ramp, "Over which agents connect");
  add_seconds(command, "--drain", o.drain_within, "For the backlog at the end");
  command.add_option("--seed", o.seed, "The same seed, the same movements")->capture_default_str();
  command.add_flag("--idle", o.idle, "Agents connect and say nothing");
  add_dashboards(command, o.watchers, o.watch_token);
  command.add_option("--watch-teams", o.teams_per_watcher, "Teams that each dashboard watches")->capture_default_str();
  command.add_option("--watch-url", o.watch_url, "Another server of the same fleet that they connect to");
  add_milliseconds(command, "--watch-window", o.watch_window, "min_interval_ms of their subscriptions");
  add_seconds(command, "--summary", o.summary_every, "Between two summary lines; 0: none");
  command.add_flag("--json", o.json, "One JSON line at the end");
  command.callback([options, teams, towns, &result] {
    if (!teams->empty()) options->teams = simulate::team_names(*teams);
    for (const std::string& town : *towns) options->towns.push_back(town_from(town));
    result = simulate::run_simulate(*options);
  });
}

void add_replay(CLI::App& app, int& result) {
  CLI::App& command = *app.add_subcommand("replay", "Recorded tracks (GPX, GeoLife .plt) through WebSocket agents");
  auto options = std::make_shared<simulate::ReplayOptions>();
  simulate::ReplayOptions& o = *options;
  command.add_option("folder", o.folder, "Folder of tracks")->required()->check(CLI::ExistingDirectory);
  add_server_options(command, o.server);
  command.add_option("--agent-per", o.agent_per, "file or user")->transform(CLI::CheckedTransformer(agent_per_names));
  command.add_option("--agent-prefix", o.agent_prefix, "In front of each id");
  command.add_option("--team", o.team, "Their team")->capture_default_str();
  command.add_option_function<std::string>(
      "--speed", [&o](const std::string& text) { set_speed(text, o.speed); }, "Times faster than recorded, or max");
  command.add_flag("--shift-to-now", o.shift_to_now, "As if recorded now");
  add_seconds(command, "--gap-max", o.gap_max, "Longer gaps are cut to it; 0: none is");
  command.add_option("--rate", o.fixes_per_s_max, "With --speed max: fixes per second of all agents; 0: no limit");
  command.add_option("--gateway-lines", o.gateway_lines, "Connections that share a gateway's --token");
  command.add_option("--batch", o.positions_per_message_max, "Positions per message at most")->capture_default_str();
  command.add_option("--in-flight", o.flights_max, "Unacknowledged batches of a connection")->capture_default_str();
  command.add_option("--acked-file", o.acked_file, "A line for each acknowledged fix");
  add_dashboards(command, o.watchers, o.watch_token);
  add_seconds(command, "--give-up", o.give_up_after, "Without any acknowledgement; 0: never");
  add_seconds(command, "--summary", o.summary_every, "Between two summary lines; 0: none");
  command.add_flag("--json", o.json, "One JSON line at the end");
  command.callback([options, &result] { result = simulate::run_replay(*options); });
}

void add_watch(CLI::App& app, int& result) {
  CLI::App& command = *app.add_subcommand("watch", "What a dashboard sees, line by line");
  auto options = std::make_shared<simulate::WatchOptions>();
  simulate::WatchOptions& o = *options;
  add_server_options(command, o.server);
  command.add_option("--ticket", o.ticket, "A one-time ticket instead of a token");
  command.add_option("--room", o.rooms, "team:<id> or agent:<id>, repeatable")->required();
  command.add_option_function<std::string>(
      "--viewport", [&o](const std::string& text) { o.viewport = viewport_from(text); }, "west,south,east,north");
  add_milliseconds(command, "--window", o.window, "min_interval_ms");
  add_seconds(command, "--duration", o.duration, "0: until it is stopped");
  command.add_flag("--json", o.json, "Messages as they came");
  command.callback([options, &result] { result = simulate::run_watch(*options); });
}

void add_verify(CLI::App& app, int& result) {
  CLI::App& command = *app.add_subcommand("verify", "Is everything that was sent in the history, exactly once?");
  auto options = std::make_shared<simulate::VerifyOptions>();
  simulate::VerifyOptions& o = *options;
  add_server_options(command, o.server);
  command.add_option("--tracks", o.folder, "Every distinct (agent, time) of these files, and no other");
  command.add_option("--agent-per", o.agent_per, "file or user")->transform(CLI::CheckedTransformer(agent_per_names));
  command.add_option("--agent-prefix", o.agent_prefix, "As in the replay");
  command.add_option("--acked-file", o.acked_file, "Every line of it");
  command.add_option("--page", o.page, "Fixes per request")->capture_default_str();
  command.add_flag("--json", o.json, "One JSON line at the end");
  command.callback([options, &result] { result = simulate::run_verify(*options); });
}

}  // namespace fieldcast::cli
