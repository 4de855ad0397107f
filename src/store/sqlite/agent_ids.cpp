#include "agent_ids.hpp"

namespace fieldcast::store::sqlite {

Result<AgentIds> AgentIds::open(Connection& connection) {
  // The number of an erased agent is given to nobody: something may still go by it.
  auto upsert = connection.prepare(
      "INSERT INTO agents (id, org, agent, team, name) VALUES (1 + max(ifnull((SELECT max(id) FROM agents), 0), "
      "ifnull((SELECT max(agent_id) FROM erased_agents), 0)), ?1, ?2, ?3, ?4) ON CONFLICT (org, agent) DO UPDATE SET "
      "team = excluded.team, name = CASE WHEN excluded.name = '' THEN name ELSE excluded.name END "
      "RETURNING id, name");
  if (!upsert) return upsert.error();
  auto version = connection.prepare("PRAGMA data_version");
  if (!version) return version.error();
  auto erased = connection.prepare("SELECT count(*) FROM erased_agents");
  if (!erased) return erased.error();
  return AgentIds(std::move(*upsert), std::move(*version), std::move(*erased));
}

Result<std::int64_t> AgentIds::ask(Statement& statement) {
  const ResetAtEnd reset(statement);
  auto row = statement.step();
  if (!row) return row.error();
  if (!*row) return Error{"store_unavailable", "the database does not say what changed"};
  return statement.integer(0);
}

Result<void> AgentIds::begin() {
  learned_.clear();
  auto version = ask(version_);
  if (!version) return version.error();
  if (*version == seen_version_) return {};
  auto erased = ask(erased_);
  if (!erased) return erased.error();
  if (*erased != seen_erased_) known_.clear();
  seen_version_ = *version;
  seen_erased_ = *erased;
  return {};
}

const AgentIds::Known* AgentIds::find(const AgentIdentity& agent) const {
  if (const auto learned = learned_.find(agent); learned != learned_.end()) return &learned->second;
  const auto known = known_.find(agent);
  return known == known_.end() ? nullptr : &known->second;
}

Result<std::int64_t> AgentIds::resolve(const AgentIdentity& agent) {
  const Known* known = find(agent);
  if (known != nullptr && known->team == agent.team && (agent.name.empty() || known->name == agent.name))
    return known->id;
  return upsert(agent);
}

Result<std::int64_t> AgentIds::upsert(const AgentIdentity& agent) {
  const ResetAtEnd reset(upsert_);
  upsert_.bind(1, std::string_view(agent.org.str()));
  upsert_.bind(2, std::string_view(agent.agent.str()));
  upsert_.bind(3, std::string_view(agent.team.str()));
  upsert_.bind(4, std::string_view(agent.name));
  auto row = upsert_.step();
  if (!row) return row.error();
  if (!*row) return Error{"store_unavailable", "the database gave an agent no number"};
  const std::int64_t id = upsert_.integer(0);
  learned_.insert_or_assign(agent.key(), Known{id, agent.team, upsert_.text(1)});
  return id;
}

void AgentIds::adopt() {
  for (auto& [key, known] : learned_) known_.insert_or_assign(key, std::move(known));
  learned_.clear();
}

}  // namespace fieldcast::store::sqlite
