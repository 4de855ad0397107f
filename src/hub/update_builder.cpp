#include "update_builder.hpp"

#include "fieldcast/codec/server_message.hpp"
#include "fieldcast/rooms/watch.hpp"

namespace fieldcast::hub {

namespace {

std::shared_ptr<RoomUpdate> start_update(const RoomKey& room, const TeamHome& home) {
  auto update = std::make_shared<RoomUpdate>();
  update->room = room;
  update->team = home.key;
  update->epoch = home.home.epoch();
  update->cursor = rooms::to_string(rooms::Cursor{home.home.epoch(), home.home.taken()});
  return update;
}

}  // namespace

RoomUpdatePtr build_update(const RoomKey& room, const TeamHome& home, rooms::Version before,
                           std::vector<rooms::Change> changes) {
  auto update = start_update(room, home);
  update->cursor_before = rooms::to_string(rooms::Cursor{home.home.epoch(), before});
  update->decoded_at = home.oldest_pending;
  const std::string name = room.name();
  std::vector<std::string_view> fragments, left;
  std::vector<const rooms::Change*> presence;
  for (const rooms::Change& change : changes) {
    if (change.gone) {
      left.push_back(change.agent.str());
      continue;
    }
    if (change.moved) fragments.push_back(*change.fragment);
    if (change.presence_changed) presence.push_back(&change);
  }
  update->positions = fragments.size();
  if (!fragments.empty() || !left.empty()) {
    const std::string& cursor = presence.empty() ? update->cursor : update->cursor_before;
    update->messages.push_back(make_message(codec::update(name, cursor, fragments, left)));
  }
  for (const rooms::Change* change : presence) {
    const std::string& cursor = change == presence.back() ? update->cursor : update->cursor_before;
    update->messages.push_back(
        make_message(codec::presence(name, cursor, change->agent, change->presence, change->presence_since)));
  }
  for (const MessagePtr& message : update->messages) update->bytes += message->payload().size();
  update->changes = std::move(changes);
  return update;
}

RoomUpdatePtr build_moved(const RoomKey& room, const TeamKey& team) {
  auto update = std::make_shared<RoomUpdate>();
  update->kind = RoomUpdate::Kind::moved;
  update->room = room;
  update->team = team;
  return update;
}

RoomUpdatePtr build_whole(const RoomKey& room, const TeamHome& home, std::vector<rooms::Change> changes) {
  auto update = start_update(room, home);
  update->kind = RoomUpdate::Kind::whole;
  update->changes = std::move(changes);
  return update;
}

}  // namespace fieldcast::hub
