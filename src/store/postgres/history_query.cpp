#include "history_query.hpp"

#include "fieldcast/base/rfc3339.hpp"
#include "position_columns.hpp"
#include "timestamps.hpp"

#include <algorithm>

namespace fieldcast::store::postgres {
namespace {

constexpr std::size_t days_at_once = 31;

struct Range {
  Timestamp from, to;  // `to` exclusive
};

std::string as_text(Timestamp time) { return time >= end_of_times ? "infinity" : format_rfc3339(time); }

/// Ranges that together hold every day on which there may be something.
std::vector<Range> ranges_within(pqxx::transaction_base& transaction, const Range& whole) {
  if (whole.to - whole.from <= std::chrono::days{days_at_once}) return {whole};
  std::vector<Range> ranges;
  std::size_t days = 0;
  for (const pqxx::row& row : transaction.exec_params(
           "SELECT day - date '1970-01-01' FROM fieldcast_days() AS day "
           "WHERE day >= ($1::timestamptz AT TIME ZONE 'UTC')::date AND day < $2::timestamptz AT TIME ZONE 'UTC' "
           "ORDER BY day",
           as_text(whole.from), as_text(whole.to))) {
    const Day day{std::chrono::days{row[0].as<int>()}};
    if (days++ % days_at_once == 0) ranges.push_back({std::max<Timestamp>(day, whole.from), whole.to});
    ranges.back().to = std::min<Timestamp>(day + std::chrono::days{1}, whole.to);
  }
  return ranges;
}

}  // namespace

std::vector<Position> read_history(pqxx::connection& connection, const HistoryQuery& query) {
  std::vector<Position> positions;
  if (query.after == Timestamp::max()) return positions;
  const Timestamp from = query.after ? std::max(query.from, *query.after + milliseconds{1}) : query.from;
  const Range whole{std::max(from, first_time), std::min(query.to, end_of_times)};
  if (whole.from >= whole.to) return positions;
  pqxx::nontransaction transaction(connection);
  const std::string sql = "SELECT " + position_columns("") +
                          " FROM positions WHERE agent_id = $1 AND recorded_at >= $2 AND recorded_at < $3 "
                          "ORDER BY recorded_at LIMIT $4";
  const pqxx::result agent = transaction.exec_params("SELECT id FROM agents WHERE org = $1 AND agent = $2",
                                                     query.agent.org.str(), query.agent.agent.str());
  if (agent.empty()) return positions;
  const auto agent_id = agent[0][0].as<std::int64_t>();
  for (const Range& range : ranges_within(transaction, whole)) {
    const auto left = static_cast<std::int64_t>(
        std::min<std::size_t>(query.limit - positions.size(), std::numeric_limits<std::int64_t>::max()));
    if (left == 0) break;
    for (const pqxx::row& row : transaction.exec_params(sql, agent_id, as_text(range.from), as_text(range.to), left))
      positions.push_back(read_position(row, 0));
  }
  return positions;
}

}  // namespace fieldcast::store::postgres
