#include "keep_notes.hpp"

#include "position_columns.hpp"

namespace fieldcast::store::sqlite {
namespace {

template <class Duration>
std::optional<std::int64_t> as_count(const std::optional<Duration>& time) {
  return time ? std::optional<std::int64_t>(time->count()) : std::nullopt;
}
std::optional<double> as_real(const std::optional<float>& value) {
  return value ? std::optional<double>(*value) : std::nullopt;
}
template <class Duration>
std::optional<Duration> read_count(const Statement& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return Duration{row.integer(column)};
}
std::optional<float> read_float(const Statement& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return static_cast<float>(row.real(column));
}

TeamRule read_rule(const Statement& row) {
  TeamRule rule{OrgId(row.text(0)),
                TeamId(row.text(1)),
                read_count<days>(row, 2),
                read_count<days>(row, 3),
                read_count<days>(row, 4),
                read_count<days>(row, 5),
                std::nullopt};
  if (row.integer(6) != 0)
    rule.thinning = Thinning{read_float(row, 7), read_float(row, 8), read_count<seconds>(row, 9)};
  return rule;
}

bool says_nothing(const TeamRule& rule) {
  return !rule.positions && !rule.last_known && !rule.quarantine && !rule.summaries && !rule.thinning;
}

Result<void> without_count(Result<std::uint64_t> changed) {
  if (!changed) return changed.error();
  return {};
}

constexpr std::int64_t rows_at_once = 10'000;

/// By pages: a read that stays open lets the log grow.
Result<void> read_agent(KeepConnection& connection, std::int64_t number, const AgentIdentityPtr& agent, Day day,
                        const Keeper::VisitPosition& visit) {
  const std::string sql = "SELECT " + std::string(position_columns) +
                          " FROM positions WHERE agent_id = ?1 AND recorded_at >= ?2 AND recorded_at < ?3 "
                          "ORDER BY recorded_at LIMIT ?4";
  std::vector<Position> page;
  for (std::int64_t from_ms = begin_ms(day);;) {
    page.clear();
    auto read = connection.each(
        sql, [&](const Statement& row) { page.push_back(read_position(row, 0)); }, number, from_ms,
        begin_ms(day) + day_ms, rows_at_once);
    if (!read) return read;
    for (const Position& position : page) visit(agent, position);
    if (page.size() < rows_at_once) return {};
    from_ms = to_unix_ms(page.back().fix.recorded_at) + 1;
  }
}

Result<std::uint64_t> write(KeepConnection& connection, const ArchivedDay& archived) {
  return connection.change("INSERT OR REPLACE INTO archived_days VALUES (?1, ?2, ?3, ?4, ?5)", to_number(archived.day),
                           static_cast<std::int64_t>(archived.rows), archived.sha256, archived.place,
                           to_unix_ms(archived.archived_at));
}

}  // namespace

Result<std::vector<TeamRule>> rules(KeepConnection& connection) {
  std::vector<TeamRule> rules;
  auto read = connection.each(
      "SELECT org, team, positions_days, last_known_days, quarantine_days, summaries_days, thinned, distance_m, "
      "heading_deg, after_s FROM team_rules ORDER BY org, team",
      [&](const Statement& row) { rules.push_back(read_rule(row)); });
  if (!read) return read.error();
  return rules;
}

Result<void> set_rule(KeepConnection& connection, const TeamRule& rule) {
  if (says_nothing(rule))
    return without_count(
        connection.change("DELETE FROM team_rules WHERE org = ?1 AND team = ?2", rule.org.str(), rule.team.str()));
  const Thinning thinning = rule.thinning.value_or(Thinning{});
  return without_count(
      connection.change("INSERT OR REPLACE INTO team_rules VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                        rule.org.str(), rule.team.str(), as_count(rule.positions), as_count(rule.last_known),
                        as_count(rule.quarantine), as_count(rule.summaries), std::int64_t{rule.thinning.has_value()},
                        as_real(thinning.distance_m), as_real(thinning.heading_deg), as_count(thinning.after)));
}

Result<void> hold_day(KeepConnection& connection, Day day, Day until) {
  return without_count(connection.change(
      "INSERT INTO history_days (day, held_until) VALUES (?1, ?2) ON CONFLICT (day) DO UPDATE SET held_until = ?2",
      to_number(day), to_number(until)));
}

Result<void> read_day(KeepConnection& connection, Day day, const Keeper::VisitPosition& visit) {
  std::vector<std::pair<std::int64_t, AgentIdentityPtr>> agents;
  auto read = connection.each(
      "SELECT id, org, team, agent, name FROM agents WHERE EXISTS (SELECT 1 FROM positions WHERE agent_id = id AND "
      "recorded_at >= ?1 AND recorded_at < ?2) ORDER BY org, agent",
      [&](const Statement& row) {
        agents.emplace_back(row.integer(0),
                            std::make_shared<const AgentIdentity>(AgentIdentity{OrgId(row.text(1)), TeamId(row.text(2)),
                                                                                AgentId(row.text(3)), row.text(4)}));
      },
      begin_ms(day), begin_ms(day) + day_ms);
  if (!read) return read;
  for (const auto& [number, agent] : agents)
    if (auto done = read_agent(connection, number, agent, day, visit); !done) return done;
  return {};
}

Result<std::vector<ArchivedDay>> archived_days(KeepConnection& connection) {
  std::vector<ArchivedDay> days;
  auto read = connection.each("SELECT day, rows, sha256, place, archived_at FROM archived_days ORDER BY day",
                              [&](const Statement& row) {
                                days.push_back({to_day(row.integer(0)), static_cast<std::uint64_t>(row.integer(1)),
                                                row.text(2), row.text(3), from_unix_ms(row.integer(4))});
                              });
  if (!read) return read.error();
  return days;
}

Result<void> note_archived(KeepConnection& connection, const ArchivedDay& archived) {
  return without_count(connection.transact([&]() -> Result<std::uint64_t> {
    auto noted = connection.change(
        "INSERT OR IGNORE INTO archived_agents SELECT id, ?1 FROM agents WHERE EXISTS (SELECT 1 FROM positions "
        "WHERE agent_id = id AND recorded_at >= ?2 AND recorded_at < ?3)",
        to_number(archived.day), begin_ms(archived.day), begin_ms(archived.day) + day_ms);
    return noted ? write(connection, archived) : noted;
  }));
}

Result<void> forget_archived(KeepConnection& connection, Day day) {
  return without_count(connection.transact([&]() -> Result<std::uint64_t> {
    auto forgotten = connection.change("DELETE FROM archived_agents WHERE day = ?1", to_number(day));
    if (!forgotten) return forgotten;
    return connection.change("DELETE FROM archived_days WHERE day = ?1", to_number(day));
  }));
}

Result<void> forget_archived(KeepConnection& connection, Day day, const AgentKey& agent, const ArchivedDay& rewritten) {
  return without_count(connection.transact([&]() -> Result<std::uint64_t> {
    auto written = write(connection, rewritten);
    if (!written) return written;
    return connection.change(
        "DELETE FROM archived_agents WHERE day = ?1 AND agent_id = (SELECT id FROM agents WHERE org = ?2 AND "
        "agent = ?3)",
        to_number(day), agent.org.str(), agent.agent.str());
  }));
}

}  // namespace fieldcast::store::sqlite
