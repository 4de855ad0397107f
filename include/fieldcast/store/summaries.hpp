// What positions come to by hour and by day: how these figures are kept right, and how they are asked for.
//
//   commit ─▶ positions and marks (agent, hour), in one transaction
//   Summariser ── hours that are over ─▶ reads positions, writes hours and days, removes the marks it has seen
//   Reader ─▶ hours and days; of one agent also what is marked, from its positions
//
// A mark says that positions of that hour came which the figures do not hold. What comes for the hour that runs is
// marked once; what comes late marks its hour and the one after it, for that begins where it ends
// (summary/summary.hpp).
#pragma once

#include "fieldcast/base/result.hpp"
#include "fieldcast/domain/ids.hpp"
#include "fieldcast/summary/summary.hpp"

#include <vector>

namespace fieldcast::store {

using summary::Summary;

enum class Bucket : std::uint8_t { hour, day };

/// In which bucket (UTC) a time lies: when that begins, and how long it is.
Timestamp begin_of(Bucket bucket, Timestamp time);
milliseconds length_of(Bucket bucket);

struct SummaryBucket {
  Timestamp begin;
  Summary figures;
};

/// `from` and `to` (exclusive) are beginnings of buckets. Buckets without a fix are left out.
struct SummaryQuery {
  AgentKey agent;
  Bucket bucket = Bucket::hour;
  Timestamp from, to;
};
struct AgentSummaries {
  std::vector<SummaryBucket> buckets;  // oldest first
  Timestamp complete_until;            // before this the figures hold every position that was committed
};

/// Of the agents that are in the team now, whatever team they were in then.
struct TeamSummaryQuery {
  TeamKey team;
  Bucket bucket = Bucket::hour;
  Timestamp from, to;
};
struct TeamSummaries {
  struct Agent {
    AgentId agent;
    std::string name;
    Summary figures;  // over the whole time
  };
  std::vector<SummaryBucket> buckets;  // the sums of all agents; speed_max_mps is the greatest
  std::vector<Agent> agents;           // by id; those with fixes
  Timestamp complete_until;
};

/// Works off the marks. Used by one thread; several processes may do so at once.
/// Errors: store_unavailable. What was cut off is done again.
/// Limits: commits never wait for it longer than for one of their own kind.
class Summariser {
 public:
  /// An hour is worked on when it has been over for so long: what its last fixes need to arrive.
  static constexpr std::chrono::minutes arrival_max{5};

  virtual ~Summariser() = default;
  /// At most so many hours of agents. Returns how many there were: fewer than asked for when nothing is left to do.
  virtual Result<std::size_t> work(Timestamp now, std::size_t hours_max) = 0;
};

}  // namespace fieldcast::store
