#include "summary_tables.hpp"

#include "fieldcast/store/summary_columns.hpp"
#include "position_columns.hpp"

namespace fieldcast::store::sqlite {
namespace {

struct Names {
  std::string table, begin;
};

Names names_of(Bucket bucket) {
  return bucket == Bucket::hour ? Names{"hours", "hour"} : Names{"days_of_agents", "day"};
}

float real_or_unknown(const Statement& row, int column) {
  return row.is_null(column) ? unknown_value : static_cast<float>(row.real(column));
}

void bind_stretch(Statement& statement, const SummaryTables::Stretch& stretch) {
  statement.bind(1, stretch.agent_id);
  statement.bind(2, to_unix_ms(stretch.from));
  statement.bind(3, to_unix_ms(stretch.to));
}

void bind_team(Statement& statement, const TeamSummaryQuery& query) {
  statement.bind(1, std::string_view(query.team.org.str()));
  statement.bind(2, std::string_view(query.team.team.str()));
  statement.bind(3, to_unix_ms(query.from));
  statement.bind(4, to_unix_ms(query.to));
}

void bind_row(Statement& statement, const SummaryTables::Row& row) {
  const Summary& figures = row.bucket.figures;
  statement.bind(1, row.agent_id);
  statement.bind(2, to_unix_ms(row.bucket.begin));
  statement.bind(3, figures.distance_m);
  statement.bind(4, static_cast<std::int64_t>(figures.fixes));
  statement.bind(5, static_cast<std::int64_t>(figures.rows_read));
  statement.bind(6, std::int64_t{figures.moving.count()});
  statement.bind(7, static_cast<std::int64_t>(figures.stops));
  statement.bind(8, static_cast<double>(figures.speed_max_mps));
  if (!figures.box) {
    for (int column = 9; column <= 12; ++column) statement.bind_null(column);
    return;
  }
  statement.bind(9, to_units(figures.box->south_deg));
  statement.bind(10, to_units(figures.box->west_deg));
  statement.bind(11, to_units(figures.box->north_deg));
  statement.bind(12, to_units(figures.box->east_deg));
}

}  // namespace

Result<void> SqliteSummaryTables::each_row(const std::string& sql, const Bind& bind, const Visit& visit) {
  auto known = statements_.find(sql);
  if (known == statements_.end()) {
    auto prepared = connection_.prepare(sql);
    if (!prepared) return prepared.error();
    known = statements_.emplace(sql, std::move(*prepared)).first;
  }
  Statement& statement = known->second;
  const ResetAtEnd reset(statement);
  bind(statement);
  for (;;) {
    auto row = statement.step();
    if (!row) return row.error();
    if (!*row) return {};
    visit(statement);
  }
}

Result<std::optional<std::int64_t>> SqliteSummaryTables::agent_id(const AgentKey& agent) {
  std::optional<std::int64_t> id;
  const auto bind = [&](Statement& statement) {
    statement.bind(1, std::string_view(agent.org.str()));
    statement.bind(2, std::string_view(agent.agent.str()));
  };
  auto read = each_row("SELECT id FROM agents WHERE org = ?1 AND agent = ?2", bind,
                       [&](const Statement& row) { id = row.integer(0); });
  if (!read) return read.error();
  return id;
}

Result<std::vector<summary::TrackPoint>> SqliteSummaryTables::points(const Stretch& stretch) {
  std::vector<summary::TrackPoint> points;
  auto read = each_row(
      "SELECT recorded_at, latitude_e7, longitude_e7, accuracy_m, speed_mps FROM positions "
      "WHERE agent_id = ?1 AND recorded_at >= ?2 AND recorded_at < ?3 ORDER BY recorded_at",
      [&](Statement& statement) { bind_stretch(statement, stretch); },
      [&](const Statement& row) {
        points.push_back({from_unix_ms(row.integer(0)),
                          {to_degrees(row.integer(1)), to_degrees(row.integer(2))},
                          real_or_unknown(row, 3),
                          real_or_unknown(row, 4)});
      });
  if (!read) return read.error();
  return points;
}

Result<std::vector<SummaryBucket>> SqliteSummaryTables::buckets(Bucket bucket, const Stretch& stretch) {
  const auto [table, begin] = names_of(bucket);
  std::vector<SummaryBucket> buckets;
  auto read = each_row(
      "SELECT " + begin + ", " + summary_columns + " FROM " + table + " WHERE agent_id = ?1 AND " + begin +
          " >= ?2 AND " + begin + " < ?3 ORDER BY " + begin,
      [&](Statement& statement) { bind_stretch(statement, stretch); },
      [&](const Statement& row) {
        buckets.push_back({from_unix_ms(row.integer(0)), read_summary(row, 1)});
      });
  if (!read) return read.error();
  return buckets;
}

Result<std::vector<Timestamp>> SqliteSummaryTables::due(const Stretch& stretch, std::size_t limit) {
  std::vector<Timestamp> hours;
  const auto bind = [&](Statement& statement) {
    bind_stretch(statement, stretch);
    statement.bind(4, static_cast<std::int64_t>(limit));
  };
  auto read =
      each_row("SELECT hour FROM summaries_due WHERE agent_id = ?1 AND hour >= ?2 AND hour < ?3 ORDER BY hour LIMIT ?4",
               bind, [&](const Statement& row) { hours.push_back(from_unix_ms(row.integer(0))); });
  if (!read) return read.error();
  return hours;
}

Result<void> SqliteSummaryTables::sums(const TeamSummaryQuery& query, const std::string& key, const Visit& visit) {
  const auto [table, begin] = names_of(query.bucket);
  // The cross join keeps the order: the agents of the team first, then the rows of each by the key.
  const std::string sql = "SELECT " + key + ", " + summary_sums() + " FROM agents CROSS JOIN " + table +
                          " ON agent_id = id WHERE org = ?1 AND team = ?2 AND " + begin + " >= ?3 AND " + begin +
                          " < ?4 GROUP BY " + key + " ORDER BY " + key;
  return each_row(
      sql, [&](Statement& statement) { bind_team(statement, query); }, visit);
}

Result<TeamSummaries> SqliteSummaryTables::of_team(const TeamSummaryQuery& query) {
  TeamSummaries answer;
  auto by_time = sums(query, names_of(query.bucket).begin, [&](const Statement& row) {
    answer.buckets.push_back({from_unix_ms(row.integer(0)), read_summary_sums(row, 1)});
  });
  if (!by_time) return by_time.error();
  auto by_agent = sums(query, "agent, name", [&](const Statement& row) {
    answer.agents.push_back({AgentId(row.text(0)), row.text(1), read_summary_sums(row, 2)});
  });
  if (!by_agent) return by_agent.error();
  return answer;
}

Result<std::optional<Timestamp>> SqliteSummaryTables::first_due(const TeamSummaryQuery& query) {
  std::optional<Timestamp> first;
  auto read = each_row(
      "SELECT min(hour) FROM agents CROSS JOIN summaries_due ON agent_id = id "
      "WHERE org = ?1 AND team = ?2 AND hour >= ?3 AND hour < ?4",
      [&](Statement& statement) { bind_team(statement, query); },
      [&](const Statement& row) {
        if (!row.is_null(0)) first = from_unix_ms(row.integer(0));
      });
  if (!read) return read.error();
  return first;
}

Result<std::vector<SummaryTables::Due>> SqliteSummaryTables::due_until(Timestamp last, std::size_t limit) {
  std::vector<Due> due;
  auto read = each_row(
      "SELECT agent_id, hour, marks FROM summaries_due WHERE hour <= ?1 ORDER BY agent_id, hour LIMIT ?2",
      [&](Statement& statement) {
        statement.bind(1, to_unix_ms(last));
        statement.bind(2, static_cast<std::int64_t>(limit));
      },
      [&](const Statement& row) {
        due.push_back({row.integer(0), from_unix_ms(row.integer(1)), row.integer(2)});
      });
  if (!read) return read.error();
  return due;
}

Result<void> SqliteSummaryTables::put(Bucket bucket, std::span<const Row> rows) {
  const auto [table, begin] = names_of(bucket);
  const std::string sql = "INSERT INTO " + table + " (agent_id, " + begin + ", " + summary_columns +
                          ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT (agent_id, " +
                          begin + ")" + take_over_what_rests_on_more(table);
  Transaction transaction(connection_);
  if (auto begun = transaction.begin(); !begun) return begun;
  for (const Row& row : rows) {
    auto put = each_row(
        sql, [&](Statement& statement) { bind_row(statement, row); }, [](const Statement&) {});
    if (!put) return put;
  }
  return transaction.commit();
}

Result<void> SqliteSummaryTables::remove(std::span<const Due> done) {
  Transaction transaction(connection_);
  if (auto begun = transaction.begin(); !begun) return begun;
  for (const Due& due : done) {
    const auto bind = [&](Statement& statement) {
      statement.bind(1, due.agent_id);
      statement.bind(2, to_unix_ms(due.hour));
      statement.bind(3, due.marks);
    };
    auto removed = each_row("DELETE FROM summaries_due WHERE agent_id = ?1 AND hour = ?2 AND marks = ?3", bind,
                            [](const Statement&) {});
    if (!removed) return removed;
  }
  return transaction.commit();
}

}  // namespace fieldcast::store::sqlite
