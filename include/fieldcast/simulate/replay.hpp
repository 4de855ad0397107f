// `fieldcast replay`: recorded tracks through WebSocket agents, as they are.
#pragma once

#include "fieldcast/simulate/server_address.hpp"
#include "fieldcast/simulate/tracks.hpp"

#include <string>

namespace fieldcast::simulate {

struct ReplayOptions {
  ServerOptions server;

  std::string folder;                           // positional: .gpx and .plt files
  AgentPer agent_per = AgentPer::user;          // --agent-per file|user
  std::string agent_prefix;                     // --agent-prefix
  std::string team = "replay";                  // --team
  double speed = 1;                             // --speed n, or 0 for `max`: as fast as acknowledgements come
  bool shift_to_now = false;                    // --shift-to-now: the first fix of each agent is now; the later ones
                                                // are as far apart as they are sent. With `max` the last one is now.
  seconds gap_max{0};                           // --gap-max s: longer gaps of a track are cut to it; 0: none is
  double fixes_per_s_max = 0;                   // --rate: of all agents, with `max`; 0: no limit
  std::size_t gateway_lines = 1;                // --gateway-lines
  std::size_t positions_per_message_max = 500;  // --batch
  std::size_t flights_max = 4;                  // --in-flight
  std::string acked_file;                       // --acked-file: a line `agent<TAB>ms` for each acknowledged fix
  std::size_t watchers = 0;                     // --watchers: dashboards of the team
  std::string watch_token;                      // --watch-token
  seconds give_up_after{0};                     // --give-up s: without any acknowledgement; 0: never
  seconds summary_every{10};                    // --summary s
  bool json = false;                            // --json
};

/// 0: every fix was acknowledged and no dashboard saw an agent go back; 1: not so; 2: could not start.
int run_replay(const ReplayOptions& options);

/// How long after the start each fix of a track is sent, and when it says that it was recorded.
struct PlannedFix {
  std::chrono::microseconds wait;
  Timestamp recorded_at;
};
/// Pure. Times that run backwards are sent at once, and say what they say.
std::vector<PlannedFix> plan_replay(const std::vector<Fix>& fixes, const ReplayOptions& options, Timestamp now);

}  // namespace fieldcast::simulate
