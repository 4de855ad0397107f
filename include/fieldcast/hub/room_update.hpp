// What travels from a room's home to each shard that mirrors it. Immutable, shared.
#pragma once

#include "fieldcast/domain/message.hpp"
#include "fieldcast/hub/room_key.hpp"
#include "fieldcast/rooms/home.hpp"

#include <memory>
#include <string>
#include <vector>

namespace fieldcast::hub {

struct RoomUpdate {
  enum class Kind : std::uint8_t {
    whole,    // the first of a mirror: all that the room holds
    changes,  // goes on from the one before
    moved,    // the agent of this room has another team now: its watchers subscribe anew
  };
  Kind kind = Kind::changes;
  RoomKey room;
  TeamKey team;  // whose home speaks: a mirror listens to that of its agent's present team only
  std::uint64_t epoch = 0;
  std::vector<rooms::Change> changes;
  std::string cursor_before;         // of all messages but the last
  std::string cursor;                // after it
  std::vector<MessagePtr> messages;  // for watchers in step: at most one update, then presence
  std::size_t bytes = 0;             // of all messages
  std::size_t positions = 0;         // in the update
  SteadyTime decoded_at{};           // of the oldest position in it
};
using RoomUpdatePtr = std::shared_ptr<const RoomUpdate>;

}  // namespace fieldcast::hub
