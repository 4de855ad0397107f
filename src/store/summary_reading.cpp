// Answers from hours and days, and from positions where these are not up to date.
//
// Marks are read before figures: a mark that is gone was removed after its figures were written.
#include "fieldcast/store/summary_tables.hpp"

#include <algorithm>
#include <map>

namespace fieldcast::store {
namespace {

using std::chrono::days;
using std::chrono::hours;
using Figures = std::map<Timestamp, Summary>;

Result<Figures> read_buckets(SummaryTables& tables, Bucket bucket, const SummaryTables::Stretch& stretch) {
  const auto rows = tables.buckets(bucket, stretch);
  if (!rows) return rows.error();
  Figures figures;
  for (const SummaryBucket& row : *rows) figures.emplace(row.begin, row.figures);
  return figures;
}

/// Positions go before their summaries do: what rests on more is right.
void put_better(Figures& figures, Timestamp begin, const Summary& summary) {
  if (summary.fixes == 0) return;
  Summary& known = figures[begin];
  if (summary.rows_read >= known.rows_read) known = summary;
}

/// Sums the hours of each day with hours that are due.
Result<void> renew_days(SummaryTables& tables, std::int64_t agent_id, const Figures& renewed, Figures& by_day) {
  for (auto i = renewed.begin(); i != renewed.end();) {
    const Timestamp day = begin_of(Bucket::day, i->first);
    auto of_day = read_buckets(tables, Bucket::hour, {agent_id, day, day + days{1}});
    if (!of_day) return of_day.error();
    for (; i != renewed.end() && i->first < day + days{1}; ++i) put_better(*of_day, i->first, i->second);
    Summary sum;
    for (const auto& [hour, figures] : *of_day) add(sum, figures);
    put_better(by_day, day, sum);
  }
  return {};
}

}  // namespace

Result<AgentSummaries> read_summaries(SummaryTables& tables, const SummaryQuery& query) {
  AgentSummaries answer{{}, query.to};
  const auto agent_id = tables.agent_id(query.agent);
  if (!agent_id) return agent_id.error();
  if (!*agent_id) return answer;
  const SummaryTables::Stretch all{**agent_id, query.from, query.to};
  auto due = tables.due(all, due_hours_answered + 1);
  if (!due) return due.error();
  if (due->size() > due_hours_answered) {
    answer.complete_until = begin_of(query.bucket, (*due)[due_hours_answered]);
    due->resize(due_hours_answered);
  }
  const auto computed = compute_hours(tables, all.agent_id, *due);
  if (!computed) return computed.error();
  Figures renewed;
  for (const auto& [hour, summary] : *computed) renewed.emplace(hour, summary);
  auto figures = read_buckets(tables, query.bucket, all);
  if (!figures) return figures.error();
  if (query.bucket == Bucket::hour) {
    for (const auto& [hour, summary] : *computed) put_better(*figures, hour, summary);
  } else if (auto done = renew_days(tables, all.agent_id, renewed, *figures); !done) {
    return done.error();
  }
  for (const auto& [begin, summary] : *figures) answer.buckets.push_back({begin, summary});
  return answer;
}

Result<TeamSummaries> read_summaries(SummaryTables& tables, const TeamSummaryQuery& query) {
  const auto due = tables.first_due(query);
  if (!due) return due.error();
  auto answer = tables.of_team(query);
  if (!answer) return answer;
  answer->complete_until = *due ? begin_of(query.bucket, **due) : query.to;
  return answer;
}

}  // namespace fieldcast::store
