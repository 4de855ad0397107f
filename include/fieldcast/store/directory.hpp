// Who belongs to which team, in memory: filled from the store at start, kept by
// what agents say since. Threads: any (readers share a lock).
#pragma once

#include "fieldcast/domain/ids.hpp"
#include "fieldcast/store/engine.hpp"

#include <shared_mutex>
#include <unordered_map>

namespace fieldcast::store {

class Directory {
 public:
  /// Null when nobody knows the agent.
  AgentIdentityPtr find(const AgentKey& agent) const;

  struct Registered {
    AgentIdentityPtr agent;   // as it is now
    AgentIdentityPtr before;  // as it was, when its team or name changed; null otherwise
    bool changed = false;     // it was unknown, or its team or name changed
  };
  /// Registers or updates. An empty name keeps the known one.
  Registered put(const AgentIdentity& agent);
  /// The agent as it is known; registers it as `agent` says when it is not.
  AgentIdentityPtr find_or_put(const AgentIdentity& agent);

  /// Teams with at least one agent, sorted.
  std::vector<TeamId> teams(const OrgId& org) const;
  std::size_t size() const;

 private:
  mutable std::shared_mutex mutex_;
  std::unordered_map<AgentKey, AgentIdentityPtr> agents_;
  std::unordered_map<OrgId, std::unordered_map<TeamId, std::size_t>> teams_;
};

}  // namespace fieldcast::store
