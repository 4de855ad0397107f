#include "field_force.hpp"

#include "fieldcast/simulate/fix_text.hpp"

#include <algorithm>
#include <cstdio>

namespace fieldcast::simulate {
namespace {

/// A number of its own for each agent, whatever the seed.
std::uint64_t seed_of(std::uint64_t seed, std::uint64_t number) { return Random(seed * 1'000'003 + number).next(); }

milliseconds ramp_of(const SimulateOptions& options) {
  return options.ramp.count() >= 0 ? options.ramp : milliseconds{2} * static_cast<std::int64_t>(options.agents);
}

std::span<const Town> towns_of(const SimulateOptions& options) {
  return options.towns.empty() ? default_towns() : std::span<const Town>(options.towns);
}

}  // namespace

AgentNames FieldForce::make_names(const SimulateOptions& options) {
  const std::vector<std::string> teams = team_names(options.teams);
  const std::size_t digits = std::max<std::size_t>(3, std::to_string(options.agents).size());
  AgentNames names;
  for (std::size_t i = 0; i < options.agents; ++i) {
    const std::string number = std::to_string(i + 1);
    names.ids.push_back(options.agent_prefix + std::string(digits - std::min(digits, number.size()), '0') + number);
    names.teams.push_back(teams[i % teams.size()]);
    names.names.push_back(person_name(i + options.seed * 131));
  }
  return names;
}

FieldForce::FieldForce(Network& network, const TokenSource& tokens, const SimulateOptions& options)
    : network_(network),
      options_(options),
      uplink_settings_{options.flights_max, options.positions_per_message_max, 100'000},
      names_(make_names(options)),
      lines_(network, tokens, names_, uplink_settings_, options.gateway_lines),
      random_(seed_of(options.seed, ~0ULL)) {
  const std::span<const Town> towns = towns_of(options);
  const std::size_t teams = team_names(options.teams).size();
  agents_.reserve(options.agents);
  // A team works in one town.
  for (std::size_t i = 0; i < options.agents; ++i)
    agents_.emplace_back(Mover(towns[i % teams % towns.size()], seed_of(options.seed, i)));
}

void FieldForce::start() {
  const milliseconds ramp = ramp_of(options_);
  lines_.start(ramp);
  if (options_.idle) return;
  const SteadyTime now = std::chrono::steady_clock::now();
  for (std::uint32_t i = 0; i < agents_.size(); ++i) {
    // Nobody records before it had time to connect; fixes are spread evenly over the interval.
    const auto connect_at = ramp * static_cast<std::int64_t>(i) / static_cast<std::int64_t>(agents_.size());
    const auto share = std::chrono::duration<double, std::milli>(options_.interval) * random_.uniform();
    agents_[i].due = now + connect_at + std::chrono::duration_cast<SteadyTime::duration>(share);
    network_.timetable.at(agents_[i].due, [this, i] { record(i); });
  }
  if (options_.offline_share > 0) {
    for (AgentLine& line : lines_.all()) plan_offline(line);
  }
}

void FieldForce::stop_recording() {
  recording_ = false;
  for (std::uint32_t i = 0; i < agents_.size(); ++i) {
    if (agents_[i].delayed) lines_.of(i).push(*std::exchange(agents_[i].delayed, std::nullopt));
  }
  for (AgentLine& line : lines_.all()) {
    line.start();
    line.pump();
  }
}

QueuedFix FieldForce::next_fix(std::uint32_t number) {
  Agent& agent = agents_[number];
  Fix fix = agent.mover.step(std::chrono::duration<double>(options_.interval).count());
  // An agent's clock never stands still between two fixes, however short the interval.
  agent.recorded_at = std::max(read_clock().wall, agent.recorded_at + milliseconds{1});
  fix.recorded_at = agent.recorded_at;
  QueuedFix queued{number, fix.recorded_at, {}};
  queued.members.reserve(200);
  append_fix_members(queued.members, fix);
  return queued;
}

void FieldForce::record(std::uint32_t number) {
  if (!recording_) return;
  Agent& agent = agents_[number];
  AgentLine& line = lines_.of(number);
  QueuedFix fix = next_fix(number);
  if (!agent.delayed && options_.loss > 0 && random_.chance(options_.loss)) {
    agent.delayed = std::move(fix);
  } else {
    const bool at_once = line.up() && line.queue().waiting() == 0;
    if (at_once)
      agent.recent[agent.recorded++ % agent.recent.size()] = {fix.recorded_at, std::chrono::steady_clock::now()};
    line.push(std::move(fix));
    if (agent.delayed) line.push(*std::exchange(agent.delayed, std::nullopt));
    line.pump();
  }
  // When this process cannot keep up, fixes are left out rather than sent in a rush.
  const SteadyTime now = std::chrono::steady_clock::now();
  agent.due = std::max(agent.due + options_.interval, now - options_.interval);
  network_.timetable.at(agent.due, [this, number] { record(number); });
}

void FieldForce::plan_offline(AgentLine& line) {
  const double share = std::min(options_.offline_share, 0.95);
  const double online_s = static_cast<double>(options_.offline_spell.count()) * (1 - share) / share;
  const std::chrono::duration<double> wait(random_.exponential(online_s));
  network_.timetable.after(std::chrono::duration_cast<SteadyTime::duration>(wait), [this, &line] { go_offline(line); });
}

void FieldForce::go_offline(AgentLine& line) {
  if (!recording_) return;
  line.leave();
  const std::chrono::duration<double> spell(random_.exponential(static_cast<double>(options_.offline_spell.count())));
  network_.timetable.after(std::chrono::duration_cast<SteadyTime::duration>(spell), [this, &line] {
    line.start();
    plan_offline(line);
  });
}

std::optional<SteadyTime> FieldForce::sent_at(std::uint32_t agent, Timestamp recorded_at) const {
  for (const Sent& sent : agents_[agent].recent) {
    if (sent.recorded_at == recorded_at) return sent.at;
  }
  return std::nullopt;
}

}  // namespace fieldcast::simulate
