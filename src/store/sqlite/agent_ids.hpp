// Which number the database gave an agent, and what it knows of the agent: asked
// once, then cached.
//
// What a transaction learns counts for later transactions only after adopt();
// forget() drops it again. One process writes to a file: what another one changed
// is seen after a restart.
#pragma once

#include "connection.hpp"
#include "fieldcast/domain/ids.hpp"

#include <unordered_map>

namespace fieldcast::store::sqlite {

class AgentIds {
 public:
  static Result<AgentIds> open(Connection& connection);

  /// Registers the agent, or takes over its new team or name, where needed. An empty name keeps
  /// the known one. Inside a transaction.
  Result<std::int64_t> resolve(const AgentIdentity& agent);
  void adopt();
  void forget() { learned_.clear(); }

 private:
  struct Known {
    std::int64_t id;
    TeamId team;
    std::string name;
  };
  // Looks agents up without copying their ids into a key.
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(const AgentKey& key) const { return of(key.org, key.agent); }
    std::size_t operator()(const AgentIdentity& agent) const { return of(agent.org, agent.agent); }
    static std::size_t of(const OrgId& org, const AgentId& agent) {
      return std::hash<OrgId>{}(org)*31 + std::hash<AgentId>{}(agent);
    }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const AgentKey& a, const AgentKey& b) const { return a == b; }
    bool operator()(const AgentKey& a, const AgentIdentity& b) const { return a.org == b.org && a.agent == b.agent; }
    bool operator()(const AgentIdentity& a, const AgentKey& b) const { return (*this)(b, a); }
  };
  using Table = std::unordered_map<AgentKey, Known, Hash, Equal>;

  explicit AgentIds(Statement upsert) : upsert_(std::move(upsert)) {}
  const Known* find(const AgentIdentity& agent) const;
  Result<std::int64_t> upsert(const AgentIdentity& agent);

  Statement upsert_;
  Table known_;
  Table learned_;  // by the transaction that is open
};

}  // namespace fieldcast::store::sqlite
