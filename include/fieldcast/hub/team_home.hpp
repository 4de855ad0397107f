// Everything that one team's home shard keeps of it: latest positions and
// versions, presence, who is near, which shards mirror it.
//
// Threads: the home shard's.
#pragma once

#include "fieldcast/hub/client.hpp"
#include "fieldcast/presence/tracker.hpp"
#include "fieldcast/rooms/home.hpp"
#include "fieldcast/rooms/nearby_index.hpp"

#include <bitset>
#include <functional>
#include <unordered_map>
#include <vector>

namespace fieldcast::hub {

inline constexpr std::size_t shards_max = 64;
using ShardSet = std::bitset<shards_max>;

/// How what is here stands to what other instances know of the team. Of no meaning without others.
struct Sharing {
  bool in_step = false;        // subscribed, and the cache read since: nothing new is missed
  SteadyTime current_at{};     // when all that is here was the newest; while in step it is so now
  SteadyTime distrusted_at{};  // since then the cache may lack what the store still has; never when zero

  bool reading = false;  // for those who wait
  std::vector<std::function<void()>> waiting;
  std::uint64_t turn = 0;  // of those who wait

  bool healing = false, heal_again = false, heal_planned = false;
};

struct TeamHome {
  TeamHome(TeamKey key_, std::uint64_t epoch, const presence::Policy& policy)
      : key(std::move(key_)), home(epoch), presence(policy) {}

  TeamKey key;
  rooms::Home home;
  presence::Tracker presence;  // by slot of home.table()
  rooms::NearbyIndex nearby;   // by slot of home.table()

  ShardSet mirrors;                                     // shards that mirror the team's room
  std::unordered_map<AgentId, ShardSet> agent_mirrors;  // shards that mirror one agent's room
  bool mirrored() const { return mirrors.any() || !agent_mirrors.empty(); }

  Sharing sharing;

  SteadyTime flushed_at{};
  bool flush_due = false;
  SteadyTime oldest_pending{};  // when the oldest change that waits was decoded
};

}  // namespace fieldcast::hub
