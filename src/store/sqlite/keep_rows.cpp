#include "keep_rows.hpp"

namespace fieldcast::store::sqlite {
namespace {

constexpr std::int64_t rows_at_once = 200;  // a fraction of a slice's time
constexpr seconds counting_time_max{1};

struct RegisteredAgent {
  std::int64_t number;
  TeamKey team;
};

Result<std::vector<RegisteredAgent>> registered(KeepConnection& connection) {
  std::vector<RegisteredAgent> agents;
  auto read = connection.each("SELECT id, org, team FROM agents ORDER BY id", [&](const Statement& row) {
    agents.push_back({row.integer(0), {OrgId(row.text(1)), TeamId(row.text(2))}});
  });
  if (!read) return read.error();
  return agents;
}

/// Agents with positions, registered or not.
Result<std::vector<std::int64_t>> agents_with_positions(KeepConnection& connection) {
  std::vector<std::int64_t> agents;
  auto read = connection.each(
      "WITH RECURSIVE found (id) AS (SELECT min(agent_id) FROM positions UNION ALL "
      "SELECT (SELECT min(agent_id) FROM positions WHERE agent_id > id) FROM found WHERE id IS NOT NULL) "
      "SELECT id FROM found WHERE id IS NOT NULL",
      [&](const Statement& row) { agents.push_back(row.integer(0)); });
  if (!read) return read.error();
  return agents;
}

constexpr const char* days_of_agent =
    "WITH RECURSIVE found (at) AS (SELECT min(recorded_at) FROM positions WHERE agent_id = ?1 UNION ALL "
    "SELECT (SELECT min(recorded_at) FROM positions WHERE agent_id = ?1 AND "
    "recorded_at >= (at / 86400000 + 1) * 86400000) FROM found WHERE at IS NOT NULL) "
    "SELECT at / 86400000 FROM found WHERE at IS NOT NULL";
constexpr const char* count_of_agent =
    "SELECT count(*) FROM positions WHERE agent_id = ?1 AND recorded_at >= ?2 AND recorded_at < ?3";

struct DayCount {
  std::uint64_t rows = 0, agents_not_counted = 0;
};

Result<void> add_days_of(KeepConnection& connection, std::int64_t agent, SteadyTime count_until,
                         std::map<std::int64_t, DayCount>& days) {
  std::vector<std::int64_t> there;
  auto read = connection.each(
      days_of_agent, [&](const Statement& row) { there.push_back(row.integer(0)); }, agent);
  if (!read) return read;
  for (const std::int64_t day : there) {
    if (std::chrono::steady_clock::now() > count_until) {
      ++days[day].agents_not_counted;
      continue;
    }
    auto rows = connection.number(count_of_agent, agent, day * day_ms, (day + 1) * day_ms);
    if (!rows) return rows.error();
    days[day].rows += static_cast<std::uint64_t>(rows->value_or(0));
  }
  return {};
}

/// What there is in all beyond what was counted, shared out evenly.
Result<void> estimate_rest(KeepConnection& connection, std::map<std::int64_t, DayCount>& days) {
  std::uint64_t counted = 0, shares = 0;
  for (const auto& [number, day] : days) {
    counted += day.rows;
    shares += day.agents_not_counted;
  }
  if (shares == 0) return {};
  auto all = connection.number("SELECT positions FROM totals");
  if (!all) return all.error();
  const auto total = static_cast<std::uint64_t>(all->value_or(0));
  const double share = total > counted ? static_cast<double>(total - counted) / static_cast<double>(shares) : 1;
  for (auto& [number, day] : days)
    day.rows += static_cast<std::uint64_t>(std::max(1.0, share) * static_cast<double>(day.agents_not_counted));
  return {};
}

Result<std::uint64_t> subtract(KeepConnection& connection, const char* sql, std::uint64_t rows) {
  auto noted = connection.change(sql, static_cast<std::int64_t>(rows));
  if (!noted) return noted;
  return rows;
}

/// Of one agent, in the transaction that is open.
Result<std::uint64_t> remove_slice(KeepConnection& connection, std::int64_t agent, std::int64_t from_ms,
                                   std::int64_t to_ms, std::int64_t at_most) {
  auto last = connection.number(
      "SELECT max(recorded_at) FROM (SELECT recorded_at FROM positions WHERE agent_id = ?1 AND recorded_at >= ?2 AND "
      "recorded_at < ?3 ORDER BY recorded_at LIMIT ?4)",
      agent, from_ms, to_ms, at_most);
  if (!last) return last.error();
  if (!*last) return std::uint64_t{0};
  auto removed = connection.change(
      "DELETE FROM positions WHERE agent_id = ?1 AND recorded_at >= ?2 AND recorded_at <= ?3", agent, from_ms, **last);
  if (!removed) return removed;
  return subtract(connection, "UPDATE totals SET positions = positions - ?1", *removed);
}

/// From each of `items` what there is: goes on to the next one when `remove` took less than it may at once.
template <class Items, class Remove>
Result<std::uint64_t> remove_of_each(KeepConnection& connection, const Items& items, const Remove& remove) {
  std::size_t nth = 0;
  return connection.in_slices([&]() -> Result<std::optional<std::uint64_t>> {
    if (nth == items.size()) return std::optional<std::uint64_t>();
    Result<std::uint64_t> removed = remove(items[nth]);
    if (!removed) return removed.error();
    if (*removed < rows_at_once) ++nth;
    return std::optional(*removed);
  });
}

Result<std::uint64_t> remove_of_day(KeepConnection& connection, const std::vector<std::int64_t>& agents, Day day) {
  return remove_of_each(connection, agents, [&](std::int64_t agent) {
    return remove_slice(connection, agent, begin_ms(day), begin_ms(day) + day_ms, rows_at_once);
  });
}

Result<std::vector<std::int64_t>> agents_that_go(KeepConnection& connection, Day day, const Cut& cut) {
  auto agents = registered(connection);
  if (!agents) return agents.error();
  std::vector<std::int64_t> going;
  for (const RegisteredAgent& agent : *agents)
    if (takes_day(cut_of(cut, agent.team), day)) going.push_back(agent.number);
  return going;
}

}  // namespace

Result<std::vector<StoredDay>> stored_days(KeepConnection& connection) {
  const auto agents = agents_with_positions(connection);
  if (!agents) return agents.error();
  const SteadyTime count_until = std::chrono::steady_clock::now() + counting_time_max;
  std::map<std::int64_t, DayCount> days;
  for (const std::int64_t agent : *agents)
    if (auto added = add_days_of(connection, agent, count_until, days); !added) return added.error();
  if (auto estimated = estimate_rest(connection, days); !estimated) return estimated.error();
  std::vector<StoredDay> stored;
  for (const auto& [number, day] : days) {
    StoredDay& one = stored.emplace_back(StoredDay{to_day(number), day.rows, 0, true, false, std::nullopt});
    auto read = connection.each(
        "SELECT cut, held_until FROM history_days WHERE day = ?1",
        [&one](const Statement& row) {
          one.cut = row.integer(0) != 0;
          if (!row.is_null(1)) one.held_until = to_day(row.integer(1));
        },
        number);
    if (!read) return read.error();
  }
  return stored;
}

Result<std::uint64_t> remove_of_agent(KeepConnection& connection, std::int64_t agent) {
  return remove_of_each(connection, std::vector{agent}, [&](std::int64_t one) {
    return remove_slice(connection, one, std::numeric_limits<std::int64_t>::min(),
                        std::numeric_limits<std::int64_t>::max(), rows_at_once);
  });
}

Result<std::uint64_t> drop_day(KeepConnection& connection, Day day) {
  const auto agents = agents_with_positions(connection);
  if (!agents) return agents.error();
  auto removed = remove_of_day(connection, *agents, day);
  if (!removed) return removed;
  if (auto forgotten = connection.change("DELETE FROM history_days WHERE day = ?1", to_number(day)); !forgotten)
    return forgotten;
  return removed;
}

Result<std::uint64_t> remove_positions(KeepConnection& connection, Day day, const Cut& cut) {
  const auto going = agents_that_go(connection, day, cut);
  if (!going) return going.error();
  return remove_of_each(connection, *going, [&](std::int64_t agent) -> Result<std::uint64_t> {
    auto removed = remove_slice(connection, agent, begin_ms(day), begin_ms(day) + day_ms, rows_at_once);
    if (!removed || *removed == 0) return removed;
    auto noted = connection.change(
        "INSERT INTO history_days (day, cut) VALUES (?1, 1) ON CONFLICT (day) DO UPDATE SET cut = 1", to_number(day));
    if (!noted) return noted;
    return removed;
  });
}

Result<std::uint64_t> count_positions(KeepConnection& connection, Day day, const Cut& cut) {
  const auto going = agents_that_go(connection, day, cut);
  if (!going) return going.error();
  std::uint64_t total = 0;
  for (const std::int64_t agent : *going) {
    auto rows = connection.number(count_of_agent, agent, begin_ms(day), begin_ms(day) + day_ms);
    if (!rows) return rows.error();
    total += static_cast<std::uint64_t>(rows->value_or(0));
  }
  return total;
}

Result<std::uint64_t> remove_last_known(KeepConnection& connection, const Cut& cut) {
  const auto agents = registered(connection);
  if (!agents) return agents.error();
  return remove_of_each(connection, *agents, [&](const RegisteredAgent& agent) {
    return connection.change("DELETE FROM last_known WHERE agent_id = ?1 AND recorded_at < ?2", agent.number,
                             to_unix_ms(cut_of(cut, agent.team)));
  });
}

Result<std::uint64_t> remove_summaries(KeepConnection& connection, const Cut& cut) {
  const auto agents = registered(connection);
  if (!agents) return agents.error();
  std::uint64_t total = 0;
  for (const char* sql :
       {"DELETE FROM hours WHERE (agent_id, hour) IN (SELECT agent_id, hour FROM hours WHERE agent_id = ?1 AND "
        "hour < ?2 ORDER BY hour LIMIT ?3)",
        "DELETE FROM days_of_agents WHERE (agent_id, day) IN (SELECT agent_id, day FROM days_of_agents "
        "WHERE agent_id = ?1 AND day < ?2 ORDER BY day LIMIT ?3)"}) {
    auto removed = remove_of_each(connection, *agents, [&](const RegisteredAgent& agent) {
      const Day until = std::chrono::floor<std::chrono::days>(std::max(cut_of(cut, agent.team), from_unix_ms(0)));
      return connection.change(sql, agent.number, begin_ms(until), rows_at_once);
    });
    if (!removed) return removed;
    total += *removed;
  }
  return total;
}

Result<std::uint64_t> remove_quarantined(KeepConnection& connection, const Cut& cut) {
  std::vector<TeamKey> teams;
  auto read = connection.each(
      "WITH RECURSIVE found (org, team) AS (SELECT * FROM (SELECT org, team FROM quarantine ORDER BY org, team LIMIT "
      "1) "
      "UNION ALL SELECT q.org, q.team FROM found, quarantine AS q WHERE q.id = (SELECT id FROM quarantine "
      "WHERE (org, team) > (found.org, found.team) ORDER BY org, team LIMIT 1)) SELECT org, team FROM found",
      [&](const Statement& row) {
        teams.push_back({OrgId(row.text(0)), TeamId(row.text(1))});
      });
  if (!read) return read.error();
  return remove_of_each(connection, teams, [&](const TeamKey& team) -> Result<std::uint64_t> {
    auto gone = connection.change(
        "DELETE FROM quarantine WHERE id IN (SELECT id FROM quarantine WHERE org = ?1 AND team = ?2 AND "
        "received_at < ?3 ORDER BY id LIMIT ?4)",
        team.org.str(), team.team.str(), to_unix_ms(cut_of(cut, team)), rows_at_once);
    if (!gone) return gone;
    return subtract(connection, "UPDATE totals SET quarantined = quarantined - ?1", *gone);
  });
}

}  // namespace fieldcast::store::sqlite
