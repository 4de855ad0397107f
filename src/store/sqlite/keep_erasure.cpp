#include "keep_erasure.hpp"

#include "fieldcast/store/registry.hpp"
#include "keep_rows.hpp"

namespace fieldcast::store::sqlite {
namespace {

constexpr std::int64_t rows_at_once = 500;

/// What lies under a number. Records set aside have none.
Result<std::uint64_t> remove_under(KeepConnection& connection, std::int64_t number) {
  auto total = remove_of_agent(connection, number);
  if (!total) return total;
  auto due = connection.change("DELETE FROM summaries_due WHERE agent_id = ?1", number);
  if (!due) return due;
  for (const char* sql : {"DELETE FROM last_known WHERE agent_id = ?1", "DELETE FROM hours WHERE agent_id = ?1",
                          "DELETE FROM days_of_agents WHERE agent_id = ?1"}) {
    auto removed = connection.change(sql, number);
    if (!removed) return removed;
    *total += *removed;
  }
  return total;
}

Result<std::optional<std::int64_t>> number_of(KeepConnection& connection, const AgentKey& agent) {
  return connection.number("SELECT id FROM agents WHERE org = ?1 AND agent = ?2", agent.org.str(), agent.agent.str());
}

Result<Traces> traces_under(KeepConnection& connection, const AgentKey& agent, std::optional<std::int64_t> number) {
  Traces traces;
  auto registered = number_of(connection, agent);
  if (!registered) return registered.error();
  traces.registered = registered->has_value();
  auto counted = connection.each(
      "SELECT (SELECT count(*) FROM quarantine WHERE org = ?1 AND agent = ?2), "
      "(SELECT count(*) FROM positions WHERE agent_id = ?3), (SELECT count(*) FROM last_known WHERE agent_id = ?3), "
      "(SELECT count(*) FROM hours WHERE agent_id = ?3) + (SELECT count(*) FROM days_of_agents WHERE agent_id = ?3)",
      [&](const Statement& row) {
        const auto count = [&](int column) { return static_cast<std::uint64_t>(row.integer(column)); };
        traces.quarantined = count(0);
        traces.positions = count(1);
        traces.last_known = count(2);
        traces.summaries = count(3);
      },
      agent.org.str(), agent.agent.str(), number);
  if (!counted) return counted.error();
  auto archived = connection.each(
      "SELECT day FROM archived_agents WHERE agent_id = ?1 ORDER BY day",
      [&](const Statement& row) { traces.archived.push_back(to_day(row.integer(0))); }, number);
  if (!archived) return archived.error();
  return traces;
}

/// In one transaction: a number that is nobody's is noted as erased, and servers that run are told.
Result<std::uint64_t> take_number(KeepConnection& connection, const AgentKey& agent,
                                  std::optional<std::int64_t> number) {
  return connection.transact([&]() -> Result<std::uint64_t> {
    // Of one who has no number they were told just now, perhaps: who has reported since would be forgotten once more.
    const Timestamp now = read_clock().wall;
    auto told = connection.change(
        "INSERT INTO erasures (who, erased_at) SELECT ?1, ?2 WHERE ?3 IS NOT NULL OR NOT EXISTS "
        "(SELECT 1 FROM erasures WHERE who = ?1 AND erased_at > ?4)",
        digest_of(agent), to_unix_ms(now), number, to_unix_ms(now - std::chrono::minutes{1}));
    if (!told) return told;
    auto gone = connection.change(
        "DELETE FROM agents WHERE id = ?1 AND id NOT IN (SELECT agent_id FROM archived_agents WHERE agent_id = ?1)",
        number);
    if (!gone || *gone == 0) return gone;
    return connection.change("INSERT OR IGNORE INTO erased_agents VALUES (?1, ?2)", number,
                             to_unix_ms(read_clock().wall));
  });
}

Result<std::uint64_t> remove_quarantined_records(KeepConnection& connection, const AgentKey& agent) {
  return connection.in_slices([&]() -> Result<std::optional<std::uint64_t>> {
    auto removed = connection.change(
        "DELETE FROM quarantine WHERE id IN (SELECT id FROM quarantine WHERE org = ?1 AND agent = ?2 LIMIT ?3)",
        agent.org.str(), agent.agent.str(), rows_at_once);
    if (!removed) return removed.error();
    if (*removed == 0) return std::optional<std::uint64_t>();
    auto noted =
        connection.change("UPDATE totals SET quarantined = quarantined - ?1", static_cast<std::int64_t>(*removed));
    if (!noted) return noted.error();
    return std::optional(*removed);
  });
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
  if (auto taken = take_number(connection, agent, *number); !taken) return taken.error();
  if (*number) {
    if (auto removed = remove_under(connection, **number); !removed) return removed.error();
  } else if (auto swept = sweep(connection); !swept) {  // perhaps it was cut off before
    return swept.error();
  }
  return traces_under(connection, agent, *number);
}

Result<std::uint64_t> sweep(KeepConnection& connection) {
  std::vector<std::int64_t> numbers;
  auto read = connection.each("SELECT agent_id FROM erased_agents",
                              [&](const Statement& row) { numbers.push_back(row.integer(0)); });
  if (!read) return read.error();
  auto told =
      connection.change("DELETE FROM erasures WHERE erased_at < ?1", to_unix_ms(read_clock().wall - erasures_kept));
  if (!told) return told;
  std::uint64_t total = 0;
  for (const std::int64_t number : numbers) {
    auto removed = remove_under(connection, number);
    if (!removed) return removed;
    total += *removed;
  }
  return total;
}

}  // namespace fieldcast::store::sqlite
