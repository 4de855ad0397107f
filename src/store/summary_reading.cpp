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
using summary::TrackPoint;
using Figures = std::map<Timestamp, Summary>;

std::span<const TrackPoint> between(const std::vector<TrackPoint>& points, Timestamp from, Timestamp to) {
  const auto first = std::ranges::lower_bound(points, from, {}, &TrackPoint::recorded_at);
  return {first, std::ranges::lower_bound(first, points.end(), to, {}, &TrackPoint::recorded_at)};
}

/// Hours that follow each other are read at once.
Result<Figures> compute(SummaryTables& tables, std::int64_t agent_id, const std::vector<Timestamp>& due) {
  Figures figures;
  for (auto hour = due.begin(); hour != due.end();) {
    const auto end = std::adjacent_find(hour, due.end(), [](Timestamp a, Timestamp b) { return b > a + hours{1}; });
    const Timestamp last = end == due.end() ? due.back() : *end;
    const auto points = tables.points({agent_id, *hour - summary::lead_in, last + hours{1}});
    if (!points) return points.error();
    for (; hour != due.end() && *hour <= last; ++hour)
      figures.emplace(*hour, summary::of_hour(*hour, between(*points, *hour - summary::lead_in, *hour + hours{1})));
  }
  return figures;
}

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
  const auto renewed = compute(tables, all.agent_id, *due);
  if (!renewed) return renewed.error();
  auto figures = read_buckets(tables, query.bucket, all);
  if (!figures) return figures.error();
  if (query.bucket == Bucket::hour) {
    for (const auto& [hour, computed] : *renewed) put_better(*figures, hour, computed);
  } else if (auto done = renew_days(tables, all.agent_id, *renewed, *figures); !done) {
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
