#include "reader.hpp"

#include "position_columns.hpp"
#include "summary_tables.hpp"

#include <algorithm>
#include <set>

namespace fieldcast::store::sqlite {
namespace {

constexpr std::string_view quarantine_columns = "id, agent, team, code, record, received_at";

struct Statements {
  Statement history, quarantine_of_org, quarantine_of_team, quarantine_of_agent, agents, agents_of_team, erasures,
      teams_of, counts;
};

Result<Statements> prepare(Connection& connection) {
  const std::string quarantine = "SELECT " + std::string(quarantine_columns) + " FROM quarantine WHERE org = ?1 AND ";
  const std::string page = "id < ?2 ORDER BY id DESC LIMIT ?3";
  auto history =
      connection.prepare("SELECT " + std::string(position_columns) +
                         " FROM positions WHERE agent_id = (SELECT id FROM agents WHERE org = ?1 AND agent = ?2) "
                         "AND recorded_at >= ?3 AND recorded_at < ?4 ORDER BY recorded_at LIMIT ?5");
  if (!history) return history.error();
  auto of_org = connection.prepare(quarantine + page);
  if (!of_org) return of_org.error();
  auto of_team = connection.prepare(quarantine + "team = ?4 AND " + page);
  if (!of_team) return of_team.error();
  auto of_agent = connection.prepare(quarantine + "agent = ?4 AND " + page);
  if (!of_agent) return of_agent.error();
  const std::string every_agent = "SELECT agents.id, org, team, agent, name, agent_id, " +
                                  std::string(position_columns) +
                                  " FROM agents LEFT JOIN last_known ON agent_id = agents.id ";
  auto agents = connection.prepare(every_agent + "WHERE agents.id > ?1 ORDER BY agents.id");
  if (!agents) return agents.error();
  auto of_one_team = connection.prepare(every_agent + "WHERE org = ?1 AND team = ?2 ORDER BY agents.id");
  if (!of_one_team) return of_one_team.error();
  auto erasures = connection.prepare("SELECT id, who, erased_at FROM erasures");
  if (!erasures) return erasures.error();
  auto teams_of = connection.prepare("SELECT team FROM memberships WHERE org = ?1 AND user = ?2 ORDER BY team");
  if (!teams_of) return teams_of.error();
  auto counts = connection.prepare("SELECT (SELECT count(*) FROM agents), positions, quarantined FROM totals");
  if (!counts) return counts.error();
  return Statements{std::move(*history),  std::move(*of_org),   std::move(*of_team),
                    std::move(*of_agent), std::move(*agents),   std::move(*of_one_team),
                    std::move(*erasures), std::move(*teams_of), std::move(*counts)};
}

std::int64_t to_limit(std::size_t limit) {
  return static_cast<std::int64_t>(std::min<std::size_t>(limit, std::numeric_limits<std::int64_t>::max()));
}

class SqliteReader final : public Reader {
 public:
  SqliteReader(Connection connection, Statements statements, milliseconds time_max)
      : connection_(std::move(connection)), statements_(std::move(statements)), time_max_(time_max) {
    constexpr int instructions_between_looks = 1'000;  // some ten microseconds
    sqlite3_progress_handler(connection_.handle(), instructions_between_looks, &SqliteReader::is_over, this);
  }

  Result<std::vector<Position>> history(const HistoryQuery& query) override {
    std::vector<Position> positions;
    if (query.after == Timestamp::max()) return positions;
    const Timestamp from = query.after ? std::max(query.from, *query.after + milliseconds{1}) : query.from;
    Statement& statement = statements_.history;
    statement.bind(1, std::string_view(query.agent.org.str()));
    statement.bind(2, std::string_view(query.agent.agent.str()));
    statement.bind(3, to_unix_ms(from));
    statement.bind(4, to_unix_ms(query.to));
    statement.bind(5, to_limit(query.limit));
    auto read = each_row(statement, [&] { positions.push_back(read_position(statement, 0)); });
    if (!read) return read.error();
    return positions;
  }

  Result<std::vector<QuarantineRecord>> quarantine(const QuarantineQuery& query) override {
    std::vector<QuarantineRecord> records;
    start_clock();
    auto read = query.agent   ? read_of_agent(query, records)
                : query.teams ? read_of_teams(query, records)
                              : read_page(statements_.quarantine_of_org, query, records);
    if (!read) return read.error();
    return records;
  }

  Result<void> agents(const std::optional<TeamKey>& only, const VisitAgent& visit) override {
    if (!only) {
      const auto visited = agents_after(0, visit);
      if (!visited) return visited.error();
      return {};
    }
    Statement& statement = statements_.agents_of_team;
    statement.bind(1, std::string_view(only->org.str()));
    statement.bind(2, std::string_view(only->team.str()));
    return each_row(statement, [&] { visit_agent(statement, visit); });
  }

  Result<std::int64_t> agents_after(std::int64_t number, const VisitAgent& visit) override {
    Statement& statement = statements_.agents;
    statement.bind(1, number);
    auto read = each_row(statement, [&] {
      number = statement.integer(0);
      visit_agent(statement, visit);
    });
    if (!read) return read.error();
    return number;
  }

  Result<std::vector<Erasure>> erasures() override {
    std::vector<Erasure> erasures;
    Statement& statement = statements_.erasures;
    auto read = each_row(statement, [&] {
      erasures.push_back({statement.integer(0), statement.text(1), from_unix_ms(statement.integer(2))});
    });
    if (!read) return read.error();
    return erasures;
  }

  Result<std::vector<TeamId>> teams_of(const OrgId& org, const UserId& user) override {
    std::vector<TeamId> teams;
    Statement& statement = statements_.teams_of;
    statement.bind(1, std::string_view(org.str()));
    statement.bind(2, std::string_view(user.str()));
    auto read = each_row(statement, [&] { teams.emplace_back(statement.text(0)); });
    if (!read) return read.error();
    return teams;
  }

  Result<Counts> counts() override {
    Counts counts{};
    Statement& statement = statements_.counts;
    auto read = each_row(statement, [&] {
      counts = {static_cast<std::uint64_t>(statement.integer(0)), static_cast<std::uint64_t>(statement.integer(1)),
                static_cast<std::uint64_t>(statement.integer(2))};
    });
    if (!read) return read.error();
    return counts;
  }

  Result<AgentSummaries> summaries(const SummaryQuery& query) override {
    start_clock();
    return read_summaries(summary_tables_, query);
  }

  Result<TeamSummaries> summaries(const TeamSummaryQuery& query) override {
    start_clock();
    return read_summaries(summary_tables_, query);
  }

 private:
  static int is_over(void* self) {
    return std::chrono::steady_clock::now() > static_cast<SqliteReader*>(self)->deadline_ ? 1 : 0;
  }
  static void visit_agent(const Statement& row, const VisitAgent& visit) {
    auto agent = std::make_shared<const AgentIdentity>(
        AgentIdentity{OrgId(row.text(1)), TeamId(row.text(2)), AgentId(row.text(3)), row.text(4)});
    std::optional<Position> position;
    if (!row.is_null(5)) position = read_position(row, 6);
    visit(std::move(agent), position);
  }
  void start_clock() { deadline_ = std::chrono::steady_clock::now() + time_max_; }

  template <class Visit>
  Result<void> each_row(Statement& statement, Visit visit) {
    start_clock();
    return rest_of_rows(statement, visit);
  }

  template <class Visit>
  Result<void> rest_of_rows(Statement& statement, Visit visit) {
    const ResetAtEnd reset(statement);
    for (;;) {
      auto row = statement.step();
      if (!row) return row.error();
      if (!*row) return {};
      visit();
    }
  }

  static void bind_page(Statement& statement, const QuarantineQuery& query, std::size_t limit) {
    constexpr std::uint64_t newest = std::numeric_limits<std::int64_t>::max();
    const std::uint64_t before = query.before == 0 ? newest : std::min(query.before, newest);
    statement.bind(1, std::string_view(query.org.str()));
    statement.bind(2, static_cast<std::int64_t>(before));
    statement.bind(3, to_limit(limit));
  }

  static QuarantineRecord read_record(const Statement& statement) {
    return {static_cast<std::uint64_t>(statement.integer(0)),
            AgentId(statement.text(1)),
            TeamId(statement.text(2)),
            statement.text(3),
            statement.text(4),
            from_unix_ms(statement.integer(5))};
  }

  Result<void> read_page(Statement& statement, const QuarantineQuery& query, std::vector<QuarantineRecord>& records) {
    bind_page(statement, query, query.limit);
    return rest_of_rows(statement, [&] { records.push_back(read_record(statement)); });
  }

  /// One team after the other, each by its index and no more than a page, then merged.
  Result<void> read_of_teams(const QuarantineQuery& query, std::vector<QuarantineRecord>& records) {
    const std::set<TeamId> teams(query.teams->begin(), query.teams->end());
    for (const TeamId& team : teams) {
      statements_.quarantine_of_team.bind(4, std::string_view(team.str()));
      if (auto read = read_page(statements_.quarantine_of_team, query, records); !read) return read.error();
    }
    std::sort(records.begin(), records.end(), [](const auto& a, const auto& b) { return a.id > b.id; });
    if (records.size() > query.limit) records.resize(query.limit);
    return {};
  }

  /// An agent has few teams in its life: what does not belong to those asked for is passed over.
  Result<void> read_of_agent(const QuarantineQuery& query, std::vector<QuarantineRecord>& records) {
    Statement& statement = statements_.quarantine_of_agent;
    const ResetAtEnd reset(statement);
    bind_page(statement, query, std::numeric_limits<std::size_t>::max());
    statement.bind(4, std::string_view(query.agent->str()));
    while (records.size() < query.limit) {
      auto row = statement.step();
      if (!row) return row.error();
      if (!*row) return {};
      QuarantineRecord record = read_record(statement);
      if (!query.teams || std::find(query.teams->begin(), query.teams->end(), record.team) != query.teams->end())
        records.push_back(std::move(record));
    }
    return {};
  }

  Connection connection_;  // first: statements end before it
  Statements statements_;
  SqliteSummaryTables summary_tables_{connection_};
  const milliseconds time_max_;
  SteadyTime deadline_ = SteadyTime::max();
};

}  // namespace

Result<std::unique_ptr<Reader>> make_reader(Connection connection, milliseconds time_max) {
  auto statements = prepare(connection);
  if (!statements) return statements.error();
  return std::unique_ptr<Reader>(
      std::make_unique<SqliteReader>(std::move(connection), std::move(*statements), time_max));
}

}  // namespace fieldcast::store::sqlite
