// Serialises what a room's home tells its mirrors: once, for all watchers.
#pragma once

#include "fieldcast/hub/room_update.hpp"
#include "fieldcast/hub/team_home.hpp"

namespace fieldcast::hub {

/// `changes` oldest first, made after version `before`. Messages: one `update` for what moved or left, one
/// `presence` for each change of presence. Only the last carries the new cursor: who loses the connection between
/// two of them resumes from before all.
RoomUpdatePtr build_update(const RoomKey& room, const TeamHome& home, rooms::Version before,
                           std::vector<rooms::Change> changes);

/// The agent of this room is no longer of this team.
RoomUpdatePtr build_moved(const RoomKey& room, const TeamKey& team);

/// The whole room for a new mirror; no messages: its watchers get snapshots.
RoomUpdatePtr build_whole(const RoomKey& room, const TeamHome& home, std::vector<rooms::Change> changes);

}  // namespace fieldcast::hub
