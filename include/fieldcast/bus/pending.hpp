// Positions of one team that were not passed on yet. In order while they are few; coalesced to the newest of each
// agent once they are many or nobody can take them. The newest time of receipt of an agent is kept in any case: it
// is a sign of life.
#pragma once

#include "fieldcast/domain/position.hpp"

#include <deque>
#include <span>
#include <unordered_map>
#include <vector>

namespace fieldcast::bus {

/// The newest position of each agent, in the order in which the agents came first.
std::vector<AgentPosition> newest_of_each(std::span<const AgentPosition> positions);

class Pending {
 public:
  explicit Pending(std::size_t coalesce_above) : coalesce_above_(coalesce_above) {}

  void add(const AgentPosition& position);
  /// What could not be passed on: older than all that is pending.
  void put_back(std::vector<AgentPosition> positions);
  void coalesce();
  /// The first of them, at most `most`.
  std::vector<AgentPosition> take(std::size_t most);
  /// By how much `positions` would make a coalesced one larger.
  std::size_t growth_by(std::span<const AgentPosition> positions) const;

  std::size_t size() const { return waiting_.size(); }
  bool empty() const { return waiting_.empty(); }

 private:
  const std::size_t coalesce_above_;
  std::deque<AgentPosition> waiting_;
  bool coalesced_ = false;
  std::unordered_map<AgentId, std::size_t> place_;  // in waiting_, counted from the first ever; when coalesced
  std::size_t taken_ = 0;
};

}  // namespace fieldcast::bus
