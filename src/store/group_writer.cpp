#include "group_writer.hpp"

namespace fieldcast::store {
namespace {

std::size_t fixes_in(std::span<const WriteRequest> requests) {
  std::size_t fixes = 0;
  for (const WriteRequest& request : requests) fixes += request.positions.size() + request.quarantined.size();
  return fixes;
}

}  // namespace

std::vector<WriteResult> refusals_of(std::span<const WriteRequest> requests) {
  std::vector<WriteResult> results;
  results.reserve(requests.size());
  for (const WriteRequest& request : requests)
    results.push_back({.shard = request.shard, .client = request.client, .request = request.request});
  return results;
}

GroupWriter::Outcome GroupWriter::commit(std::span<const WriteRequest> group) {
  Outcome outcome{refusals_of(group), std::nullopt, std::nullopt};
  halving_ends_.reset();
  commit_part(group, outcome.results, outcome);
  return outcome;
}

bool GroupWriter::works() {
  const bool committed = try_once({}, {}).has_value();
  if (!committed) writer_.reset();
  return committed;
}

void GroupWriter::commit_part(std::span<const WriteRequest> requests, std::span<WriteResult> results,
                              Outcome& outcome) {
  if (requests.empty() || outcome.failure) return;
  auto committed = try_once(requests, results);
  for (WriteResult& result : results) {
    result.committed = committed.has_value();
    if (!committed) result.accepted = result.duplicates = result.thinned = 0;
  }
  if (committed) return;
  outcome.last_error = committed.error();
  if (observer_.failed) observer_.failed(committed.error());
  const SteadyTime now = std::chrono::steady_clock::now();
  if (committed.error().code != "record_unusable" || (halving_ends_ && now >= *halving_ends_)) {
    outcome.failure = committed.error();
    writer_.reset();
    return;
  }
  if (!halving_ends_) halving_ends_ = now + halving_max_;
  if (requests.size() == 1) return;
  const std::size_t half = requests.size() / 2;
  commit_part(requests.first(half), results.first(half), outcome);
  commit_part(requests.subspan(half), results.subspan(half), outcome);
}

Result<void> GroupWriter::try_once(std::span<const WriteRequest> requests, std::span<WriteResult> results) {
  const bool was_open = writer_ != nullptr;
  const auto started = std::chrono::steady_clock::now();
  auto committed = commit_once(requests, results);
  const bool at_once = std::chrono::steady_clock::now() - started < lost_within;
  if (!committed && committed.error().code == "store_unavailable" && was_open && at_once && writer_->lost()) {
    writer_.reset();
    committed = commit_once(requests, results);
  }
  if (committed && !requests.empty() && observer_.committed)
    observer_.committed(fixes_in(requests), requests.size(), std::chrono::steady_clock::now() - started);
  return committed;
}

Result<void> GroupWriter::commit_once(std::span<const WriteRequest> requests, std::span<WriteResult> results) {
  if (writer_ == nullptr) {
    auto opened = engine_.open_writer();
    if (!opened) return opened.error();
    writer_ = std::move(*opened);
  }
  return writer_->commit(requests, results);
}

}  // namespace fieldcast::store
