#include "fieldcast/simulate/simulate.hpp"

#include "field_force.hpp"
#include "run_report.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace fieldcast::simulate {
namespace {

constexpr milliseconds drain_poll{50};
constexpr milliseconds last_updates_within{1'500};  // from the last acknowledgement to the dashboards

/// One run, from the first connection to the last line.
class Simulation {
 public:
  Simulation(Network& network, const TokenSource& tokens, const TokenSource& watch_tokens,
             const SimulateOptions& options)
      : network_(network), options_(options), force_(network, tokens, options) {
    for (const std::string& id : force_.names().ids) numbers_.number_of(id);
    make_dashboards(watch_tokens);
  }

  int run();

 private:
  void make_dashboards(const TokenSource& tokens);
  void measure(std::uint32_t agent, const SeenPosition& position);
  void summarise();
  void begin_drain();
  void drain(SteadyTime deadline);
  std::uint64_t count_outdated() const;
  bool all_well() const;
  void print_json() const;

  Network& network_;
  const SimulateOptions& options_;
  FieldForce force_;
  AgentNumbers numbers_;
  DashboardTotals dashboard_totals_;
  std::deque<Dashboard> dashboards_;
  Histogram latency_;
  SummaryLine summary_;
  SteadyTime started_at_ = std::chrono::steady_clock::now();
  double recorded_for_s_ = 0;
  std::uint64_t outdated_ = 0;  // (dashboard, agent) whose last position is not the agent's newest
  bool draining_ = false;
  bool settled_ = false;
};

void Simulation::make_dashboards(const TokenSource& tokens) {
  const std::vector<std::string> teams = team_names(options_.teams);
  dashboard_totals_.on_position = [this](std::uint32_t agent, const SeenPosition& position) {
    measure(agent, position);
  };
  for (std::size_t i = 0; i < options_.watchers; ++i) {
    SubscribeOptions subscribe;
    subscribe.window = options_.watch_window;
    for (std::size_t k = 0; k < std::min(options_.teams_per_watcher, teams.size()); ++k)
      subscribe.rooms.push_back("team:" + teams[(i * options_.teams_per_watcher + k) % teams.size()]);
    MakeToken make_token = [&tokens, i] { return tokens.manager("watcher-" + std::to_string(i + 1), {}); };
    dashboards_.emplace_back(network_, dashboard_totals_, numbers_, std::move(make_token), std::move(subscribe));
  }
}

void Simulation::measure(std::uint32_t agent, const SeenPosition& position) {
  if (agent >= options_.agents || !position.recorded_at) return;
  const auto sent_at = force_.sent_at(agent, *position.recorded_at);
  if (!sent_at) return;
  const auto took = std::chrono::steady_clock::now() - *sent_at;
  latency_.add(std::chrono::duration_cast<std::chrono::microseconds>(took));
}

void Simulation::summarise() {
  network_.timetable.after(options_.summary_every, [this] {
    summary_.print(force_.lines().totals(), force_.lines().waiting(), dashboard_totals_, latency_);
    summarise();
  });
}

int Simulation::run() {
  network_.start_sweep();
  network_.on_signal([this] { begin_drain(); });
  for (Dashboard& dashboard : dashboards_) dashboard.start();
  force_.start();
  if (options_.duration.count() > 0) network_.timetable.after(options_.duration, [this] { begin_drain(); });
  if (options_.summary_every.count() > 0) summarise();
  network_.io.run();
  summary_.print(force_.lines().totals(), force_.lines().waiting(), dashboard_totals_, latency_);
  if (!settled_) std::fprintf(stderr, "fieldcast simulate: not everything was acknowledged\n");
  if (dashboard_totals_.errors > 0)
    std::fprintf(stderr, "fieldcast simulate: subscriptions failed, last: %s\n", dashboard_totals_.last_error.c_str());
  if (options_.json) print_json();
  network_.leave_all();
  return all_well() ? 0 : 1;
}

void Simulation::begin_drain() {
  if (std::exchange(draining_, true)) return;
  recorded_for_s_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - started_at_).count();
  if (!options_.idle) force_.stop_recording();
  drain(std::chrono::steady_clock::now() + options_.drain_within);
}

void Simulation::drain(SteadyTime deadline) {
  settled_ = force_.lines().all_settled();
  if (!settled_ && std::chrono::steady_clock::now() < deadline)
    return network_.timetable.after(drain_poll, [this, deadline] { drain(deadline); });
  network_.timetable.after(dashboards_.empty() ? milliseconds{0} : last_updates_within, [this] {
    outdated_ = count_outdated();
    network_.io.stop();
  });
}

std::uint64_t Simulation::count_outdated() const {
  std::uint64_t outdated = 0;
  for (const Dashboard& dashboard : dashboards_) {
    for (std::uint32_t i = 0; i < options_.agents; ++i) {
      const bool reported = force_.newest(i) != Timestamp{};
      if (dashboard.watches("team:" + force_.names().teams[i]) && reported &&
          dashboard.check_made().newest(i) != force_.newest(i))
        ++outdated;
    }
  }
  return outdated;
}

bool Simulation::all_well() const {
  const UplinkCounts& uplink = force_.lines().totals().uplink;
  const WatchCounts& watch = dashboard_totals_.watch;
  return settled_ && uplink.rejected + uplink.forgotten + uplink.odd_acks == 0 && outdated_ == 0 &&
         watch.went_back + watch.before_snapshot + watch.unreadable == 0 && dashboard_totals_.errors == 0;
}

void Simulation::print_json() const {
  const LineTotals& lines = force_.lines().totals();
  const double cpu_s = cpu_seconds();
  Json report{{"command", "simulate"},
              {"agents", options_.agents},
              {"watchers", options_.watchers},
              {"seconds", recorded_for_s_},
              {"fixes", json_of(lines.uplink)},
              {"agent_connections", json_of(lines.clients)},
              {"ack_ms", json_of(lines.ack_latency)},
              {"watch", json_of(dashboard_totals_.watch)},
              {"watch_connections", json_of(dashboard_totals_.clients)},
              {"latency_ms", json_of(latency_)},
              {"outdated", outdated_},
              {"settled", settled_},
              {"cpu_s", cpu_s}};
  std::printf("%s\n", report.dump().c_str());
}

}  // namespace

std::vector<std::string> team_names(const std::vector<std::string>& words) {
  static constexpr std::array known{"north", "south", "east", "west", "centre", "harbour"};
  std::size_t count = 0;
  if (words.size() == 1) {
    const std::string& word = words.front();
    const auto read = std::from_chars(word.data(), word.data() + word.size(), count);
    if (read.ptr != word.data() + word.size() || count > 100'000) count = 0;
  }
  if (count == 0) return words.empty() ? std::vector<std::string>{known.front()} : words;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i)
    names.push_back(i < known.size() ? known[i] : "team-" + std::to_string(i + 1));
  return names;
}

int run_simulate(const SimulateOptions& options) {
  if (options.agents == 0 || options.interval.count() <= 0)
    return cannot_start("simulate", {"bad_option", "there must be agents, and time between their fixes"});
  const auto tokens = TokenSource::open(options.server.credentials);
  if (!tokens) return cannot_start("simulate", tokens.error());
  Credentials watch_credentials = options.server.credentials;
  if (!options.watch_token.empty()) watch_credentials.token = options.watch_token;
  const auto watch_tokens = TokenSource::open(watch_credentials);
  if (!watch_tokens) return cannot_start("simulate", watch_tokens.error());
  const auto network = open_network(options.server, options.seed);
  if (!network) return cannot_start("simulate", network.error());
  if (!options.watch_url.empty()) {
    if (const auto elsewhere = watch_elsewhere(**network, options.server, options.watch_url); !elsewhere)
      return cannot_start("simulate", elsewhere.error());
  }
  Simulation simulation(**network, *tokens, *watch_tokens, options);
  return simulation.run();
}

}  // namespace fieldcast::simulate
