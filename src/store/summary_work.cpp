// Works off the marks: positions become hours, hours become days, and only then the marks go.
//
// Every step can be done again, and by two at once: of two results that which rests on more rows stays, so an older
// one never takes the place of a newer one.
#include "fieldcast/store/summary_tables.hpp"

#include <algorithm>
#include <set>

namespace fieldcast::store {
namespace {

using std::chrono::days;
using std::chrono::hours;
using Row = SummaryTables::Row;

constexpr std::size_t hours_at_once = 200;  // a transaction of some milliseconds

struct AgentDay {
  std::int64_t agent_id;
  Timestamp day;
  friend auto operator<=>(const AgentDay&, const AgentDay&) = default;
};

Result<void> put_hours(SummaryTables& tables, std::span<const SummaryTables::Due> due) {
  std::vector<Row> rows;
  for (auto first = due.begin(); first != due.end();) {
    const std::int64_t agent_id = first->agent_id;
    std::vector<Timestamp> wanted;
    for (; first != due.end() && first->agent_id == agent_id; ++first) wanted.push_back(first->hour);
    const auto computed = compute_hours(tables, agent_id, wanted);
    if (!computed) return computed.error();
    for (const SummaryBucket& hour : *computed)
      if (hour.figures.fixes > 0) rows.push_back({agent_id, hour});
  }
  return rows.empty() ? Result<void>{} : tables.put(Bucket::hour, rows);
}

Result<void> put_days(SummaryTables& tables, std::span<const SummaryTables::Due> due) {
  std::set<AgentDay> agent_days;
  for (const auto& [agent_id, hour, marks] : due) agent_days.insert({agent_id, begin_of(Bucket::day, hour)});
  std::vector<Row> rows;
  for (const auto& [agent_id, day] : agent_days) {
    const auto of_day = tables.buckets(Bucket::hour, {agent_id, day, day + days{1}});
    if (!of_day) return of_day.error();
    Summary sum;
    for (const SummaryBucket& hour : *of_day) add(sum, hour.figures);
    if (sum.fixes > 0) rows.push_back({agent_id, {day, sum}});
  }
  return rows.empty() ? Result<void>{} : tables.put(Bucket::day, rows);
}

}  // namespace

Timestamp begin_of(Bucket bucket, Timestamp time) {
  return bucket == Bucket::hour ? Timestamp(std::chrono::floor<hours>(time)) : std::chrono::floor<days>(time);
}

milliseconds length_of(Bucket bucket) { return bucket == Bucket::hour ? milliseconds(hours{1}) : days{1}; }

Result<std::size_t> work_off(SummaryTables& tables, Timestamp now, std::size_t hours_max) {
  const Timestamp last = begin_of(Bucket::hour, now - Summariser::arrival_max) - hours{1};
  std::size_t done = 0;
  while (done < hours_max) {
    const auto due = tables.due_until(last, std::min(hours_at_once, hours_max - done));
    if (!due) return due.error();
    if (due->empty()) {
      const auto marked = tables.mark_more(now);
      if (!marked) return marked.error();
      if (!*marked) break;
      continue;
    }
    if (auto put = put_hours(tables, *due); !put) return put.error();
    if (auto put = put_days(tables, *due); !put) return put.error();
    if (auto removed = tables.remove(*due); !removed) return removed.error();
    done += due->size();
  }
  return done;
}

}  // namespace fieldcast::store
