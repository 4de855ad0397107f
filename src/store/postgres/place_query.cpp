#include "place_query.hpp"

#include "fieldcast/base/rfc3339.hpp"
#include "place_texts.hpp"
#include "position_columns.hpp"
#include "timestamps.hpp"

#include <algorithm>

namespace fieldcast::store::postgres {
namespace {

/// $1 organisation, $2 teams or NULL, $3 agent or NULL. Of `agents a`.
constexpr const char* of_scope =
    "a.org = $1 AND ($2::text[] IS NULL OR a.team = ANY ($2::text[])) AND ($3::text IS NULL OR a.agent = $3::text) ";

/// $4 from, $5 to, $6 the id to go on behind or NULL, $7 limit, $8 area, $9 stay_gap_max in seconds.
/// First what lies in the area's box: cheap with and without a spatial index. The costly test is kept apart, or the
/// planner reads the whole key of a day to have fewer of them.
std::string inside_within(const char* box) {
  return "WITH near AS MATERIALIZED ("
         "  SELECT p.agent_id, p.recorded_at, p.longitude, p.latitude FROM positions p"
         "  JOIN agents a ON a.id = p.agent_id WHERE " +
         std::string(of_scope) +
         " AND ($6::text IS NULL OR a.agent > $6::text COLLATE \"C\")"
         "  AND p.recorded_at >= $4::timestamptz AND p.recorded_at < $5::timestamptz AND " +
         box +
         "), inside AS MATERIALIZED ("
         "  SELECT agent_id, recorded_at FROM near WHERE ST_Intersects($8::geometry, ST_Point(longitude, latitude))"
         ")";
}

constexpr const char* visits_of_joined =
    ", visits AS ("
    "  SELECT agent_id, min(recorded_at) AS first_at, max(recorded_at) AS last_at, count(*) AS fixes,"
    "  count(stayed) AS continued, coalesce(sum(stayed), interval '0') AS inside FROM joined GROUP BY agent_id"
    ") SELECT a.org, a.team, a.agent, a.name, (extract(epoch FROM first_at) * 1000)::bigint,"
    "  (extract(epoch FROM last_at) * 1000)::bigint, (extract(epoch FROM inside) * 1000)::bigint, fixes,"
    "  fixes - continued FROM visits v JOIN agents a ON a.id = v.agent_id ORDER BY a.agent LIMIT $7";

/// What lies between two fixes inside is asked of the key.
const std::string visits_sql =
    inside_within("ST_Point(p.longitude, p.latitude) && $8::geometry") +
    ", steps AS ("
    "  SELECT agent_id, recorded_at, lag(recorded_at) OVER (PARTITION BY agent_id ORDER BY recorded_at) AS before"
    "  FROM inside"
    "), joined AS MATERIALIZED ("
    "  SELECT agent_id, recorded_at, CASE WHEN recorded_at - before <= $9 * interval '1 s' AND NOT EXISTS ("
    "    SELECT FROM positions p WHERE p.agent_id = s.agent_id AND p.recorded_at > s.before"
    "    AND p.recorded_at < s.recorded_at AND p.recorded_at >= $4::timestamptz AND p.recorded_at < $5::timestamptz"
    "  ) THEN recorded_at - before END AS stayed FROM steps s"
    ")" +
    visits_of_joined;

/// Where days are compressed: a look into one row unpacks a thousand, so that the tracks of those who were inside are
/// read once. $10 to $13 south, north, west, east: of each pack these are known without unpacking it.
const std::string visits_of_packed_sql =
    inside_within("p.latitude BETWEEN $10 AND $11 AND p.longitude BETWEEN $12 AND $13") +
    ", track AS MATERIALIZED ("
    "  SELECT agent_id, recorded_at, row_number() OVER (PARTITION BY agent_id ORDER BY recorded_at) AS nth"
    "  FROM positions WHERE agent_id = ANY (ARRAY(SELECT DISTINCT agent_id FROM inside))"
    "  AND recorded_at >= $4::timestamptz AND recorded_at < $5::timestamptz"
    "), steps AS ("
    "  SELECT agent_id, recorded_at, nth, lag(recorded_at) OVER one AS before, lag(nth) OVER one AS nth_before"
    "  FROM track JOIN inside USING (agent_id, recorded_at) WINDOW one AS (PARTITION BY agent_id ORDER BY recorded_at)"
    "), joined AS ("
    "  SELECT agent_id, recorded_at, CASE WHEN recorded_at - before <= $9 * interval '1 s' AND nth = nth_before + 1"
    "  THEN recorded_at - before END AS stayed FROM steps"
    ")" +
    visits_of_joined;

/// $4 the moment, $5 the oldest time, $6 to $9 west, south, east, north.
const std::string nearby_sql = "SELECT a.org, a.team, a.agent, a.name, " + position_columns("p.") +
                               " FROM agents a CROSS JOIN LATERAL ("
                               "  SELECT * FROM positions WHERE agent_id = a.id AND recorded_at <= $4::timestamptz"
                               "  AND recorded_at >= $5::timestamptz ORDER BY recorded_at DESC LIMIT 1) p"
                               " WHERE " +
                               std::string(of_scope) +
                               " AND p.latitude BETWEEN $7 AND $9 AND CASE WHEN $6::float8 <= $8::float8 "
                               "THEN p.longitude BETWEEN $6 AND $8 ELSE p.longitude >= $6 OR p.longitude <= $8 END";

struct ScopeTexts {
  explicit ScopeTexts(const AgentScope& scope) {
    if (scope.teams) teams = as_array(*scope.teams);
    if (scope.agent) agent = scope.agent->str();
  }
  std::optional<std::string> teams, agent;
};

const char* or_null(const std::optional<std::string>& text) { return text ? text->c_str() : nullptr; }

std::string as_time(Timestamp time) {
  return format_rfc3339(std::clamp(time, first_time, end_of_times - milliseconds{1}));
}

struct Offered {
  bool packed;  // days are compressed when they are closed
};

/// Errors: not_available.
Result<Offered> offered(pqxx::transaction_base& transaction) {
  const pqxx::row answer =
      transaction.exec1("SELECT fieldcast_places_missing(), way = 'timescale' FROM fieldcast_history_way()");
  if (!answer[0].is_null()) return Error{"not_available", answer[0].c_str()};
  return Offered{answer[1].as<bool>(false)};
}

/// Compiling costs more than it gains here.
void be_quick(pqxx::transaction_base& transaction) { transaction.exec("SET LOCAL jit = off"); }

AgentIdentityPtr read_agent(const pqxx::row& row) {
  return std::make_shared<const AgentIdentity>(
      AgentIdentity{OrgId(row[0].c_str()), TeamId(row[1].c_str()), AgentId(row[2].c_str()), row[3].c_str()});
}

pqxx::result ask_visits(pqxx::transaction_base& transaction, const AreaQuery& query, bool packed) {
  const ScopeTexts scope(query.scope);
  const auto after = query.after ? std::optional<std::string>(query.after->str()) : std::nullopt;
  const auto limit = static_cast<std::int64_t>(std::min<std::size_t>(query.limit, 1'000'000));
  const auto ask = [&](const std::string& sql, const auto&... further) {
    return transaction.exec_params(sql, query.scope.org.str(), or_null(scope.teams), or_null(scope.agent),
                                   as_time(query.from), as_time(query.to), or_null(after), limit,
                                   as_multi_polygon(query.area), static_cast<std::int64_t>(stay_gap_max.count()),
                                   further...);
  };
  if (!packed) return ask(visits_sql);
  const Box box = box_of(query.area);
  return ask(visits_of_packed_sql, as_number(box.south), as_number(box.north), as_number(box.west),
             as_number(box.east));
}

}  // namespace

Result<std::vector<AreaVisit>> read_area_visits(pqxx::connection& connection, const AreaQuery& query) {
  pqxx::read_transaction transaction(connection);
  const auto places = offered(transaction);
  if (!places) return places.error();
  be_quick(transaction);
  const pqxx::result rows = ask_visits(transaction, query, places->packed);
  std::vector<AreaVisit> visits;
  for (const pqxx::row& row : rows) {
    visits.push_back({.agent = read_agent(row),
                      .first_at = from_unix_ms(row[4].as<std::int64_t>()),
                      .last_at = from_unix_ms(row[5].as<std::int64_t>()),
                      .inside = milliseconds{row[6].as<std::int64_t>()},
                      .stays = row[8].as<std::uint64_t>(),
                      .fixes = row[7].as<std::uint64_t>()});
  }
  return visits;
}

Result<std::vector<NearbyAgent>> read_nearby(pqxx::connection& connection, const NearbyQuery& query) {
  pqxx::read_transaction transaction(connection);
  if (const auto places = offered(transaction); !places) return places.error();
  be_quick(transaction);
  const ScopeTexts scope(query.scope);
  const Box box = box_around(query.centre, query.radius_m);
  std::vector<NearbyAgent> near;
  for (const pqxx::row& row :
       transaction.exec_params(nearby_sql, query.scope.org.str(), or_null(scope.teams), or_null(scope.agent),
                               as_time(query.at), as_time(query.at - query.age_max), as_number(box.west),
                               as_number(box.south), as_number(box.east), as_number(box.north))) {
    Position position = read_position(row, 4);
    const double distance = distance_m(query.centre, position.fix.at);
    if (distance <= query.radius_m) near.push_back({read_agent(row), std::move(position), distance});
  }
  const auto nearer = [](const NearbyAgent& a, const NearbyAgent& b) {
    return a.distance_m != b.distance_m ? a.distance_m < b.distance_m : a.agent->agent < b.agent->agent;
  };
  std::sort(near.begin(), near.end(), nearer);
  if (near.size() > query.limit) near.resize(query.limit);
  return near;
}

}  // namespace fieldcast::store::postgres
