#include "thinning_query.hpp"

#include "fieldcast/store/summary_columns.hpp"

#include <algorithm>

namespace fieldcast::store::sqlite {
namespace {

std::optional<float> optional_float(const Statement& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(static_cast<float>(row.real(column)));
}

Waypoint read_waypoint(const Statement& row) {
  return waypoint(from_unix_ms(row.integer(0)), {to_degrees(row.integer(1)), to_degrees(row.integer(2))},
                  optional_float(row, 3).value_or(unknown_value), optional_float(row, 4).value_or(unknown_value));
}

}  // namespace

Result<ThinningQuery> ThinningQuery::open(Connection& connection) {
  auto rules = connection.prepare("SELECT org, team, distance_m, heading_deg, after_s FROM team_rules WHERE thinned");
  if (!rules) return rules.error();
  auto newest = connection.prepare("SELECT recorded_at FROM last_known WHERE agent_id = ?");
  if (!newest) return newest.error();
  auto stored = connection.prepare(
      "SELECT recorded_at, latitude_e7, longitude_e7, speed_mps, heading_deg FROM positions "
      "WHERE agent_id = ? AND recorded_at > ? AND recorded_at <= ? ORDER BY recorded_at DESC LIMIT ?");
  if (!stored) return stored.error();
  return ThinningQuery(std::move(*rules), std::move(*newest), std::move(*stored));
}

Result<std::vector<ThinningRules::Rule>> ThinningQuery::rules() {
  const ResetAtEnd reset(rules_);
  std::vector<ThinningRules::Rule> rules;
  for (;;) {
    auto row = rules_.step();
    if (!row) return row.error();
    if (!*row) return rules;
    Thinning thinning{optional_float(rules_, 2), optional_float(rules_, 3), std::nullopt};
    if (!rules_.is_null(4)) thinning.after = seconds{rules_.integer(4)};
    rules.push_back({OrgId(rules_.text(0)), TeamId(rules_.text(1)), thinning});
  }
}

Result<std::optional<Timestamp>> ThinningQuery::newest_of(std::int64_t agent_id) {
  const ResetAtEnd reset(newest_);
  newest_.bind(1, agent_id);
  auto row = newest_.step();
  if (!row) return row.error();
  return *row ? std::optional(from_unix_ms(newest_.integer(0))) : std::nullopt;
}

/// Where all that comes is newer than what is there, the nearest row decides.
Result<Past> ThinningQuery::past_of(const Stretch& stretch) {
  Past past;
  auto newest = newest_of(stretch.agent_id);
  if (!newest) return newest.error();
  past.newest = *newest;
  constexpr std::int64_t unlimited = -1;
  const ResetAtEnd reset(stored_);
  stored_.bind(1, stretch.agent_id);
  stored_.bind(2, to_unix_ms(stretch.since));
  stored_.bind(3, to_unix_ms(stretch.last));
  stored_.bind(4, past.newest && stretch.first > *past.newest ? std::int64_t{1} : unlimited);
  for (;;) {
    auto row = stored_.step();
    if (!row) return row.error();
    if (!*row) break;
    past.stored.push_back(read_waypoint(stored_));
  }
  std::reverse(past.stored.begin(), past.stored.end());
  return past;
}

}  // namespace fieldcast::store::sqlite
