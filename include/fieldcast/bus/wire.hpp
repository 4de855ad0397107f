// What instances say to each other, as bytes. A version stands first; a later version may only append: to a
// message, and to each position in it, which carries its length. What we do not know is passed over.
//
// Numbers come back exactly. A decoder takes any bytes: what is not ours, is cut short or is out of bounds is an
// Error (unreadable), never more.
#pragma once

#include "fieldcast/base/result.hpp"
#include "fieldcast/bus/bus.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace fieldcast::bus::wire {

inline constexpr std::uint8_t version = 1;
/// Limits of what a decoder takes, and an encoder gives.
inline constexpr std::size_t positions_max = 65'536;
inline constexpr std::size_t name_bytes_max = 4'096;
inline constexpr std::size_t attributes_bytes_max = 65'536;

/// One origin is one bus, from its start to its end; its messages to a channel are numbered upwards: a gap says that
/// some may be lost.
struct Stamp {
  std::uint64_t origin = 0;
  std::uint64_t sequence = 0;
  friend bool operator==(const Stamp&, const Stamp&) = default;
};

/// The team is that of the channel: no sender can speak for another team.
std::string encode_positions(Stamp stamp, std::span<const AgentPosition> positions);
struct Positions {
  Stamp stamp;
  std::vector<AgentPosition> positions;
};
Result<Positions> decode_positions(std::string_view bytes, const TeamKey& team);
/// Whose message it is, without reading the rest.
Result<Stamp> decode_stamp(std::string_view bytes);

/// A value of the live cache: 15 decimal digits of recorded_at, by which Redis compares two, then the position.
std::string encode_cached(const AgentPosition& position);
Result<AgentPosition> decode_cached(std::string_view bytes, const TeamKey& team);
inline constexpr std::size_t cached_time_digits = 15;

/// On the channel of all instances.
using Control = std::variant<AgentIdentityPtr, SeatTaken>;
std::string encode_control(Stamp stamp, const Control& control);
struct StampedControl {
  Stamp stamp;
  Control control;
};
Result<StampedControl> decode_control(std::string_view bytes);

}  // namespace fieldcast::bus::wire
