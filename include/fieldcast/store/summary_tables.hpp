// What an engine's tables of summaries must do, and what is done with them: the same for every engine.
#pragma once

#include "fieldcast/store/summaries.hpp"

#include <optional>
#include <span>

namespace fieldcast::store {

class SummaryTables {
 public:
  struct Due {
    std::int64_t agent_id;
    Timestamp hour;
    std::int64_t marks;
  };
  struct Stretch {
    std::int64_t agent_id;
    Timestamp from, to;  // `to` exclusive
  };
  struct Row {
    std::int64_t agent_id;
    SummaryBucket bucket;
  };

  virtual ~SummaryTables() = default;

  virtual Result<std::optional<std::int64_t>> agent_id(const AgentKey& agent) = 0;
  virtual Result<std::vector<summary::TrackPoint>> points(const Stretch& stretch) = 0;
  virtual Result<std::vector<SummaryBucket>> buckets(Bucket bucket, const Stretch& stretch) = 0;

  /// Hours of one agent that the tables may not hold yet, oldest first.
  virtual Result<std::vector<Timestamp>> due(const Stretch& stretch, std::size_t limit) = 0;

  /// Without complete_until.
  virtual Result<TeamSummaries> of_team(const TeamSummaryQuery& query) = 0;
  /// The oldest that the tables may not hold yet.
  virtual Result<std::optional<Timestamp>> first_due(const TeamSummaryQuery& query) = 0;

  /// Of every agent, hours up to and with `last`: by agent, then hour.
  virtual Result<std::vector<Due>> due_until(Timestamp last, std::size_t limit) = 0;
  /// One transaction. What rests on more rows stays.
  virtual Result<void> put(Bucket bucket, std::span<const Row> rows) = 0;
  /// Those that were not made again since.
  virtual Result<void> remove(std::span<const Due> done) = 0;
  /// Marks positions that were written without. True when there were some: they are due now.
  virtual Result<bool> mark_more(Timestamp now) = 0;
};

/// At most so many hours that are due are computed for one answer.
inline constexpr std::size_t due_hours_answered = 48;

/// What the positions of hours come to, in the order given: by time. Those that follow each other are read together.
Result<std::vector<SummaryBucket>> compute_hours(SummaryTables& tables, std::int64_t agent_id,
                                                 std::span<const Timestamp> wanted);

Result<AgentSummaries> read_summaries(SummaryTables& tables, const SummaryQuery& query);
Result<TeamSummaries> read_summaries(SummaryTables& tables, const TeamSummaryQuery& query);
/// As Summariser::work().
Result<std::size_t> work_off(SummaryTables& tables, Timestamp now, std::size_t hours_max);

}  // namespace fieldcast::store
