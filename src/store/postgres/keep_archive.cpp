#include "keep_archive.hpp"

#include "position_columns.hpp"

namespace fieldcast::store::postgres {
namespace {

constexpr int agents_at_once = 1'000, rows_at_once = 10'000;

struct AgentOfDay {
  std::int64_t number;
  AgentIdentityPtr identity;
};

Result<std::vector<AgentOfDay>> agents_of(KeepConnection& connection, Day day) {
  std::vector<AgentOfDay> agents;
  for (std::int64_t after = 0;;) {
    const auto page = connection.ask(
        "SELECT d.id, a.org, a.team, a.agent, a.name FROM fieldcast_agents_of_day($1::date, $2::bigint, $3::int) "
        "AS d(id) LEFT JOIN agents a ON a.id = d.id ORDER BY d.id",
        as_date(day), after, agents_at_once);
    if (!page) return page.error();
    if (page->empty()) break;
    for (const pqxx::row& row : *page) {
      after = row[0].as<std::int64_t>();
      if (row[1].is_null()) continue;  // erased
      agents.push_back(
          {after, std::make_shared<const AgentIdentity>(AgentIdentity{OrgId(row[1].c_str()), TeamId(row[2].c_str()),
                                                                      AgentId(row[3].c_str()), row[4].c_str()})});
    }
  }
  std::sort(agents.begin(), agents.end(),
            [](const AgentOfDay& a, const AgentOfDay& b) { return a.identity->key() < b.identity->key(); });
  return agents;
}

/// By pages of rows: an agent may have one every second.
Result<void> read_agent(KeepConnection& connection, const AgentOfDay& agent, Day day,
                        const Keeper::VisitPosition& visit) {
  const std::string sql = "SELECT " + position_columns("") +
                          " FROM positions WHERE agent_id = $1::bigint AND recorded_at >= $2::timestamptz AND "
                          "recorded_at < $3::timestamptz ORDER BY recorded_at LIMIT $4::int";
  const std::string to = as_text(day + std::chrono::days{1});
  for (Timestamp from = day;;) {
    const auto rows = connection.ask(sql.c_str(), agent.number, as_text(from), to, rows_at_once);
    if (!rows) return rows.error();
    for (const pqxx::row& row : *rows) {
      const Position position = read_position(row, 0);
      from = position.fix.recorded_at + milliseconds{1};
      visit(agent.identity, position);
    }
    if (rows->size() < rows_at_once) return {};
  }
}

constexpr const char* write_archived =
    "INSERT INTO archived_days VALUES ($1::date, $2::bigint, $3, $4, $5::timestamptz) ON CONFLICT (day) DO UPDATE "
    "SET (rows, sha256, place, archived_at) = (excluded.rows, excluded.sha256, excluded.place, excluded.archived_at)";

Result<void> write(KeepConnection& connection, const ArchivedDay& archived) {
  auto written = connection.ask(write_archived, as_date(archived.day), static_cast<std::int64_t>(archived.rows),
                                archived.sha256, archived.place, as_text(archived.archived_at));
  if (!written) return written.error();
  return {};
}

}  // namespace

Result<void> read_day(KeepConnection& connection, Day day, const Keeper::VisitPosition& visit) {
  const auto agents = agents_of(connection, day);
  if (!agents) return agents.error();
  for (const AgentOfDay& agent : *agents) {
    if (connection.pace().interrupted()) return Pace::error();
    if (auto read = read_agent(connection, agent, day, visit); !read) return read;
  }
  return {};
}

Result<std::vector<ArchivedDay>> archived_days(KeepConnection& connection) {
  const auto rows = connection.ask(
      "SELECT day - date '1970-01-01', rows, sha256, place, (extract(epoch FROM archived_at) * 1000)::bigint "
      "FROM archived_days ORDER BY day");
  if (!rows) return rows.error();
  std::vector<ArchivedDay> days;
  for (const pqxx::row& row : *rows)
    days.push_back({Day{std::chrono::days{row[0].as<int>()}}, row[1].as<std::uint64_t>(), row[2].c_str(),
                    row[3].c_str(), from_unix_ms(row[4].as<std::int64_t>())});
  return days;
}

/// Agents first: a day that is noted has all of its agents noted.
Result<void> note_archived(KeepConnection& connection, const ArchivedDay& archived) {
  const auto agents = agents_of(connection, archived.day);
  if (!agents) return agents.error();
  for (auto first = agents->begin(); first != agents->end();) {
    const auto last = first + std::min<std::ptrdiff_t>(agents->end() - first, agents_at_once);
    std::vector<std::int64_t> numbers;
    for (; first != last; ++first) numbers.push_back(first->number);
    auto noted =
        connection.ask("INSERT INTO archived_agents SELECT unnest($2::bigint[]), $1::date ON CONFLICT DO NOTHING",
                       as_date(archived.day), as_array(numbers));
    if (!noted) return noted.error();
  }
  return write(connection, archived);
}

Result<void> forget_archived(KeepConnection& connection, Day day) {
  auto forgotten = connection.ask(
      "WITH day AS (DELETE FROM archived_days WHERE day = $1::date) DELETE FROM archived_agents WHERE day = $1::date",
      as_date(day));
  if (!forgotten) return forgotten.error();
  return {};
}

Result<void> forget_archived(KeepConnection& connection, Day day, const AgentKey& agent, const ArchivedDay& rewritten) {
  if (auto written = write(connection, rewritten); !written) return written;
  auto forgotten = connection.ask(
      "DELETE FROM archived_agents USING agents WHERE agent_id = id AND day = $1::date AND org = $2 AND agent = $3",
      as_date(day), agent.org.str(), agent.agent.str());
  if (!forgotten) return forgotten.error();
  return {};
}

}  // namespace fieldcast::store::postgres
