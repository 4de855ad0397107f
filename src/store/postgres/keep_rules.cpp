#include "keep_rules.hpp"

#include <charconv>

namespace fieldcast::store::postgres {
namespace {

/// Absent is the empty text, which the statements take for NULL.
template <class Number>
std::string as_number(const std::optional<Number>& value) {
  if (!value) return {};
  char text[64];
  return std::string(text, std::to_chars(std::begin(text), std::end(text), *value).ptr);
}
template <class Duration>
std::string as_count(const std::optional<Duration>& time) {
  return time ? std::to_string(time->count()) : std::string();
}

template <class Duration>
std::optional<Duration> read_count(const pqxx::field& field) {
  if (field.is_null()) return std::nullopt;
  return Duration{field.as<std::int64_t>()};
}
std::optional<float> read_float(const pqxx::field& field) {
  if (field.is_null()) return std::nullopt;
  float value = 0;
  std::from_chars(field.c_str(), field.c_str() + field.size(), value);
  return value;
}

constexpr const char* write_rule =
    "INSERT INTO team_rules VALUES ($1, $2, nullif($3, '')::bigint, nullif($4, '')::bigint, nullif($5, '')::bigint, "
    "nullif($6, '')::bigint, $7::boolean, nullif($8, '')::real, nullif($9, '')::real, nullif($10, '')::bigint) "
    "ON CONFLICT (org, team) DO UPDATE SET (positions_days, last_known_days, quarantine_days, summaries_days, thinned, "
    "distance_m, heading_deg, after_s) = (excluded.positions_days, excluded.last_known_days, "
    "excluded.quarantine_days, excluded.summaries_days, excluded.thinned, excluded.distance_m, "
    "excluded.heading_deg, excluded.after_s)";

bool says_nothing(const TeamRule& rule) {
  return !rule.positions && !rule.last_known && !rule.quarantine && !rule.summaries && !rule.thinning;
}

}  // namespace

Result<std::vector<TeamRule>> rules(KeepConnection& connection) {
  const auto rows = connection.ask(
      "SELECT org, team, positions_days, last_known_days, quarantine_days, summaries_days, thinned, distance_m, "
      "heading_deg, after_s FROM team_rules ORDER BY org, team");
  if (!rows) return rows.error();
  std::vector<TeamRule> rules;
  for (const pqxx::row& row : *rows) {
    TeamRule rule{OrgId(row[0].c_str()),
                  TeamId(row[1].c_str()),
                  read_count<days>(row[2]),
                  read_count<days>(row[3]),
                  read_count<days>(row[4]),
                  read_count<days>(row[5]),
                  std::nullopt};
    if (row[6].as<bool>())
      rule.thinning = Thinning{read_float(row[7]), read_float(row[8]), read_count<seconds>(row[9])};
    rules.push_back(std::move(rule));
  }
  return rules;
}

Result<void> set_rule(KeepConnection& connection, const TeamRule& rule) {
  const Thinning thinning = rule.thinning.value_or(Thinning{});
  auto written =
      says_nothing(rule)
          ? connection.ask("DELETE FROM team_rules WHERE org = $1 AND team = $2", rule.org.str(), rule.team.str())
          : connection.ask(write_rule, rule.org.str(), rule.team.str(), as_count(rule.positions),
                           as_count(rule.last_known), as_count(rule.quarantine), as_count(rule.summaries),
                           std::string(rule.thinning ? "true" : "false"), as_number(thinning.distance_m),
                           as_number(thinning.heading_deg), as_count(thinning.after));
  if (!written) return written.error();
  return {};
}

Result<StoredDay> stored_day(KeepConnection& connection, Day day) {
  const auto rows = connection.ask(
      "SELECT rows, bytes, closed, held_until - date '1970-01-01' FROM fieldcast_kept_day($1::date)", as_date(day));
  if (!rows) return rows.error();
  const pqxx::row& row = (*rows)[0];
  StoredDay stored{day, row[0].as<std::uint64_t>(0), row[1].as<std::uint64_t>(0), row[2].as<bool>(false), std::nullopt};
  if (!row[3].is_null()) stored.held_until = Day{days{row[3].as<int>()}};
  return stored;
}

Result<std::vector<StoredDay>> stored_days(KeepConnection& connection) {
  const auto rows = connection.ask("SELECT day - date '1970-01-01' FROM fieldcast_days() AS day ORDER BY day");
  if (!rows) return rows.error();
  std::vector<StoredDay> stored;
  for (const pqxx::row& row : *rows) {
    auto one = stored_day(connection, Day{days{row[0].as<int>()}});
    if (!one) return one.error();
    if (one->rows > 0) stored.push_back(*one);
  }
  return stored;
}

Result<void> hold_day(KeepConnection& connection, Day day, Day until) {
  auto held = connection.ask(
      "INSERT INTO history_days (day, held_until) VALUES ($1::date, $2::date) ON CONFLICT (day) "
      "DO UPDATE SET held_until = excluded.held_until",
      as_date(day), as_date(until));
  if (!held) return held.error();
  return {};
}

}  // namespace fieldcast::store::postgres
