// The agents of a simulation: who they are, how they move, when they report and when they have no network.
//
// Threads: the network's loop.
#pragma once

#include "agent_lines.hpp"
#include "fieldcast/simulate/simulate.hpp"

#include <array>

namespace fieldcast::simulate {

class FieldForce {
 public:
  FieldForce(Network& network, const TokenSource& tokens, const SimulateOptions& options);

  void start();
  /// No more fixes; everybody gets a network, so that the backlog can leave.
  void stop_recording();

  AgentLines& lines() { return lines_; }
  const AgentLines& lines() const { return lines_; }
  const AgentNames& names() const { return names_; }
  /// When the fix was sent, if it was sent at once and not long ago.
  std::optional<SteadyTime> sent_at(std::uint32_t agent, Timestamp recorded_at) const;
  /// The newest fix of the agent that was recorded; the epoch when none.
  Timestamp newest(std::uint32_t agent) const { return agents_[agent].recorded_at; }

 private:
  struct Sent {
    Timestamp recorded_at{};
    SteadyTime at{};
  };
  struct Agent {
    explicit Agent(Mover how) : mover(how) {}
    Mover mover;
    SteadyTime due{};
    Timestamp recorded_at{};
    std::array<Sent, 8> recent;
    std::size_t recorded = 0;
    std::optional<QueuedFix> delayed;
  };

  static AgentNames make_names(const SimulateOptions& options);
  void record(std::uint32_t number);
  QueuedFix next_fix(std::uint32_t number);
  void plan_offline(AgentLine& line);
  void go_offline(AgentLine& line);

  Network& network_;
  const SimulateOptions& options_;
  UplinkSettings uplink_settings_;
  AgentNames names_;
  AgentLines lines_;
  std::vector<Agent> agents_;
  Random random_;
  bool recording_ = true;
};

}  // namespace fieldcast::simulate
