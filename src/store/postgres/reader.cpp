#include "reader.hpp"

#include "history_query.hpp"
#include "place_query.hpp"
#include "place_texts.hpp"
#include "pool_connection.hpp"
#include "position_columns.hpp"
#include "summary_tables.hpp"

#include <algorithm>

namespace fieldcast::store::postgres {
namespace {

constexpr int agents_page = 2'000;

/// Newest first, of each team asked for by its index and no more than a page.
constexpr const char* quarantine_of_teams =
    "SELECT q.* FROM (SELECT DISTINCT unnest($4::text[]) AS team) t, LATERAL (SELECT id, agent, team, code, record, "
    "(extract(epoch FROM received_at) * 1000)::bigint FROM quarantine WHERE org = $1 AND team = t.team AND id < $2 "
    "ORDER BY id DESC LIMIT $3) q ORDER BY id DESC LIMIT $3";
constexpr const char* quarantine_of =
    "SELECT id, agent, team, code, record, (extract(epoch FROM received_at) * 1000)::bigint FROM quarantine "
    "WHERE org = $1 AND id < $2 ";
constexpr const char* newest_first = "ORDER BY id DESC LIMIT $3";

std::int64_t to_bigint(std::uint64_t value) {
  return static_cast<std::int64_t>(std::min<std::uint64_t>(value, std::numeric_limits<std::int64_t>::max()));
}

QuarantineRecord read_record(const pqxx::row& row) {
  return {row[0].as<std::uint64_t>(), AgentId(row[1].c_str()),          TeamId(row[2].c_str()),
          row[3].as<std::string>(),   pqxx::binarystring(row[4]).str(), from_unix_ms(row[5].as<std::int64_t>())};
}

pqxx::result ask_quarantine(pqxx::connection& connection, const QuarantineQuery& query) {
  pqxx::nontransaction transaction(connection);
  const std::string& org = query.org.str();
  const std::int64_t before = query.before == 0 ? std::numeric_limits<std::int64_t>::max() : to_bigint(query.before);
  const std::int64_t limit = to_bigint(query.limit);
  if (!query.agent && query.teams)
    return transaction.exec_params(quarantine_of_teams, org, before, limit, as_array(*query.teams));
  std::string sql = quarantine_of;
  if (!query.agent) return transaction.exec_params(sql + newest_first, org, before, limit);
  sql += "AND agent = $4 ";
  if (!query.teams) return transaction.exec_params(sql + newest_first, org, before, limit, query.agent->str());
  return transaction.exec_params(sql + "AND team = ANY ($5::text[]) " + newest_first, org, before, limit,
                                 query.agent->str(), as_array(*query.teams));
}

/// By pages of ids, not by a cursor: no snapshot is held while the visitor works.
pqxx::result ask_agents(pqxx::connection& connection, const std::optional<TeamKey>& only, std::int64_t after) {
  pqxx::nontransaction transaction(connection);
  std::string sql = "SELECT a.id, a.org, a.team, a.agent, a.name, l.agent_id, " + position_columns("l.") +
                    " FROM agents a LEFT JOIN last_known l ON l.agent_id = a.id WHERE a.id > $1 ";
  const std::string page = "ORDER BY a.id LIMIT " + std::to_string(agents_page);
  if (!only) return transaction.exec_params(sql + page, after);
  return transaction.exec_params(sql + "AND a.org = $2 AND a.team = $3 " + page, after, only->org.str(),
                                 only->team.str());
}

class PostgresReader final : public Reader {
 public:
  PostgresReader(const PostgresSettings& settings, std::shared_ptr<ReplicaState> replica)
      : has_replica_(!settings.read_url.empty()),
        replica_state_(std::move(replica)),
        primary_(settings.url, {.statement_time_max = settings.reads_time_max}),
        replica_(settings.read_url, {.statement_time_max = settings.reads_time_max}) {}

  Result<std::vector<Position>> history(const HistoryQuery& query) override {
    return ask_replica(
        [&](pqxx::connection& connection) -> Result<std::vector<Position>> { return read_history(connection, query); });
  }

  Result<std::vector<QuarantineRecord>> quarantine(const QuarantineQuery& query) override {
    return primary_.with([&](pqxx::connection& connection) -> Result<std::vector<QuarantineRecord>> {
      std::vector<QuarantineRecord> records;
      for (const pqxx::row& row : ask_quarantine(connection, query)) records.push_back(read_record(row));
      return records;
    });
  }

  Result<void> agents(const std::optional<TeamKey>& only, const VisitAgent& visit) override {
    const auto visited = visit_after(only, 0, visit);
    if (!visited) return visited.error();
    return {};
  }

  Result<std::int64_t> agents_after(std::int64_t number, const VisitAgent& visit) override {
    return visit_after(std::nullopt, number, visit);
  }

  Result<std::vector<Erasure>> erasures() override {
    return primary_.with([](pqxx::connection& connection) -> Result<std::vector<Erasure>> {
      pqxx::nontransaction transaction(connection);
      std::vector<Erasure> erasures;
      for (const pqxx::row& row :
           transaction.exec("SELECT id, who, (extract(epoch FROM erased_at) * 1000)::bigint FROM erasures"))
        erasures.push_back({row[0].as<std::int64_t>(), row[1].c_str(), from_unix_ms(row[2].as<std::int64_t>())});
      return erasures;
    });
  }

  Result<std::vector<TeamId>> teams_of(const OrgId& org, const UserId& user) override {
    return primary_.with([&](pqxx::connection& connection) -> Result<std::vector<TeamId>> {
      pqxx::nontransaction transaction(connection);
      std::vector<TeamId> teams;
      for (const pqxx::row& row : transaction.exec_params(
               "SELECT team FROM memberships WHERE org = $1 AND user_id = $2 ORDER BY team", org.str(), user.str()))
        teams.emplace_back(row[0].c_str());
      return teams;
    });
  }

  Result<Counts> counts() override {
    return ask_replica([](pqxx::connection& connection) -> Result<Counts> {
      pqxx::nontransaction transaction(connection);
      const pqxx::row row = transaction.exec1(
          "SELECT fieldcast_rows('agents'), fieldcast_rows('positions'), fieldcast_rows('quarantine')");
      return Counts{row[0].as<std::uint64_t>(), row[1].as<std::uint64_t>(), row[2].as<std::uint64_t>()};
    });
  }

  Result<std::vector<AreaVisit>> found_in(const AreaQuery& query) override {
    return ask_replica([&](pqxx::connection& connection) { return read_area_visits(connection, query); });
  }

  Result<std::vector<NearbyAgent>> nearby_at(const NearbyQuery& query) override {
    return ask_replica([&](pqxx::connection& connection) { return read_nearby(connection, query); });
  }

  Result<AgentSummaries> summaries(const SummaryQuery& query) override {
    return ask_replica([&](pqxx::connection& connection) -> Result<AgentSummaries> {
      PostgresSummaryTables tables(connection);
      return read_summaries(tables, query);
    });
  }

  Result<TeamSummaries> summaries(const TeamSummaryQuery& query) override {
    return ask_replica([&](pqxx::connection& connection) -> Result<TeamSummaries> {
      PostgresSummaryTables tables(connection);
      return read_summaries(tables, query);
    });
  }

 private:
  Result<std::int64_t> visit_after(const std::optional<TeamKey>& only, std::int64_t after, const VisitAgent& visit) {
    for (;;) {
      const auto rows = primary_.with(
          [&](pqxx::connection& connection) -> Result<pqxx::result> { return ask_agents(connection, only, after); });
      if (!rows) return rows.error();
      for (const pqxx::row& row : *rows) {
        after = row[0].as<std::int64_t>();
        visit_agent(row, visit);
      }
      if (rows->size() < agents_page) return after;
    }
  }

  static void visit_agent(const pqxx::row& row, const VisitAgent& visit) {
    auto agent = std::make_shared<const AgentIdentity>(
        AgentIdentity{OrgId(row[1].c_str()), TeamId(row[2].c_str()), AgentId(row[3].c_str()), row[4].c_str()});
    std::optional<Position> position;
    if (!row[5].is_null()) position = read_position(row, 6);
    visit(std::move(agent), position);
  }

  template <class Question>
  auto ask_replica(const Question& question) -> decltype(question(std::declval<pqxx::connection&>())) {
    const SteadyTime now = std::chrono::steady_clock::now();
    if (has_replica_ && replica_state_->worth_a_try(now)) {
      auto answer = replica_.with(question);
      // What took too long there would do so here.
      if (answer || replica_.sqlstate() == query_canceled || answer.error().code == "not_available") return answer;
      if (is_of_connection(replica_.sqlstate())) replica_state_->failed(now);
    }
    return primary_.with(question);
  }

  bool has_replica_;
  std::shared_ptr<ReplicaState> replica_state_;
  PoolConnection primary_, replica_;
};

}  // namespace

std::unique_ptr<Reader> make_reader(const PostgresSettings& settings, std::shared_ptr<ReplicaState> replica) {
  return std::make_unique<PostgresReader>(settings, std::move(replica));
}

}  // namespace fieldcast::store::postgres
