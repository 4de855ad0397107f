#include "fieldcast/store/directory.hpp"

#include <algorithm>
#include <mutex>

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
  Entry& entry = agents_[agent.key()];
  const AgentIdentityPtr before = entry.agent;
  if (before && (says_nothing_new(*before, agent) || (source == Source::store && entry.source == Source::here &&
                                                      now - entry.changed_at < store_behind_max)))
    return {before, nullptr, false};
  auto changed = std::make_shared<AgentIdentity>(agent);
  if (before && changed->name.empty()) changed->name = before->name;
  entry = {std::move(changed), source, now};

  auto& teams = teams_[agent.org];
  ++teams[agent.team];
  if (before)
    if (const auto left = teams.find(before->team); --left->second == 0) teams.erase(left);
  return {entry.agent, before, true};
}

AgentIdentityPtr Directory::find_or_put(const AgentIdentity& agent) {
  const AgentIdentityPtr known = find(agent.key());
  return known ? known : put(agent, Source::other_instance).agent;
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
