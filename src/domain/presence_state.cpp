#include "fieldcast/domain/presence_state.hpp"

namespace fieldcast {

std::string_view to_string(PresenceState state) {
  switch (state) {
    case PresenceState::online:
      return "online";
    case PresenceState::parked:
      return "parked";
    case PresenceState::silent:
      return "silent";
    case PresenceState::offline:
      return "offline";
  }
  return "offline";
}

}  // namespace fieldcast
