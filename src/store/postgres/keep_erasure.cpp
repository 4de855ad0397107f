#include "keep_erasure.hpp"

#include "fieldcast/store/registry.hpp"

namespace fieldcast::store::postgres {
namespace {

constexpr int rows_at_once = 5'000;
constexpr int agents_at_once = 100;

Result<std::vector<Day>> days_there(KeepConnection& connection) {
  const auto rows = connection.ask("SELECT day - date '1970-01-01' FROM fieldcast_days() AS day ORDER BY day");
  if (!rows) return rows.error();
  std::vector<Day> days;
  for (const pqxx::row& row : *rows) days.emplace_back(std::chrono::days{row[0].as<int>()});
  return days;
}

/// Sum over all days. A statement for each: one for all would hold locks on all.
template <class OfDay>
Result<std::uint64_t> over_days(KeepConnection& connection, const OfDay& of_day) {
  const auto days = days_there(connection);
  if (!days) return days.error();
  std::uint64_t total = 0;
  for (const Day day : *days) {
    if (connection.pace().interrupted()) return Pace::error();
    Result<std::uint64_t> done = of_day(day);
    if (!done) return done;
    total += *done;
  }
  return total;
}

Result<std::uint64_t> remove_in_slices(KeepConnection& connection, Day day, const std::string& numbers) {
  for (std::uint64_t total = 0;;) {
    const SteadyTime start = std::chrono::steady_clock::now();
    auto removed = connection.count("SELECT fieldcast_remove_of_day($1::date, $2::bigint[], $3::int)", as_date(day),
                                    numbers, rows_at_once);
    if (!removed) return removed;
    total += *removed;
    if (*removed < rows_at_once) return total;
    if (!connection.pace().rest(std::chrono::steady_clock::now() - start)) return Pace::error();
  }
}

/// What lies under numbers. Records set aside have none.
Result<std::uint64_t> remove_under(KeepConnection& connection, const std::string& numbers) {
  auto total = over_days(connection, [&](Day day) { return remove_in_slices(connection, day, numbers); });
  if (!total) return total;
  for (const char* table : {"last_known", "summaries_due", "hours", "days_of_agents"}) {
    const std::string sql = std::string("DELETE FROM ") + table + " WHERE agent_id = ANY ($1::bigint[])";
    auto removed = connection.change(sql.c_str(), numbers);
    if (!removed) return removed;
    if (table != std::string_view("summaries_due")) *total += *removed;
  }
  auto hours = connection.count("SELECT fieldcast_remove_hours($1::bigint[])", numbers);
  if (!hours) return hours;
  return *total + *hours;
}

/// Into `traces`, but for records set aside.
Result<void> count_under(KeepConnection& connection, std::int64_t number, Traces& traces) {
  auto positions = over_days(connection, [&](Day day) {
    return connection.count(
        "SELECT count(*) FROM positions WHERE agent_id = $1::bigint AND recorded_at >= $2::timestamptz AND "
        "recorded_at < $3::timestamptz",
        number, as_text(day), as_text(day + std::chrono::days{1}));
  });
  if (!positions) return positions.error();
  auto last_known = connection.count("SELECT count(*) FROM last_known WHERE agent_id = $1::bigint", number);
  if (!last_known) return last_known.error();
  auto summaries = connection.count(
      "SELECT (SELECT count(*) FROM hours WHERE agent_id = $1::bigint) + "
      "(SELECT count(*) FROM days_of_agents WHERE agent_id = $1::bigint) + fieldcast_count_hours($1::bigint)",
      number);
  if (!summaries) return summaries.error();
  const auto archived = connection.ask(
      "SELECT day - date '1970-01-01' FROM archived_agents WHERE agent_id = $1::bigint ORDER BY day", number);
  if (!archived) return archived.error();
  for (const pqxx::row& row : *archived) traces.archived.emplace_back(std::chrono::days{row[0].as<int>()});
  traces.positions = *positions;
  traces.last_known = *last_known;
  traces.summaries = *summaries;
  return {};
}

constexpr std::int64_t not_registered = 0;

Result<std::int64_t> number_of(KeepConnection& connection, const AgentKey& agent) {
  return connection.number("SELECT id FROM agents WHERE org = $1 AND agent = $2", agent.org.str(), agent.agent.str());
}

Result<Traces> traces_under(KeepConnection& connection, const AgentKey& agent, std::int64_t number) {
  Traces traces;
  auto registered = number_of(connection, agent);
  if (!registered) return registered.error();
  traces.registered = *registered != not_registered;
  auto aside = connection.count("SELECT count(*) FROM quarantine WHERE org = $1 AND agent = $2", agent.org.str(),
                                agent.agent.str());
  if (!aside) return aside.error();
  traces.quarantined = *aside;
  if (number == not_registered) return traces;
  if (auto counted = count_under(connection, number, traces); !counted) return counted.error();
  return traces;
}

/// In one statement: a number that is nobody's is noted as erased, and servers that run are told. Of one who has no
/// number they were told just now, perhaps: who has reported since would be forgotten once more.
constexpr const char* take_number =
    "WITH told AS (INSERT INTO erasures (who, erased_at) SELECT $2, now() WHERE $1::bigint <> 0 OR NOT EXISTS "
    "(SELECT FROM erasures WHERE who = $2 AND erased_at > now() - interval '1 minute')), gone AS (DELETE FROM agents a "
    "WHERE id = "
    "$1::bigint AND NOT EXISTS "
    "(SELECT FROM archived_agents x WHERE x.agent_id = a.id) RETURNING id) "
    "INSERT INTO erased_agents SELECT id, now() FROM gone ON CONFLICT DO NOTHING";

constexpr const char* remove_quarantined_of =
    "DELETE FROM quarantine WHERE id IN (SELECT id FROM quarantine WHERE org = $1 AND agent = $2 ORDER BY id "
    "LIMIT $3::int)";

Result<void> remove_quarantined_records(KeepConnection& connection, const AgentKey& agent) {
  for (;;) {
    auto removed = connection.change(remove_quarantined_of, agent.org.str(), agent.agent.str(), rows_at_once);
    if (!removed) return removed.error();
    if (*removed < rows_at_once) return {};
    if (connection.pace().interrupted()) return Pace::error();
  }
}

}  // namespace

Result<Traces> traces_of(KeepConnection& connection, const AgentKey& agent) {
  auto number = number_of(connection, agent);
  if (!number) return number.error();
  return traces_under(connection, agent, *number);
}

Result<Traces> erase(KeepConnection& connection, const AgentKey& agent) {
  auto number = number_of(connection, agent);
  if (!number) return number.error();
  if (auto removed = remove_quarantined_records(connection, agent); !removed) return removed.error();
  if (auto taken = connection.ask(take_number, *number, digest_of(agent)); !taken) return taken.error();
  if (*number != not_registered) {
    if (auto removed = remove_under(connection, as_array({&*number, 1})); !removed) return removed.error();
  } else if (auto swept = sweep(connection); !swept) {  // perhaps it was cut off before
    return swept.error();
  }
  return traces_under(connection, agent, *number);
}

Result<std::uint64_t> sweep(KeepConnection& connection) {
  std::uint64_t total = 0;
  for (std::int64_t after = 0;;) {
    const auto page =
        connection.ask("SELECT agent_id FROM erased_agents WHERE agent_id > $1::bigint ORDER BY agent_id LIMIT $2::int",
                       after, agents_at_once);
    if (!page) return page.error();
    if (page->empty()) break;
    std::vector<std::int64_t> numbers;
    for (const pqxx::row& row : *page) numbers.push_back(after = row[0].as<std::int64_t>());
    auto removed = remove_under(connection, as_array(numbers));
    if (!removed) return removed;
    total += *removed;
  }
  auto told = connection.ask("DELETE FROM erasures WHERE erased_at < now() - interval '1 hour' * $1::int",
                             static_cast<int>(erasures_kept.count()));
  if (!told) return told.error();
  // Nobody writes under a number for longer than this.
  auto forgotten = connection.ask("DELETE FROM erased_agents WHERE erased_at < now() - interval '7 days'");
  if (!forgotten) return forgotten.error();
  return total;
}

}  // namespace fieldcast::store::postgres
