// What can be watched: `team:<id>` and `agent:<id>`, within one organisation.
#pragma once

#include "fieldcast/domain/ids.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace fieldcast::hub {

struct RoomKey {
  enum class Kind : std::uint8_t { team, agent };
  OrgId org;
  Kind kind = Kind::team;
  std::string id;

  std::string name() const { return (kind == Kind::team ? "team:" : "agent:") + id; }
  friend bool operator==(const RoomKey&, const RoomKey&) = default;
};

/// Nothing for a name of no known kind or with an id that is not valid.
std::optional<RoomKey> room_from(const OrgId& org, std::string_view name);

}  // namespace fieldcast::hub

template <>
struct std::hash<fieldcast::hub::RoomKey> {
  std::size_t operator()(const fieldcast::hub::RoomKey& key) const noexcept {
    return (std::hash<fieldcast::OrgId>{}(key.org) * 31 + std::hash<std::string>{}(key.id)) * 31 +
           static_cast<std::size_t>(key.kind);
  }
};
