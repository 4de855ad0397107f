// Which number the database gave an agent, and what it holds of the agent: asked once in a while, else cached.
//
//   find ── known ─▶ number
//     └── not known, said differently, or believed for too long ─▶ ask … resolve (in the transaction) ─▶ adopt
//
// What a transaction learns counts for later ones only after adopt(). Another instance may change an agent as
// well: a cached entry is believed for a while only, then compared and, where it differs, written again.
// Threads: one. Limits: agents_max; beyond, everything is forgotten and learned again.
// Cost: find is one look-up by the identity's address, which the cache keeps alive.
#pragma once

#include "binary_array.hpp"
#include "fieldcast/domain/ids.hpp"
#include "session.hpp"

#include <boost/unordered/unordered_flat_map.hpp>
#include <map>
#include <unordered_map>

namespace fieldcast::store::postgres {

class AgentIds {
 public:
  static constexpr std::size_t agents_max = 200'000;

  explicit AgentIds(seconds believed) : believed_(believed) {}
  static Result<void> prepare(Session& session);

  static constexpr std::int64_t unknown = 0;
  std::int64_t find(const AgentIdentityPtr& agent, SteadyTime now);

  /// To be registered, or taken over where it differs. Of several for one agent the last counts; an empty name
  /// keeps the known one.
  void ask(const AgentIdentityPtr& agent);
  bool any_asked() const { return !asked_.empty(); }
  bool is_asked(const AgentIdentity& agent) const { return asked_.contains(agent.key()); }
  /// One statement, sorted: two instances that do it at once wait for each other, and no more.
  Result<void> resolve(Session& session);
  /// Of an agent that was asked for and resolved.
  std::int64_t resolved(const AgentIdentity& agent) const { return asked_.at(agent.key()).id; }

  void adopt(SteadyTime now);
  void forget() { asked_.clear(); }
  /// Somebody was erased.
  void learn_anew() {
    by_address_.clear();
    known_.clear();
  }

 private:
  struct Believed {
    std::int64_t id = unknown;
    SteadyTime until;
  };
  struct Known {
    Believed believed;
    AgentIdentityPtr said;  // what the database holds, but for an empty name
    std::string name;
  };
  struct Asked {
    AgentIdentityPtr said;
    std::string name;
    std::int64_t id = unknown;
  };

  void build_parameters();
  void bind(Known& known, const AgentIdentityPtr& agent);

  const seconds believed_;
  std::unordered_map<AgentKey, Known> known_;
  boost::unordered_flat_map<const AgentIdentity*, Believed> by_address_;  // of what each Known::said points to
  std::map<AgentKey, Asked> asked_;                                       // sorted: the order of locks
  BinaryArray orgs_{Element::text}, agents_{Element::text}, teams_{Element::text}, names_{Element::text};
};

}  // namespace fieldcast::store::postgres
