// The one script that writes a team's live cache.
#pragma once

#include "fieldcast/bus/redis_keys.hpp"
#include "fieldcast/domain/position.hpp"

#include <span>
#include <string>
#include <vector>

namespace fieldcast::bus::redis {

/// Positions beyond this are not in the geo set: Redis knows no place nearer to a pole.
inline constexpr double geo_latitude_max_deg = 85.05112878;
/// Lua takes no more arguments in one call than some thousands.
inline constexpr std::size_t positions_per_write = 500;

struct CacheWrite {
  std::span<const AgentPosition> positions;  // at most positions_per_write
  std::span<const AgentId> removed;
  Timestamp now;
  seconds valid_for;
};
/// EVALSHA when `by_name`, else EVAL with the text.
std::string write_command(const TeamKeys& keys, const CacheWrite& write, bool by_name);
/// SCRIPT LOAD.
std::string load_command();

}  // namespace fieldcast::bus::redis
