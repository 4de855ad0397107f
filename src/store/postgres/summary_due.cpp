// What is due in PostgreSQL: hours with a mark, and days whose positions have none.
#include "summary_tables.hpp"
#include "summary_text.hpp"

namespace fieldcast::store::postgres {
namespace {

constexpr const char* hour_ms = "(extract(epoch FROM hour) * 1000)::bigint";
constexpr std::size_t marks_at_once = 1'000;

/// Hours with positions in a day, of all agents or of one.
std::string hours_of_day(const char* agents) {
  return std::string(
             "SELECT agent_id, (extract(epoch FROM hour) * 1000)::bigint FROM (SELECT DISTINCT agent_id, "
             "date_trunc('hour', recorded_at, 'UTC') AS hour FROM positions WHERE ") +
         agents + "recorded_at >= $1 AND recorded_at < $2) AS found ORDER BY agent_id, hour";
}

std::vector<Timestamp> unmarked_days(pqxx::transaction_base& transaction, Timestamp from, Timestamp to) {
  std::vector<Timestamp> days;
  for (const pqxx::row& row : transaction.exec_params(
           "SELECT (day - date '1970-01-01')::bigint * 86400000 FROM summaries_unmarked "
           "WHERE day >= ($1::timestamptz AT TIME ZONE 'UTC')::date AND day < $2::timestamptz AT TIME ZONE 'UTC' "
           "ORDER BY day",
           time_text(from), time_text(to)))
    days.push_back(TextRow(row).time(0));
  return days;
}

}  // namespace

Result<std::vector<Timestamp>> PostgresSummaryTables::due(const Stretch& stretch, std::size_t limit) {
  pqxx::nontransaction transaction(connection_);
  std::vector<Timestamp> hours;
  for (const pqxx::row& row : transaction.exec_params(
           std::string("SELECT ") + hour_ms +
               " FROM summaries_due WHERE agent_id = $1 AND hour >= $2 AND hour < $3 ORDER BY hour LIMIT $4",
           stretch.agent_id, time_text(stretch.from), time_text(stretch.to), static_cast<std::int64_t>(limit)))
    hours.push_back(TextRow(row).time(0));
  std::size_t found = 0;
  for (const Timestamp day : unmarked_days(transaction, stretch.from, stretch.to)) {
    if (found >= limit) break;
    const Timestamp from = std::max(day, stretch.from);
    const Timestamp to = std::min<Timestamp>(day + std::chrono::days{1}, stretch.to);
    for (const pqxx::row& row : transaction.exec_params(hours_of_day("agent_id = $3 AND "), time_text(from),
                                                        time_text(to), stretch.agent_id)) {
      hours.push_back(TextRow(row).time(1));
      ++found;
    }
  }
  std::sort(hours.begin(), hours.end());
  hours.erase(std::unique(hours.begin(), hours.end()), hours.end());
  if (hours.size() > limit) hours.resize(limit);
  return hours;
}

Result<std::optional<Timestamp>> PostgresSummaryTables::first_due(const TeamSummaryQuery& query) {
  pqxx::nontransaction transaction(connection_);
  const pqxx::result found = transaction.exec_params(
      "SELECT (extract(epoch FROM min(hour)) * 1000)::bigint FROM summaries_due JOIN agents ON id = agent_id "
      "WHERE org = $1 AND team = $2 AND hour >= $3 AND hour < $4",
      query.team.org.str(), query.team.team.str(), time_text(query.from), time_text(query.to));
  const TextRow text(found.front());
  std::optional<Timestamp> first;
  if (!text.is_null(0)) first = text.time(0);
  const std::vector<Timestamp> unmarked = unmarked_days(transaction, query.from, query.to);
  if (!unmarked.empty() && (!first || unmarked.front() < *first)) first = std::max(unmarked.front(), query.from);
  return first;
}

Result<std::vector<SummaryTables::Due>> PostgresSummaryTables::due_until(Timestamp last, std::size_t limit) {
  pqxx::nontransaction transaction(connection_);
  std::vector<Due> due;
  for (const pqxx::row& row :
       transaction.exec_params(std::string("SELECT agent_id, ") + hour_ms +
                                   ", marks FROM summaries_due WHERE hour <= $1 ORDER BY agent_id, hour LIMIT $2",
                               time_text(last), static_cast<std::int64_t>(limit))) {
    const TextRow text(row);
    due.push_back({text.integer(0), text.time(1), text.integer(2)});
  }
  return due;
}

Result<bool> PostgresSummaryTables::mark_more(Timestamp now) {
  pqxx::nontransaction transaction(connection_);
  // A program that makes no marks may still write to a day that runs.
  const std::vector<Timestamp> days =
      unmarked_days(transaction, first_time, std::chrono::floor<std::chrono::days>(now - std::chrono::hours{1}));
  if (days.empty()) return false;
  const Timestamp day = days.front();
  // Read first: writers that meet a mark of ours wait for a statement of some milliseconds, not for the reading.
  const pqxx::result found =
      transaction.exec_params(hours_of_day(""), time_text(day), time_text(day + std::chrono::days{1}));
  TextArray agent_ids, hours;
  std::size_t waiting = 0;
  for (const pqxx::row& row : found) {
    const TextRow text(row);
    agent_ids.add_number(text.integer(0));
    hours.add(time_text(text.time(1)));
    if (++waiting % marks_at_once != 0 && waiting != found.size()) continue;
    transaction.exec_params(
        "INSERT INTO summaries_due AS d SELECT *, 1 FROM unnest($1::bigint[], $2::timestamptz[]) "
        "ON CONFLICT (agent_id, hour) DO UPDATE SET marks = d.marks + 1",
        agent_ids.text(), hours.text());
    agent_ids = hours = TextArray{};
  }
  transaction.exec_params("DELETE FROM summaries_unmarked WHERE day = $1", date_text(day));
  return true;
}

}  // namespace fieldcast::store::postgres
