// `fieldcast simulate`: a field force that moves, reports, loses its network and comes back;
// with dashboards that measure and check. Also the load generator of the performance runs.
//
// One thread, one loop. Limits: 15,000 agents and more where files may be open. Errors go to
// stderr. Cost: about 5 µs of own CPU per fix sent and acknowledged, and 10 to 15 µs in the kernel
// for its two messages; 0.25 ms per connection made.
#pragma once

#include "fieldcast/simulate/movement.hpp"
#include "fieldcast/simulate/server_address.hpp"

#include <string>
#include <vector>

namespace fieldcast::simulate {

struct SimulateOptions {
  ServerOptions server;

  std::size_t agents = 100;                     // --agents
  std::vector<std::string> teams{"north"};      // --teams: names, or one number for as many (see team_names)
  std::vector<Town> towns;                      // --town name:lat:lon[:radius_m]; empty: default_towns()
  std::string agent_prefix = "agent-";          // --agent-prefix: ids are prefix + number from 1
  milliseconds interval{5'000};                 // --interval s: between two fixes of an agent
  std::size_t gateway_lines = 1;                // --gateway-lines: connections that share a gateway's --token
  std::size_t positions_per_message_max = 500;  // --batch
  std::size_t flights_max = 4;                  // --in-flight: unacknowledged batches of a connection
  double loss = 0;                              // --loss 0..1: fixes that a bad network delays behind the next one
  double offline_share = 0;                     // --offline-share 0..0.95: of the time that an agent has no network
  seconds offline_spell{60};                    // --offline-spell s: how long that lasts on average
  seconds duration{0};                          // --duration s; 0: until it is stopped
  milliseconds ramp{-1};                        // --ramp s: over which agents connect; below 0: 500 agents a second
  seconds drain_within{20};                     // --drain s: for the backlog at the end
  std::uint64_t seed = 1;                       // --seed
  bool idle = false;                            // --idle: agents connect and say nothing

  std::size_t watchers = 0;           // --watchers: dashboards
  std::size_t teams_per_watcher = 1;  // --watch-teams: each dashboard watches as many teams, in turn
  milliseconds watch_window{0};       // --watch-window ms: min_interval_ms of the subscriptions
  std::string watch_url;              // --watch-url: another server of the same fleet; empty: the agents' one
  std::string watch_token;            // --watch-token: a manager's, when there is no key

  seconds summary_every{10};  // --summary s; 0: none
  bool json = false;          // --json: one JSON line at the end
};

/// One word that is a number: as many names (north, south, …, then team-7). Otherwise the words.
std::vector<std::string> team_names(const std::vector<std::string>& words);

/// Returns when the duration is over or at SIGINT or SIGTERM, after the backlog was acknowledged or drain_within has
/// passed. 0: everything that was recorded was acknowledged, and no dashboard saw an agent go back; 1: not so; 2: could
/// not start.
int run_simulate(const SimulateOptions& options);

}  // namespace fieldcast::simulate
