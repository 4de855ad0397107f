#include "fieldcast/store/directory.hpp"

#include <algorithm>
#include <mutex>
#include <unordered_set>

namespace fieldcast::store {
namespace {

bool says_nothing_new(const AgentIdentity& known, const AgentIdentity& said) {
  return known.team == said.team && (said.name.empty() || said.name == known.name);
}

}  // namespace

AgentIdentityPtr Directory::find(const AgentKey& agent) const {
  const std::shared_lock lock(mutex_);
  const auto found = agents_.find(agent);
  return found == agents_.end() ? nullptr : found->second.agent;
}

Directory::Registered Directory::put(const AgentIdentity& agent, Source source, SteadyTime now) {
  // Nearly always nothing is new: then a reader's lock is enough.
  if (auto known = find(agent.key()); known && says_nothing_new(*known, agent))
    return {std::move(known), nullptr, false};
  const std::unique_lock lock(mutex_);
  return put_now(agent, source, now);
}

Directory::Registered Directory::put_now(const AgentIdentity& agent, Source source, SteadyTime now) {
  Entry& entry = agents_[agent.key()];
  const AgentIdentityPtr before = entry.agent;
  if (before && (says_nothing_new(*before, agent) || (source == Source::store && entry.source == Source::here &&
                                                      now - entry.changed_at < store_behind_max)))
    return {before, nullptr, false};
  auto changed = std::make_shared<AgentIdentity>(agent);
  if (before && changed->name.empty()) changed->name = before->name;
  entry = {std::move(changed), source, now};

  ++teams_[agent.org][agent.team];
  if (before) leave(*before);
  return {entry.agent, before, true};
}

AgentIdentityPtr Directory::find_or_put(const AgentIdentity& agent, Timestamp received_at) {
  {
    const std::shared_lock lock(mutex_);
    if (went(agent.key(), received_at)) return nullptr;
    if (const auto found = agents_.find(agent.key()); found != agents_.end()) return found->second.agent;
  }
  const std::unique_lock lock(mutex_);
  if (went(agent.key(), received_at)) return nullptr;  // meanwhile
  return put_now(agent, Source::other_instance, std::chrono::steady_clock::now()).agent;
}

/// Nearly always nobody was erased lately.
bool Directory::went(const AgentKey& agent, Timestamp received_at) const {
  if (received_at > newest_erased_ + clocks_apart_max) return false;
  const auto found = erased_.find(digest_of(agent));
  return found != erased_.end() && received_at <= found->second + clocks_apart_max;
}

std::vector<AgentIdentityPtr> Directory::forget(std::span<const Erasure> erased) {
  const std::vector<AgentKey> known = known_of(erased);
  std::vector<AgentIdentityPtr> gone;
  const std::unique_lock lock(mutex_);
  for (const Erasure& erasure : erased) {
    newest_erased_ = std::max(newest_erased_, erasure.erased_at);
    Timestamp& at = erased_.try_emplace(erasure.who, erasure.erased_at).first->second;
    at = std::max(at, erasure.erased_at);
  }
  std::erase_if(erased_, [&](const auto& each) { return each.second < newest_erased_ - erasures_kept; });
  for (const AgentKey& key : known) {
    const auto agent = agents_.extract(key);
    if (agent.empty()) continue;
    gone.push_back(agent.mapped().agent);
    leave(*gone.back());
  }
  return gone;
}

/// Others read meanwhile.
std::vector<AgentKey> Directory::known_of(std::span<const Erasure> erased) const {
  std::unordered_set<std::string_view> digests;
  for (const Erasure& erasure : erased) digests.insert(erasure.who);
  std::vector<AgentKey> known;
  const std::shared_lock lock(mutex_);
  for (const auto& [key, entry] : agents_)
    if (digests.contains(digest_of(key))) known.push_back(key);
  return known;
}

void Directory::leave(const AgentIdentity& agent) {
  const auto org = teams_.find(agent.org);
  const auto team = org->second.find(agent.team);
  if (--team->second == 0) org->second.erase(team);
}

std::vector<TeamId> Directory::teams(const OrgId& org) const {
  std::vector<TeamId> names;
  {
    const std::shared_lock lock(mutex_);
    if (const auto found = teams_.find(org); found != teams_.end())
      for (const auto& [team, agents] : found->second) names.push_back(team);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::size_t Directory::size() const {
  const std::shared_lock lock(mutex_);
  return agents_.size();
}

}  // namespace fieldcast::store
