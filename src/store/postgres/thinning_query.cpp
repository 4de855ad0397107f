#include "thinning_query.hpp"

#include "timestamps.hpp"

namespace fieldcast::store::postgres {
namespace {

constexpr const char* read_rules = R"(
  SELECT org, team, distance_m::float8, heading_deg::float8, after_s::bigint FROM team_rules WHERE thinned)";

// Where all that comes is newer than what is there, the nearest row decides. The times of all stretches together
// ($5, $6) leave out days before they are looked at.
constexpr const char* read_past = R"(
  SELECT s.nth, s.newest, p.recorded_at, p.latitude, p.longitude, p.speed_mps, p.heading_deg
  FROM (
    SELECT *, (SELECT recorded_at FROM last_known l WHERE l.agent_id = given.agent_id) AS newest
    FROM unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[])
      WITH ORDINALITY AS given(agent_id, since, first, last, nth)
    OFFSET 0
  ) s LEFT JOIN LATERAL (
    SELECT recorded_at, latitude, longitude, speed_mps::float8, heading_deg::float8 FROM positions
    WHERE agent_id = s.agent_id AND recorded_at > s.since AND recorded_at <= s.last
      AND recorded_at > ($5::timestamptz[])[1] AND recorded_at <= ($6::timestamptz[])[1]
    ORDER BY recorded_at DESC LIMIT CASE WHEN s.first > s.newest THEN 1 END
  ) p ON true
  ORDER BY s.nth, p.recorded_at)";

std::optional<float> optional_float(const Rows& rows, int row, int column) {
  return rows.is_null(row, column) ? std::nullopt : std::optional(static_cast<float>(rows.real(row, column)));
}

Timestamp time(const Rows& rows, int row, int column) { return from_postgres(rows.integer(row, column)); }

void add_row(const Rows& rows, int row, std::vector<Past>& pasts) {
  Past& past = pasts.at(static_cast<std::size_t>(rows.integer(row, 0)) - 1);
  if (!rows.is_null(row, 1)) past.newest = time(rows, row, 1);
  if (rows.is_null(row, 2)) return;
  past.stored.push_back(waypoint(time(rows, row, 2), {rows.real(row, 3), rows.real(row, 4)},
                                 static_cast<float>(rows.real(row, 5)), static_cast<float>(rows.real(row, 6))));
}

std::string_view one(BinaryArray& array, Timestamp time) {
  array.clear();
  array.add(to_postgres(time));
  return array.parameter();
}

}  // namespace

Result<void> ThinningQuery::prepare(Session& session) {
  if (auto prepared = session.prepare("read_thinning_rules", read_rules); !prepared) return prepared;
  return session.prepare("read_past", read_past);
}

Result<std::vector<ThinningRules::Rule>> ThinningQuery::rules(Session& session) {
  const auto rows = session.run_prepared("read_thinning_rules", {});
  if (!rows) return rows.error();
  std::vector<ThinningRules::Rule> rules;
  for (int row = 0; row < rows->count(); ++row) {
    Thinning thinning{optional_float(*rows, row, 2), optional_float(*rows, row, 3), std::nullopt};
    if (!rows->is_null(row, 4)) thinning.after = seconds{rows->integer(row, 4)};
    rules.push_back({OrgId(rows->bytes(row, 0)), TeamId(rows->bytes(row, 1)), thinning});
  }
  return rules;
}

void ThinningQuery::build_columns(const std::vector<Stretch>& stretches) {
  for (BinaryArray* column : {&agent_ids_, &since_, &first_, &last_}) column->clear();
  for (const Stretch& stretch : stretches) {
    agent_ids_.add(stretch.agent_id);
    since_.add(to_postgres(stretch.since));
    first_.add(to_postgres(stretch.first));
    last_.add(to_postgres(stretch.last));
  }
}

Result<std::vector<Past>> ThinningQuery::past_of(const std::vector<Stretch>& stretches, Session& session) {
  build_columns(stretches);
  Timestamp since = Timestamp::max(), last = Timestamp::min();
  for (const Stretch& stretch : stretches) {
    since = std::min(since, stretch.since);
    last = std::max(last, stretch.last);
  }
  BinaryArray earliest{Element::timestamptz}, latest{Element::timestamptz};
  const std::string_view parameters[] = {agent_ids_.parameter(), since_.parameter(),   first_.parameter(),
                                         last_.parameter(),      one(earliest, since), one(latest, last)};
  const auto rows = session.run_prepared("read_past", parameters);
  if (!rows) return rows.error();
  std::vector<Past> pasts(stretches.size());
  for (int row = 0; row < rows->count(); ++row) add_row(*rows, row, pasts);
  return pasts;
}

}  // namespace fieldcast::store::postgres
