// What a manager reads of an agent at a glance. Never "has a socket".
#pragma once

#include <cstdint>
#include <string_view>

namespace fieldcast {

enum class PresenceState : std::uint8_t {
  online,   // heard of lately
  parked,   // heard of lately, and at one place for some time
  silent,   // not heard of for longer than it should take
  offline,  // not heard of for long
};
std::string_view to_string(PresenceState state);

}  // namespace fieldcast
