// Requests that wait for the writer, handed out in groups.
//
// Unlike base/bounded_queue it wakes its one consumer once a group, not once a request.
// Threads: any for push, close, weight; one for take and take_all.
#pragma once

#include "fieldcast/base/clock.hpp"
#include "fieldcast/base/ownership.hpp"
#include "fieldcast/store/engine.hpp"

#include <deque>
#include <optional>

namespace fieldcast::store {

class GroupQueue {
 public:
  explicit GroupQueue(std::size_t weight_max) : weight_max_(weight_max) {}

  /// False when closed or when more than `room` would wait; the request is then untouched. A request
  /// heavier than that is taken when nothing else waits. `room` is at most weight_max.
  bool push(WriteRequest&& request, std::size_t room) FIELDCAST_EXCLUDES(mutex_) {
    const std::size_t weight = request.weight();
    MutexLock lock(mutex_);
    if (closed_ || (weight_ != 0 && weight_ + weight > room)) return false;
    if (weight_ == 0) first_at_ = std::chrono::steady_clock::now();
    const bool was_below = weight_ < wake_at_;
    weight_ += weight;
    requests_.push_back(std::move(request));
    if (was_below && weight_ >= wake_at_) ready_.notify_one();
    return true;
  }

  /// Waits for a first request, then until `flush_after` has passed since it came or `group_weight` wait;
  /// takes about `group_weight`. Nothing when closed and nothing is left; empty when `idle_max` passed without a
  /// request.
  std::optional<std::vector<WriteRequest>> take(milliseconds flush_after, std::size_t group_weight,
                                                std::optional<milliseconds> idle_max = {}) FIELDCAST_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    wake_at_ = 1;
    const auto awaited = [this]() FIELDCAST_REQUIRES(mutex_) { return closed_ || weight_ != 0; };
    if (!idle_max) {
      ready_.wait(mutex_, awaited);
    } else if (!ready_.wait_for(mutex_, *idle_max, awaited)) {
      return std::vector<WriteRequest>{};
    }
    if (weight_ == 0) return std::nullopt;
    wake_at_ = group_weight;
    ready_.wait_until(mutex_, first_at_ + flush_after,
                      [this]() FIELDCAST_REQUIRES(mutex_) { return closed_ || weight_ >= wake_at_; });
    return take_front(group_weight);
  }

  std::vector<WriteRequest> take_all() FIELDCAST_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return take_front(weight_);
  }

  /// Refuses further requests; those that wait can still be taken.
  void close() FIELDCAST_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    closed_ = true;
    ready_.notify_all();
  }

  std::size_t weight() const FIELDCAST_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return weight_;
  }
  std::size_t weight_max() const { return weight_max_; }

 private:
  // What stays behind keeps first_at_: it is at least so old that the next group need not wait.
  std::vector<WriteRequest> take_front(std::size_t group_weight) FIELDCAST_REQUIRES(mutex_) {
    std::vector<WriteRequest> group;
    for (std::size_t taken = 0; taken < group_weight && !requests_.empty(); requests_.pop_front()) {
      taken += requests_.front().weight();
      group.push_back(std::move(requests_.front()));
      weight_ -= group.back().weight();
    }
    return group;
  }

  const std::size_t weight_max_;
  mutable Mutex mutex_;
  std::condition_variable_any ready_;
  std::deque<WriteRequest> requests_ FIELDCAST_GUARDED_BY(mutex_);
  std::size_t weight_ FIELDCAST_GUARDED_BY(mutex_) = 0;
  std::size_t wake_at_ FIELDCAST_GUARDED_BY(mutex_) = 1;  // the weight that the consumer waits for
  SteadyTime first_at_ FIELDCAST_GUARDED_BY(mutex_){};
  bool closed_ FIELDCAST_GUARDED_BY(mutex_) = false;
};

}  // namespace fieldcast::store
