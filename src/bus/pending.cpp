#include "fieldcast/bus/pending.hpp"

#include <algorithm>
#include <unordered_set>

namespace fieldcast::bus {
namespace {

void merge(AgentPosition& kept, const AgentPosition& other) {
  const Timestamp received_at = std::max(kept.position.received_at, other.position.received_at);
  if (other.position.fix.recorded_at >= kept.position.fix.recorded_at) kept = other;
  kept.position.received_at = received_at;
}

}  // namespace

std::vector<AgentPosition> newest_of_each(std::span<const AgentPosition> positions) {
  std::vector<AgentPosition> newest;
  newest.reserve(positions.size());
  if (positions.size() == 1) {
    newest.push_back(positions.front());
    return newest;
  }
  std::unordered_map<AgentId, std::size_t> place;
  for (const AgentPosition& position : positions) {
    const auto [found, is_new] = place.try_emplace(position.agent->agent, newest.size());
    if (is_new) {
      newest.push_back(position);
    } else {
      merge(newest[found->second], position);
    }
  }
  return newest;
}

void Pending::add(const AgentPosition& position) {
  if (coalesced_) {
    const auto [found, is_new] = place_.try_emplace(position.agent->agent, taken_ + waiting_.size());
    if (!is_new) return merge(waiting_[found->second - taken_], position);
  }
  waiting_.push_back(position);
  if (!coalesced_ && waiting_.size() > coalesce_above_) coalesce();
}

void Pending::put_back(std::vector<AgentPosition> positions) {
  waiting_.insert(waiting_.begin(), std::make_move_iterator(positions.begin()),
                  std::make_move_iterator(positions.end()));
  if (!std::exchange(coalesced_, false) && waiting_.size() <= coalesce_above_) return;
  coalesce();
}

void Pending::coalesce() {
  if (coalesced_ || waiting_.empty()) return;
  coalesced_ = true;
  place_.clear();
  taken_ = 0;
  std::deque<AgentPosition> all;
  all.swap(waiting_);
  for (const AgentPosition& position : all) add(position);
}

std::vector<AgentPosition> Pending::take(std::size_t most) {
  std::vector<AgentPosition> taken;
  taken.reserve(std::min(most, waiting_.size()));
  while (taken.size() < most && !waiting_.empty()) {
    if (coalesced_) place_.erase(waiting_.front().agent->agent);
    taken.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
    ++taken_;
  }
  if (waiting_.empty()) coalesced_ = false;
  return taken;
}

std::size_t Pending::growth_by(std::span<const AgentPosition> positions) const {
  std::unordered_set<AgentId> fresh;
  for (const AgentPosition& position : positions)
    if (!place_.contains(position.agent->agent) || !coalesced_) fresh.insert(position.agent->agent);
  return fresh.size();
}

}  // namespace fieldcast::bus
