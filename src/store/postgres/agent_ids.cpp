#include "agent_ids.hpp"

namespace fieldcast::store::postgres {
namespace {

// Only rows that differ are written: a comparison costs no lock and no log.
constexpr const char* register_agents = R"(
  WITH said AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS s(org, agent, team, name, nth)
  ), same AS (
    SELECT s.nth, a.id, a.name FROM said s JOIN agents a ON a.org = s.org AND a.agent = s.agent
    WHERE a.team = s.team AND (s.name = '' OR a.name = s.name)
  ), written AS (
    INSERT INTO agents AS a (org, agent, team, name)
    SELECT org, agent, team, name FROM said WHERE nth NOT IN (SELECT nth FROM same) ORDER BY nth
    ON CONFLICT (org, agent) DO UPDATE
    SET team = excluded.team, name = CASE WHEN excluded.name = '' THEN a.name ELSE excluded.name END
    RETURNING org, agent, id, name
  )
  SELECT nth, id, name FROM same
  UNION ALL SELECT s.nth, w.id, w.name FROM written w JOIN said s ON s.org = w.org AND s.agent = w.agent
  ORDER BY nth)";

/// No text of PostgreSQL holds a zero byte; a name is for people.
std::string_view storable(const std::string& name) { return std::string_view(name).substr(0, name.find('\0')); }

}  // namespace

Result<void> AgentIds::prepare(Session& session) { return session.prepare("register_agents", register_agents); }

std::int64_t AgentIds::find(const AgentIdentityPtr& agent, SteadyTime now) {
  if (const auto found = by_address_.find(agent.get()); found != by_address_.end())
    return now < found->second.until ? found->second.id : unknown;
  const auto found = known_.find(agent->key());
  if (found == known_.end()) return unknown;
  Known& known = found->second;
  const std::string_view name = storable(agent->name);
  if (known.said->team != agent->team || (!name.empty() && name != known.name)) return unknown;
  bind(known, agent);
  return now < known.believed.until ? known.believed.id : unknown;
}

void AgentIds::ask(const AgentIdentityPtr& agent) {
  Asked& asked = asked_[agent->key()];
  asked.said = agent;
  if (const std::string_view name = storable(agent->name); !name.empty()) asked.name = name;
}

void AgentIds::build_parameters() {
  for (BinaryArray* column : {&orgs_, &agents_, &teams_, &names_}) column->clear();
  for (const auto& [key, asked] : asked_) {
    orgs_.add(std::string_view(key.org.str()));
    agents_.add(std::string_view(key.agent.str()));
    teams_.add(std::string_view(asked.said->team.str()));
    names_.add(std::string_view(asked.name));
  }
}

Result<void> AgentIds::resolve(Session& session) {
  build_parameters();
  const std::string_view parameters[] = {orgs_.parameter(), agents_.parameter(), teams_.parameter(),
                                         names_.parameter()};
  const auto rows = session.run_prepared("register_agents", parameters);
  if (!rows) return rows.error();
  if (static_cast<std::size_t>(rows->count()) != asked_.size())
    return Error{"store_unavailable", "the database did not give every agent a number"};
  int row = 0;
  for (auto& [key, asked] : asked_) {
    asked.id = rows->integer(row, 1);
    asked.name = rows->bytes(row, 2);
    ++row;
  }
  return {};
}

void AgentIds::adopt(SteadyTime now) {
  if (known_.size() + asked_.size() > agents_max) learn_anew();
  for (auto& [key, asked] : asked_) {
    Known& known = known_[key];
    known.believed = {asked.id, now + believed_};
    known.name = std::move(asked.name);
    bind(known, asked.said);
  }
  asked_.clear();
}

void AgentIds::bind(Known& known, const AgentIdentityPtr& agent) {
  if (known.said != nullptr) by_address_.erase(known.said.get());
  known.said = agent;
  by_address_[agent.get()] = known.believed;
}

}  // namespace fieldcast::store::postgres
