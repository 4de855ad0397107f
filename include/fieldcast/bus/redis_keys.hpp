// Names of keys and channels in Redis, and the slot of a Redis Cluster that a name lies in.
#pragma once

#include "fieldcast/domain/ids.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace fieldcast::bus {

inline constexpr std::uint16_t cluster_slots = 16'384;

/// CRC16 (XMODEM) of what stands in the first braces, of the whole name when nothing does; modulo 16,384.
std::uint16_t slot_of(std::string_view name);

/// What a team has in Redis; all of it in one slot.
struct TeamKeys {
  TeamKeys(std::string_view prefix, const TeamKey& team);
  std::string live;  // channel
  std::string last;  // hash: agent → its newest position
  std::string seen;  // sorted set: agent → when anything came from it, unix ms
  std::string geo;   // geo set: agents
  std::uint16_t slot;
};

std::string control_channel(std::string_view prefix);
std::string once_key(std::string_view prefix, std::string_view name);

}  // namespace fieldcast::bus
