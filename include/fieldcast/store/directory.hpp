// Who belongs to which team, in memory: filled from the store at start, kept by
// what agents say since, and by the erasures that the store tells of. Threads: any (readers share a lock).
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
  /// Who says so. The store is behind an agent that told this instance of a new team: it learns it with the next fix.
  enum class Source : std::uint8_t { here, other_instance, store };
  static constexpr std::chrono::minutes store_behind_max{10};
  /// Registers or updates. An agent that told this instance of a change within store_behind_max is not changed by the
  /// store's word. An empty name keeps the known one.
  Registered put(const AgentIdentity& agent, Source source = Source::here,
                 SteadyTime now = std::chrono::steady_clock::now());
  /// The agent as it is known; registers it as `agent` says when it is not. Null: what was received of it then went
  /// with an erasure.
  AgentIdentityPtr find_or_put(const AgentIdentity& agent, Timestamp received_at);

  /// What other instances received of an agent up to so much after its erasure went with it: clocks differ.
  static constexpr seconds clocks_apart_max{1};
  /// Forgets the agents; returns those that were known. One that is put again is a new one.
  /// Cost: a digest of every agent known; those who only ask do not wait for it.
  std::vector<AgentIdentityPtr> forget(std::span<const Erasure> erased);

  /// Teams with at least one agent, sorted.
  std::vector<TeamId> teams(const OrgId& org) const;
  std::size_t size() const;

 private:
  // With the lock held.
  Registered put_now(const AgentIdentity& agent, Source source, SteadyTime now);
  bool went(const AgentKey& agent, Timestamp received_at) const;
  void leave(const AgentIdentity& agent);

  std::vector<AgentKey> known_of(std::span<const Erasure> erased) const;

  mutable std::shared_mutex mutex_;
  struct Entry {
    AgentIdentityPtr agent;
    Source source = Source::store;  // of what it says
    SteadyTime changed_at{};
  };
  std::unordered_map<AgentKey, Entry> agents_;
  std::unordered_map<OrgId, std::unordered_map<TeamId, std::size_t>> teams_;
  std::unordered_map<std::string, Timestamp> erased_;  // by digest
  Timestamp newest_erased_{};
};

}  // namespace fieldcast::store
