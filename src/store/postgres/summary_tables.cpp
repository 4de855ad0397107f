#include "summary_tables.hpp"

#include "fieldcast/store/summary_columns.hpp"
#include "summary_text.hpp"

namespace fieldcast::store::postgres {
namespace {

constexpr const char* hour_ms = "(extract(epoch FROM hour) * 1000)::bigint";
constexpr const char* day_ms = "(day - date '1970-01-01')::bigint * 86400000";

struct Names {
  std::string table, begin, begin_ms, parameter;  // the type of the column `begin`
};

Names names_of(Bucket bucket) {
  if (bucket == Bucket::hour) return {"hours", "hour", hour_ms, "timestamptz"};
  return {"days_of_agents", "day", day_ms, "date"};
}

std::string begin_text(Bucket bucket, Timestamp time) {
  return bucket == Bucket::hour ? time_text(time) : date_text(time);
}

/// One array for each column, all in one statement.
struct Columns {
  TextArray agent_id, begin, distance_m, fixes, rows_read, moving_ms, stops, speed_max_mps, south, west, north, east;

  void add(Bucket bucket, const SummaryTables::Row& row) {
    const Summary& figures = row.bucket.figures;
    agent_id.add_number(row.agent_id);
    begin.add(begin_text(bucket, row.bucket.begin));
    distance_m.add_number(figures.distance_m);
    fixes.add_number(figures.fixes);
    rows_read.add_number(figures.rows_read);
    moving_ms.add_number(figures.moving.count());
    stops.add_number(figures.stops);
    known(figures.speed_max_mps) ? speed_max_mps.add_number(figures.speed_max_mps) : speed_max_mps.add_null();
    add_box(figures.box);
  }

  void add_box(const std::optional<Viewport>& box) {
    if (!box) return south.add_null(), west.add_null(), north.add_null(), east.add_null();
    south.add_number(to_units(box->south_deg));
    west.add_number(to_units(box->west_deg));
    north.add_number(to_units(box->north_deg));
    east.add_number(to_units(box->east_deg));
  }
};

std::string put_statement(const Names& names) {
  return "INSERT INTO " + names.table + " AS kept (agent_id, " + names.begin + ", " + summary_columns +
         ") SELECT * FROM unnest($1::bigint[], $2::" + names.parameter +
         "[], $3::float8[], $4::int[], $5::int[], $6::int[], $7::int[], $8::float4[], $9::int[], $10::int[], "
         "$11::int[], $12::int[]) ON CONFLICT (agent_id, " +
         names.begin + ")" + take_over_what_rests_on_more("kept");
}

// Marks that somebody is making again right now are let be: nobody waits for us, and none of two is in the other's way.
constexpr const char* remove_marks = R"(
  WITH seen AS (
    SELECT * FROM unnest($1::bigint[], $2::timestamptz[], $3::bigint[]) AS s(agent_id, hour, marks)
  ), done AS MATERIALIZED (
    SELECT d.agent_id, d.hour FROM summaries_due d JOIN seen USING (agent_id, hour, marks)
    FOR UPDATE OF d SKIP LOCKED
  )
  DELETE FROM summaries_due d USING done WHERE d.agent_id = done.agent_id AND d.hour = done.hour)";

}  // namespace

Result<std::optional<std::int64_t>> PostgresSummaryTables::agent_id(const AgentKey& agent) {
  pqxx::nontransaction transaction(connection_);
  const pqxx::result found = transaction.exec_params("SELECT id FROM agents WHERE org = $1 AND agent = $2",
                                                     agent.org.str(), agent.agent.str());
  if (found.empty()) return std::optional<std::int64_t>{};
  return std::optional(TextRow(found.front()).integer(0));
}

Result<std::vector<summary::TrackPoint>> PostgresSummaryTables::points(const Stretch& stretch) {
  pqxx::nontransaction transaction(connection_);
  std::vector<summary::TrackPoint> points;
  for (const pqxx::row& row : transaction.exec_params(
           "SELECT (extract(epoch FROM recorded_at) * 1000)::bigint, latitude, longitude, accuracy_m, speed_mps "
           "FROM positions WHERE agent_id = $1 AND recorded_at >= $2 AND recorded_at < $3 ORDER BY recorded_at",
           stretch.agent_id, time_text(stretch.from), time_text(stretch.to))) {
    const TextRow text(row);
    points.push_back({text.time(0), {text.real(1), text.real(2)}, text.real_or_unknown(3), text.real_or_unknown(4)});
  }
  return points;
}

Result<std::vector<SummaryBucket>> PostgresSummaryTables::buckets(Bucket bucket, const Stretch& stretch) {
  pqxx::nontransaction transaction(connection_);
  const Names names = names_of(bucket);
  std::vector<SummaryBucket> buckets;
  for (const pqxx::row& row : transaction.exec_params(
           "SELECT " + names.begin_ms + ", " + summary_columns + " FROM " + names.table + " WHERE agent_id = $1 AND " +
               names.begin + " >= $2 AND " + names.begin + " < $3 ORDER BY " + names.begin,
           stretch.agent_id, begin_text(bucket, stretch.from), begin_text(bucket, stretch.to))) {
    const TextRow text(row);
    buckets.push_back({text.time(0), read_summary(text, 1)});
  }
  return buckets;
}

Result<TeamSummaries> PostgresSummaryTables::of_team(const TeamSummaryQuery& query) {
  pqxx::read_transaction transaction(connection_);
  const Names names = names_of(query.bucket);
  const std::string of_these = summary_sums() + " FROM " + names.table +
                               " JOIN agents ON id = agent_id WHERE org = $1 AND team = $2 AND " + names.begin +
                               " >= $3 AND " + names.begin + " < $4 GROUP BY ";
  const auto ask = [&](const std::string& key, const std::string& grouped) {
    return transaction.exec_params("SELECT " + key + ", " + of_these + grouped + " ORDER BY " + grouped,
                                   query.team.org.str(), query.team.team.str(), begin_text(query.bucket, query.from),
                                   begin_text(query.bucket, query.to));
  };
  TeamSummaries answer;
  for (const pqxx::row& row : ask(names.begin_ms, names.begin)) {
    const TextRow text(row);
    answer.buckets.push_back({text.time(0), read_summary_sums(text, 1)});
  }
  for (const pqxx::row& row : ask("agent, name", "agent, name"))
    answer.agents.push_back({AgentId(row[0].c_str()), row[1].c_str(), read_summary_sums(TextRow(row), 2)});
  return answer;
}

Result<void> PostgresSummaryTables::put(Bucket bucket, std::span<const Row> rows) {
  Columns columns;
  for (const Row& row : rows) columns.add(bucket, row);
  pqxx::work transaction(connection_);
  transaction.exec_params(put_statement(names_of(bucket)), columns.agent_id.text(), columns.begin.text(),
                          columns.distance_m.text(), columns.fixes.text(), columns.rows_read.text(),
                          columns.moving_ms.text(), columns.stops.text(), columns.speed_max_mps.text(),
                          columns.south.text(), columns.west.text(), columns.north.text(), columns.east.text());
  transaction.commit();
  return {};
}

Result<void> PostgresSummaryTables::remove(std::span<const Due> done) {
  TextArray agent_ids, hours, marks;
  for (const Due& due : done) {
    agent_ids.add_number(due.agent_id);
    hours.add(time_text(due.hour));
    marks.add_number(due.marks);
  }
  pqxx::work transaction(connection_);
  transaction.exec_params(remove_marks, agent_ids.text(), hours.text(), marks.text());
  transaction.commit();
  return {};
}

}  // namespace fieldcast::store::postgres
