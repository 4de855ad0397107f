#include "update_builder.hpp"

#include "fieldcast/codec/server_message.hpp"
#include "fieldcast/rooms/watch.hpp"

namespace fieldcast::hub {

namespace {

std::shared_ptr<RoomUpdate> start_update(const RoomKey& room, const TeamHome& home) {
  auto update = std::make_shared<RoomUpdate>();
  update->room = room;
  update->epoch = home.home.epoch();
  update->cursor = rooms::to_string(rooms::Cursor{home.home.epoch(), home.home.taken()});
  return update;
}

}  // namespace

RoomUpdatePtr build_update(const RoomKey& room, const TeamHome& home, std::vector<rooms::Change> changes) {
  auto update = start_update(room, home);
  update->decoded_at = home.oldest_pending;
  const std::string name = room.name();
  std::vector<std::string_view> fragments;
  std::vector<std::string_view> left;
  for (const rooms::Change& change : changes) {
    if (change.gone) {
      left.push_back(change.agent.str());
    } else if (change.moved) {
      fragments.push_back(*change.fragment);
    }
  }
  update->positions = fragments.size();
  if (!fragments.empty() || !left.empty()) {
    update->messages.push_back(make_message(codec::update(name, update->cursor, fragments, left)));
  }
  for (const rooms::Change& change : changes) {
    if (change.gone || !change.presence_changed) continue;
    update->messages.push_back(
        make_message(codec::presence(name, update->cursor, change.agent, change.presence, change.presence_since)));
  }
  update->changes = std::move(changes);
  return update;
}

RoomUpdatePtr build_whole(const RoomKey& room, const TeamHome& home, std::vector<rooms::Change> changes) {
  auto update = start_update(room, home);
  update->kind = RoomUpdate::Kind::whole;
  update->changes = std::move(changes);
  return update;
}

}  // namespace fieldcast::hub
