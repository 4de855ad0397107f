// Commits groups of requests, and says of each request what became of it.
//
// Threads: one.
#pragma once

#include "fieldcast/store/store.hpp"

#include <optional>

namespace fieldcast::store {

class GroupWriter {
 public:
  GroupWriter(Engine& engine, std::unique_ptr<Writer> writer, const Observer& observer, milliseconds halving_max)
      : engine_(engine), writer_(std::move(writer)), observer_(observer), halving_max_(halving_max) {}

  struct Outcome {
    std::vector<WriteResult> results;  // results[i] belongs to group[i]
    std::optional<Error> failure;      // the engine failed; absent when only a request was at fault
    std::optional<Error> last_error;   // of any kind
  };
  /// One transaction. When the engine refuses the data, the group is halved until the request at fault is
  /// alone, for `halving_max` from the first refusal on: each step may wait for a lock. When that is over, or the
  /// engine itself fails, nothing more of the group is tried and the writer is opened anew for the next.
  Outcome commit(std::span<const WriteRequest> group);
  /// A commit of nothing: whether the engine takes writes again.
  bool works();

 private:
  void commit_part(std::span<const WriteRequest> requests, std::span<WriteResult> results, Outcome& outcome);
  /// A connection may have been lost long before it is used, and nobody is to wait for that: a fresh one is tried,
  /// once.
  Result<void> try_once(std::span<const WriteRequest> requests, std::span<WriteResult> results);
  Result<void> commit_once(std::span<const WriteRequest> requests, std::span<WriteResult> results);

  static constexpr milliseconds lost_within{1'000};  // what fails later has made others wait enough

  Engine& engine_;
  std::unique_ptr<Writer> writer_;  // null after the engine failed
  const Observer& observer_;
  const milliseconds halving_max_;
  std::optional<SteadyTime> halving_ends_;  // absent while nothing of the group was refused
};

/// A result for each request: not committed.
std::vector<WriteResult> refusals_of(std::span<const WriteRequest> requests);

}  // namespace fieldcast::store
