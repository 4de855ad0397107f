// Who is who. Outside ids are strings, unique within their organisation.
#pragma once

#include "fieldcast/base/strong_id.hpp"

#include <memory>
#include <string>

namespace fieldcast {

using OrgId = StringId<struct OrgTag>;  // tenant; `default` when a token names none
using TeamId = StringId<struct TeamTag>;
using AgentId = StringId<struct AgentTag>;  // person, vehicle or device
using UserId = StringId<struct UserTag>;    // a token's `sub`, whatever its role

/// Limits: an id is 1 to 128 bytes of UTF-8 without control characters.
inline constexpr std::size_t id_bytes_max = 128;
bool is_valid_id(std::string_view text);

/// A team, wherever organisations meet.
struct TeamKey {
  OrgId org;
  TeamId team;
  friend bool operator==(const TeamKey&, const TeamKey&) = default;
  friend auto operator<=>(const TeamKey&, const TeamKey&) = default;
};

/// An agent, wherever organisations meet.
struct AgentKey {
  OrgId org;
  AgentId agent;
  friend bool operator==(const AgentKey&, const AgentKey&) = default;
  friend auto operator<=>(const AgentKey&, const AgentKey&) = default;
};

/// What a position needs to know of its agent; shared by all its positions.
struct AgentIdentity {
  OrgId org;
  TeamId team;
  AgentId agent;
  std::string name;  // for people; empty when unknown

  AgentKey key() const { return {org, agent}; }
  TeamKey team_key() const { return {org, team}; }
};
using AgentIdentityPtr = std::shared_ptr<const AgentIdentity>;

}  // namespace fieldcast

template <>
struct std::hash<fieldcast::TeamKey> {
  std::size_t operator()(const fieldcast::TeamKey& key) const noexcept {
    return std::hash<fieldcast::OrgId>{}(key.org) * 31 + std::hash<fieldcast::TeamId>{}(key.team);
  }
};
template <>
struct std::hash<fieldcast::AgentKey> {
  std::size_t operator()(const fieldcast::AgentKey& key) const noexcept {
    return std::hash<fieldcast::OrgId>{}(key.org) * 31 + std::hash<fieldcast::AgentId>{}(key.agent);
  }
};
