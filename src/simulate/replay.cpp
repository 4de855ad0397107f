#include "fieldcast/simulate/replay.hpp"

#include "agent_lines.hpp"
#include "fieldcast/simulate/fix_text.hpp"
#include "run_report.hpp"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace fieldcast::simulate {
namespace {

constexpr milliseconds poll{20};
constexpr seconds last_updates_within{2};

/// One agent's track and how far it was played.
struct Player {
  std::vector<Fix> fixes;
  std::vector<PlannedFix> plan;
  std::size_t next = 0;
  bool done() const { return next == fixes.size(); }
};

/// The file of acknowledged fixes; written through at every poll, so that a check may read along.
class Ledger {
 public:
  Result<void> open(const std::string& file) {
    if (file.empty()) return {};
    file_.reset(std::fopen(file.c_str(), "w"));
    if (!file_) return Error{"ledger_unusable", "cannot write " + file};
    return {};
  }
  void add(const std::string& agent, Timestamp recorded_at) {
    if (file_) std::fprintf(file_.get(), "%s\t%lld\n", agent.c_str(), static_cast<long long>(to_unix_ms(recorded_at)));
  }
  void flush() {
    if (file_) std::fflush(file_.get());
  }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Close> file_;
};

AgentNames names_of(const Tracks& tracks, const ReplayOptions& options) {
  AgentNames names;
  for (const AgentTrack& track : tracks.agents) {
    names.ids.push_back(track.agent);
    names.teams.push_back(options.team);
    names.names.emplace_back();
  }
  return names;
}

class Replay {
 public:
  Replay(Network& network, const TokenSource& tokens, const TokenSource& watch_tokens, Tracks tracks,
         const ReplayOptions& options)
      : network_(network),
        options_(options),
        names_(names_of(tracks, options)),
        uplink_settings_{options.flights_max, options.positions_per_message_max, 100'000'000},
        lines_(network, tokens, names_, uplink_settings_, options.gateway_lines) {
    const Timestamp now = read_clock().wall;
    for (AgentTrack& track : tracks.agents) {
      std::vector<PlannedFix> plan = plan_replay(track.fixes, options, now);
      players_.push_back({std::move(track.fixes), std::move(plan)});
    }
    for (std::size_t i = 0; i < options.watchers; ++i) {
      MakeToken make_token = [&watch_tokens, i] {
        return watch_tokens.manager("watcher-" + std::to_string(i + 1), {});
      };
      dashboards_.emplace_back(network, dashboard_totals_, numbers_, std::move(make_token),
                               SubscribeOptions{{"team:" + options.team}, {}, {}});
    }
  }

  Result<void> open_ledger() { return ledger_.open(options_.acked_file); }
  int run();

 private:
  void push_next(std::uint32_t agent);
  void play(std::uint32_t agent);
  void play_at_rate(SteadyTime before);
  void keep_settled(const Settled& settled);
  void summarise();
  void watch_for_end();
  void finish();
  bool all_played() const;
  bool all_well() const;
  void print_json() const;

  Network& network_;
  const ReplayOptions& options_;
  AgentNames names_;
  UplinkSettings uplink_settings_;
  AgentLines lines_;
  std::vector<Player> players_;
  AgentNumbers numbers_;
  DashboardTotals dashboard_totals_;
  std::deque<Dashboard> dashboards_;
  Ledger ledger_;
  SummaryLine summary_;
  SteadyTime started_at_ = std::chrono::steady_clock::now();
  SteadyTime progress_at_ = started_at_;
  double played_for_s_ = 0;
  double rate_credit_ = 0;
  std::uint32_t turn_ = 0;  // whose fix is next at a limited rate
  bool settled_ = false, finishing_ = false;
};

int Replay::run() {
  lines_.totals().on_settled = [this](const Settled& settled) { keep_settled(settled); };
  network_.start_sweep();
  network_.on_signal([this] { network_.io.stop(); });
  for (Dashboard& dashboard : dashboards_) dashboard.start();
  lines_.start(milliseconds{2} * static_cast<std::int64_t>(players_.size()));
  if (options_.speed <= 0 && options_.fixes_per_s_max > 0) {
    play_at_rate(std::chrono::steady_clock::now());
  } else {
    for (std::uint32_t i = 0; i < players_.size(); ++i) play(i);
  }
  if (options_.summary_every.count() > 0) summarise();
  watch_for_end();
  network_.io.run();
  ledger_.flush();
  summary_.print(lines_.totals(), lines_.waiting(), dashboard_totals_, Histogram{});
  if (!settled_) std::fprintf(stderr, "fieldcast replay: not everything was acknowledged\n");
  if (options_.json) print_json();
  network_.leave_all();
  return all_well() ? 0 : 1;
}

void Replay::push_next(std::uint32_t agent) {
  Player& player = players_[agent];
  Fix& fix = player.fixes[player.next];
  fix.recorded_at = player.plan[player.next].recorded_at;
  ++player.next;
  QueuedFix queued{agent, fix.recorded_at, {}};
  append_fix_members(queued.members, fix);
  lines_.of(agent).push(std::move(queued));
}

/// At the track's own pace: pushes what is due and comes back for the rest.
void Replay::play(std::uint32_t agent) {
  Player& player = players_[agent];
  const auto played = std::chrono::steady_clock::now() - started_at_;
  while (!player.done() && player.plan[player.next].wait <= played) push_next(agent);
  lines_.of(agent).pump();
  if (!player.done())
    network_.timetable.at(started_at_ + player.plan[player.next].wait, [this, agent] { play(agent); });
}

/// All agents in turn, so many fixes a second together.
void Replay::play_at_rate(SteadyTime before) {
  const SteadyTime now = std::chrono::steady_clock::now();
  rate_credit_ += options_.fixes_per_s_max * std::chrono::duration<double>(now - before).count();
  while (rate_credit_ >= 1 && !all_played()) {
    while (players_[turn_].done()) turn_ = (turn_ + 1) % static_cast<std::uint32_t>(players_.size());
    push_next(turn_);
    turn_ = (turn_ + 1) % static_cast<std::uint32_t>(players_.size());
    rate_credit_ -= 1;
  }
  for (AgentLine& line : lines_.all()) line.pump();
  if (!all_played()) network_.timetable.after(poll, [this, now] { play_at_rate(now); });
}

void Replay::keep_settled(const Settled& settled) {
  progress_at_ = std::chrono::steady_clock::now();
  auto quarantined = settled.quarantined.begin();
  for (std::uint32_t i = 0; i < settled.flight.fixes.size(); ++i) {
    if (quarantined != settled.quarantined.end() && *quarantined == i) {
      ++quarantined;
      continue;
    }
    const QueuedFix& fix = settled.flight.fixes[i];
    ledger_.add(names_.ids[fix.agent], fix.recorded_at);
  }
}

void Replay::summarise() {
  network_.timetable.after(options_.summary_every, [this] {
    summary_.print(lines_.totals(), lines_.waiting(), dashboard_totals_, Histogram{});
    summarise();
  });
}

bool Replay::all_played() const { return std::ranges::all_of(players_, &Player::done); }

void Replay::watch_for_end() {
  ledger_.flush();
  const SteadyTime now = std::chrono::steady_clock::now();
  const bool stuck = options_.give_up_after.count() > 0 && now - progress_at_ > options_.give_up_after;
  if ((all_played() && lines_.all_settled()) || stuck) return finish();
  network_.timetable.after(poll, [this] { watch_for_end(); });
}

void Replay::finish() {
  if (std::exchange(finishing_, true)) return;
  played_for_s_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - started_at_).count();
  settled_ = all_played() && lines_.waiting() == 0;
  network_.timetable.after(dashboards_.empty() ? seconds{0} : last_updates_within, [this] { network_.io.stop(); });
}

bool Replay::all_well() const {
  const UplinkCounts& uplink = lines_.totals().uplink;
  const WatchCounts& watch = dashboard_totals_.watch;
  return settled_ && uplink.rejected + uplink.forgotten + uplink.odd_acks == 0 &&
         watch.went_back + watch.before_snapshot + watch.unreadable == 0 && dashboard_totals_.errors == 0;
}

void Replay::print_json() const {
  const LineTotals& lines = lines_.totals();
  Json report{{"command", "replay"},
              {"agents", names_.ids.size()},
              {"seconds", played_for_s_},
              {"fixes", json_of(lines.uplink)},
              {"agent_connections", json_of(lines.clients)},
              {"ack_ms", json_of(lines.ack_latency)},
              {"watch", json_of(dashboard_totals_.watch)},
              {"watch_connections", json_of(dashboard_totals_.clients)},
              {"settled", settled_},
              {"cpu_s", cpu_seconds()}};
  std::printf("%s\n", report.dump().c_str());
}

}  // namespace

int run_replay(const ReplayOptions& options) {
  auto tracks = load_tracks(options.folder, options.agent_per, options.agent_prefix);
  if (!tracks) return cannot_start("replay", tracks.error());
  std::printf("%zu files, %zu agents, %zu fixes, %zu unreadable lines\n", tracks->files, tracks->agents.size(),
              tracks->fixes, tracks->unreadable);
  const auto tokens = TokenSource::open(options.server.credentials);
  if (!tokens) return cannot_start("replay", tokens.error());
  Credentials watch_credentials = options.server.credentials;
  if (!options.watch_token.empty()) watch_credentials.token = options.watch_token;
  const auto watch_tokens = TokenSource::open(watch_credentials);
  if (!watch_tokens) return cannot_start("replay", watch_tokens.error());
  const auto network = open_network(options.server, 1);
  if (!network) return cannot_start("replay", network.error());
  Replay replay(**network, *tokens, *watch_tokens, std::move(*tracks), options);
  if (const auto opened = replay.open_ledger(); !opened) return cannot_start("replay", opened.error());
  return replay.run();
}

}  // namespace fieldcast::simulate
