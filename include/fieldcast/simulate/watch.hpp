// `fieldcast watch`: what a dashboard sees, line by line, with reconnecting and resuming.
#pragma once

#include "fieldcast/domain/position.hpp"
#include "fieldcast/simulate/server_address.hpp"

#include <optional>
#include <string>
#include <vector>

namespace fieldcast::simulate {

struct WatchOptions {
  ServerOptions server;              // --token, or --key to make a manager's
  std::string ticket;                // --ticket: instead of a token; good for one connection
  std::vector<std::string> rooms;    // --room team:north, --room agent:a7
  std::optional<Viewport> viewport;  // --viewport w,s,e,n
  milliseconds window{0};            // --window ms: min_interval_ms
  seconds duration{0};               // --duration s; 0: until it is stopped
  bool json = false;                 // --json: messages as they came, one a line
};

/// Returns at SIGINT, SIGTERM, the end of the duration, or when the server will not have us back. 0: fine; 1: never let
/// in or refused, or an agent went back in time; 2: could not start.
int run_watch(const WatchOptions& options);

}  // namespace fieldcast::simulate
