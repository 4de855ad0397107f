// `fieldcast verify`: is everything that was sent in the server's history, exactly once?
#pragma once

#include "fieldcast/simulate/server_address.hpp"
#include "fieldcast/simulate/tracks.hpp"

#include <string>

namespace fieldcast::simulate {

struct VerifyOptions {
  ServerOptions server;                 // url: any of the server's; --token (a manager's) or --key
  std::string folder;                   // --tracks: every distinct (agent, recorded_at) of these files, and no other
  AgentPer agent_per = AgentPer::user;  // --agent-per, --agent-prefix: as in the replay
  std::string agent_prefix;
  std::string acked_file;    // --acked-file: every line of it; others may be there too
  std::size_t page = 5'000;  // --page: fixes per request
  bool json = false;         // --json
};

/// 0: it is; 1: something is missing, repeated, or there without having been sent; 2: could not ask.
int run_verify(const VerifyOptions& options);

}  // namespace fieldcast::simulate
