#include "keep_rows.hpp"

namespace fieldcast::store::sqlite {
namespace {

constexpr std::int64_t rows_at_once = 200;  // a fraction of a slice's time
constexpr milliseconds counting_time_max{500};

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

constexpr const char* first_of_agent =
    "SELECT min(recorded_at) FROM positions WHERE agent_id = ?1 AND recorded_at >= ?2 AND recorded_at < ?3";

using RowsOfDays = std::map<std::int64_t, std::uint64_t>;

Result<void> count_days_of(KeepConnection& connection, std::int64_t agent, RowsOfDays& days) {
  std::vector<std::int64_t> there;
  auto read = connection.each(
      days_of_agent, [&](const Statement& row) { there.push_back(row.integer(0)); }, agent);
  if (!read) return read;
  for (const std::int64_t day : there) {
    auto rows = connection.number(count_of_agent, agent, day * day_ms, (day + 1) * day_ms);
    if (!rows) return rows.error();
    days[day] += static_cast<std::uint64_t>(rows->value_or(0));
  }
  return {};
}

/// Only days that nobody had until now: one look-up for each gap between those that are known.
Result<void> add_days_of(KeepConnection& connection, std::int64_t agent, RowsOfDays& days) {
  constexpr std::int64_t end_of_times = std::numeric_limits<std::int64_t>::max();
  auto known = days.begin();
  for (std::int64_t from = std::numeric_limits<std::int64_t>::min();;) {
    const std::int64_t to = known == days.end() ? end_of_times : known->first * day_ms;
    if (from < to) {
      auto first = connection.number(first_of_agent, agent, from, to);
      if (!first) return first.error();
      if (*first) known = days.emplace_hint(known, **first / day_ms, 0);
    }
    if (known == days.end()) return {};
    from = (known++->first + 1) * day_ms;
  }
}

/// The rows of all agents, in the proportions of those that were counted.
Result<void> estimate(KeepConnection& connection, RowsOfDays& days) {
  double counted = 0;
  for (const auto& [number, rows] : days) counted += static_cast<double>(rows);
  auto all = connection.number("SELECT positions FROM totals");
  if (!all) return all.error();
  const double factor = std::max(1.0, static_cast<double>(all->value_or(0)) / std::max(1.0, counted));
  for (auto& [number, rows] : days)
    rows = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(static_cast<double>(rows) * factor));
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
  RowsOfDays days;
  bool all_counted = true;
  for (const std::int64_t agent : *agents) {
    all_counted = all_counted && std::chrono::steady_clock::now() < count_until;
    auto added = all_counted ? count_days_of(connection, agent, days) : add_days_of(connection, agent, days);
    if (!added) return added.error();
  }
  if (!all_counted)
    if (auto estimated = estimate(connection, days); !estimated) return estimated.error();
  std::vector<StoredDay> stored;
  for (const auto& [number, rows] : days) {
    auto held_until = connection.number("SELECT held_until FROM history_days WHERE day = ?1", number);
    if (!held_until) return held_until.error();
    stored.push_back({to_day(number), rows, 0, true, std::nullopt});
    if (*held_until) stored.back().held_until = to_day(**held_until);
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
  return remove_of_day(connection, *going, day);
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
