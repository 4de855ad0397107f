#include "fieldcast/hub/room_key.hpp"

namespace fieldcast::hub {

std::optional<RoomKey> room_from(const OrgId& org, std::string_view name) {
  constexpr std::string_view team = "team:";
  constexpr std::string_view agent = "agent:";
  RoomKey key;
  key.org = org;
  if (name.starts_with(team)) {
    key.kind = RoomKey::Kind::team;
    key.id = name.substr(team.size());
  } else if (name.starts_with(agent)) {
    key.kind = RoomKey::Kind::agent;
    key.id = name.substr(agent.size());
  } else {
    return std::nullopt;
  }
  if (!is_valid_id(key.id)) return std::nullopt;
  return key;
}

}  // namespace fieldcast::hub
