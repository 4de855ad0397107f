// Serialises what a room's home tells its mirrors: once, for all watchers.
#pragma once

#include "fieldcast/hub/room_update.hpp"
#include "fieldcast/hub/team_home.hpp"

namespace fieldcast::hub {

/// `changes` oldest first. Messages: one `update` for what moved or left, one `presence` for each other change.
RoomUpdatePtr build_update(const RoomKey& room, const TeamHome& home, std::vector<rooms::Change> changes);

/// The whole room for a new mirror; no messages: its watchers get snapshots.
RoomUpdatePtr build_whole(const RoomKey& room, const TeamHome& home, std::vector<rooms::Change> changes);

}  // namespace fieldcast::hub
