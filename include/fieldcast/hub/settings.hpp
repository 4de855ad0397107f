// How the hub treats rooms, presence and fixes.
#pragma once

#include "fieldcast/ingest/verdict.hpp"
#include "fieldcast/presence/tracker.hpp"

namespace fieldcast::hub {

struct Settings {
  ingest::Policy ingest;
  presence::Policy presence;
  milliseconds window{10};            // changes of a busy room leave together, this long at most after the first
  milliseconds presence_tick{1'000};  // how often presence is looked at
  seconds cache_valid{300};           // how long the bus' cache keeps an agent
  std::size_t rooms_per_client_max = 100;
  std::size_t update_bytes = 16'384;  // of one update to a watcher that is behind
  std::size_t snapshot_part_bytes = 65'536;
  std::size_t record_bytes_max = 4'096;  // kept of a quarantined record
};

}  // namespace fieldcast::hub
