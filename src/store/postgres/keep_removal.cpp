#include "keep_removal.hpp"

#include "keep_closing.hpp"
#include "keep_rules.hpp"

namespace fieldcast::store::postgres {
namespace {

constexpr milliseconds slice_aim{80};
constexpr seconds drop_patience{60};
constexpr int rows_at_once = 2'000;

constexpr const char* agents_of_day =
    "SELECT d.id, a.org, a.team FROM fieldcast_agents_of_day($1::date, $2::bigint, $3::int) AS d(id) "
    "LEFT JOIN agents a ON a.id = d.id ORDER BY d.id";
constexpr const char* agents_after = "SELECT id, org, team FROM agents WHERE id > $1::bigint ORDER BY id LIMIT $2::int";

TeamKey team_of(const pqxx::row& row) { return {OrgId(row[1].c_str()), TeamId(row[2].c_str())}; }

/// Rests as long as the work took. False: interrupted.
bool rest_after(KeepConnection& connection, SteadyTime start) {
  return connection.pace().rest(std::chrono::steady_clock::now() - start);
}

/// The sum of what `slice` returns for the agents of a day whose rows go, a literal of numbers at a time.
template <class Slice>
Result<std::uint64_t> each_slice(KeepConnection& connection, Day day, const Cut& cut, const Slice& slice) {
  std::uint64_t total = 0;
  SliceSize size(10, 1'000, slice_aim);
  for (std::int64_t after = 0;;) {
    const auto page = connection.ask(agents_of_day, as_date(day), after, size.value());
    if (!page) return page.error();
    if (page->empty()) return total;
    std::vector<std::int64_t> agents;
    for (const pqxx::row& row : *page) {
      after = row[0].as<std::int64_t>();
      if (!row[1].is_null() && takes_day(cut_of(cut, team_of(row)), day)) agents.push_back(after);
    }
    const SteadyTime start = std::chrono::steady_clock::now();
    if (!agents.empty()) {
      Result<std::uint64_t> done = slice(as_array(agents));
      if (!done) return done;
      total += *done;
      size.took(std::chrono::steady_clock::now() - start);
    }
    if (!rest_after(connection, start)) return Pace::error();
  }
}

/// The agents of a day, when the rows of all of them go; nothing when somebody keeps some. Those that are erased keep
/// nothing.
Result<std::optional<std::string>> nobody_else(KeepConnection& connection, Day day, const Cut& cut) {
  constexpr int agents_at_once = 1'000;
  constexpr std::size_t agents_max = 20'000;  // they are looked at once more while late fixes of the day wait
  std::vector<std::int64_t> gone;
  for (std::int64_t after = 0;;) {
    const auto page = connection.ask(agents_of_day, as_date(day), after, agents_at_once);
    if (!page) return page.error();
    if (page->empty()) break;
    for (const pqxx::row& row : *page) {
      if (!row[1].is_null() && !takes_day(cut_of(cut, team_of(row)), day)) return std::optional<std::string>();
      gone.push_back(after = row[0].as<std::int64_t>());
    }
    if (gone.size() > agents_max) return std::optional<std::string>();
  }
  return gone.empty() ? std::optional<std::string>() : as_array(gone);
}

/// How many rows went with it; nothing when rows of somebody else came meanwhile: then it stays.
Result<std::optional<std::uint64_t>> drop_day_of(KeepConnection& connection, Day day, const std::string& gone) {
  const auto stored = stored_day(connection, day);
  if (!stored) return stored.error();
  bool others = false;
  const auto dropped = connection.until(drop_patience, [&]() -> Result<bool> {
    const auto answer = connection.ask("SELECT fieldcast_drop_day_of($1::date, $2::bigint[])", as_date(day), gone);
    if (!answer) return answer.error();
    others = (*answer)[0][0].is_null();
    return others || (*answer)[0][0].as<bool>();
  });
  if (!dropped) return dropped.error();
  return others ? std::optional<std::uint64_t>() : stored->rows;
}

/// Rows of each agent before a time of its own. `sql` takes the agents and their times (ms since 1970).
template <class ToCut>
Result<std::uint64_t> remove_of_agents(KeepConnection& connection, const char* sql, const ToCut& to_cut) {
  std::uint64_t total = 0;
  SliceSize size(100, rows_at_once, slice_aim);
  for (std::int64_t after = 0;;) {
    const auto page = connection.ask(agents_after, after, size.value());
    if (!page) return page.error();
    if (page->empty()) return total;
    std::vector<std::int64_t> agents, times;
    for (const pqxx::row& row : *page) {
      after = row[0].as<std::int64_t>();
      const Timestamp until = std::min(to_cut(team_of(row)), end_of_times);
      if (until <= first_time) continue;
      agents.push_back(after);
      times.push_back(to_unix_ms(until));
    }
    if (agents.empty()) continue;
    const SteadyTime start = std::chrono::steady_clock::now();
    auto removed = connection.change(sql, as_array(agents), as_array(times));
    if (!removed) return removed;
    total += *removed;
    size.took(std::chrono::steady_clock::now() - start);
    if (*removed > 0 && !rest_after(connection, start)) return Pace::error();
    if (connection.pace().interrupted()) return Pace::error();
  }
}

constexpr const char* count_of_agents =
    "SELECT count(*) FROM positions WHERE agent_id = ANY ($1::bigint[]) AND recorded_at >= $2::timestamptz AND "
    "recorded_at < $3::timestamptz";
/// Notes, too, how many rows the day has lost.
constexpr const char* remove_of_day =
    "WITH lost AS MATERIALIZED (SELECT fieldcast_remove_of_day($1::date, $2::bigint[]) AS rows), "
    "noted AS (INSERT INTO history_days AS h (day, removed_rows) SELECT $1::date, rows FROM lost "
    "WHERE rows > 0 ON CONFLICT (day) DO UPDATE SET removed_rows = h.removed_rows + excluded.removed_rows) "
    "SELECT rows FROM lost";
constexpr const char* remove_last =
    "DELETE FROM last_known l USING unnest($1::bigint[], $2::bigint[]) AS c(id, until_ms) "
    "WHERE l.agent_id = c.id AND l.recorded_at < timestamptz 'epoch' + c.until_ms * interval '1 millisecond'";
constexpr const char* remove_hours =
    "DELETE FROM hours h USING unnest($1::bigint[], $2::bigint[]) AS c(id, until_ms) "
    "WHERE h.agent_id = c.id AND h.hour < timestamptz 'epoch' + c.until_ms * interval '1 millisecond'";
constexpr const char* remove_days =
    "DELETE FROM days_of_agents d USING unnest($1::bigint[], $2::bigint[]) AS c(id, until_ms) "
    "WHERE d.agent_id = c.id AND d.day < (date '1970-01-01' + (c.until_ms / 86400000)::int)";

/// Every pair there is, by the index: what lies between is not read.
constexpr const char* quarantined_teams =
    "WITH RECURSIVE pairs AS ((SELECT org, team FROM quarantine ORDER BY org, team LIMIT 1) UNION ALL "
    "SELECT next.org, next.team FROM pairs, LATERAL (SELECT org, team FROM quarantine q "
    "WHERE (q.org, q.team) > (pairs.org, pairs.team) ORDER BY org, team LIMIT 1) AS next) SELECT 0, org, team FROM "
    "pairs";
constexpr const char* remove_of_quarantine =
    "DELETE FROM quarantine WHERE id IN (SELECT id FROM quarantine WHERE org = $1 AND team = $2 AND "
    "received_at < $3::timestamptz ORDER BY id LIMIT $4::int)";

}  // namespace

Result<std::uint64_t> remove_positions(KeepConnection& connection, Day day, const Cut& cut) {
  const auto gone = nobody_else(connection, day, cut);
  if (!gone) return gone.error();
  if (*gone) {
    auto dropped = drop_day_of(connection, day, **gone);
    if (!dropped) return dropped.error();
    if (*dropped) return **dropped;
  }
  return each_slice(connection, day, cut,
                    [&](const std::string& agents) { return connection.count(remove_of_day, as_date(day), agents); });
}

Result<std::uint64_t> count_positions(KeepConnection& connection, Day day, const Cut& cut) {
  return each_slice(connection, day, cut, [&](const std::string& agents) {
    return connection.count(count_of_agents, agents, as_text(day), as_text(day + std::chrono::days{1}));
  });
}

Result<std::uint64_t> remove_last_known(KeepConnection& connection, const Cut& cut) {
  return remove_of_agents(connection, remove_last, [&](const TeamKey& team) { return cut_of(cut, team); });
}

Result<std::uint64_t> remove_summaries(KeepConnection& connection, const Cut& cut) {
  const auto begin_of_day = [&](const TeamKey& team) -> Timestamp {
    return day_of(std::max(cut_of(cut, team), first_time));
  };
  auto hours = remove_of_agents(connection, remove_hours, begin_of_day);
  if (!hours) return hours;
  auto days = remove_of_agents(connection, remove_days, begin_of_day);
  if (!days) return days;
  return *hours + *days;
}

Result<std::uint64_t> remove_quarantined(KeepConnection& connection, const Cut& cut) {
  const auto teams = connection.ask(quarantined_teams);
  if (!teams) return teams.error();
  std::uint64_t total = 0;
  for (const pqxx::row& row : *teams) {
    const TeamKey team = team_of(row);
    const Timestamp until = cut_of(cut, team);
    while (until > first_time) {
      const SteadyTime start = std::chrono::steady_clock::now();
      auto removed =
          connection.change(remove_of_quarantine, team.org.str(), team.team.str(), as_text(until), rows_at_once);
      if (!removed) return removed;
      total += *removed;
      if (*removed < rows_at_once) break;
      if (!rest_after(connection, start)) return Pace::error();
    }
  }
  return total;
}

}  // namespace fieldcast::store::postgres
