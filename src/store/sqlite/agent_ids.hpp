// Which number the database gave an agent, and what it knows of the agent: asked
// once, then cached.
//
// What a transaction learns counts for later transactions only after adopt();
// begin() drops it again. One process writes positions to a file: what another one
// changed of an agent is seen after a restart, but for agents that were erased.
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
  /// At the begin of each transaction, inside of it: another connection may have erased agents, and a number must not
  /// be used once it is gone. Cost: microseconds, while no other connection changes the database.
  Result<void> begin();

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

  AgentIds(Statement upsert, Statement version, Statement erased)
      : upsert_(std::move(upsert)), version_(std::move(version)), erased_(std::move(erased)) {}
  static Result<std::int64_t> ask(Statement& statement);
  const Known* find(const AgentIdentity& agent) const;
  Result<std::int64_t> upsert(const AgentIdentity& agent);

  Statement upsert_;
  Statement version_;  // changes when another connection changed the database
  Statement erased_;   // how many agents were erased so far
  std::int64_t seen_version_ = 0, seen_erased_ = 0;
  Table known_;
  Table learned_;  // by the transaction that is open
};

}  // namespace fieldcast::store::sqlite
