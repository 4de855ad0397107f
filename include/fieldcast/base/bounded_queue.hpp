// A queue with a bound in units of weight, between any number of threads.
//
// When it is full, push refuses at once and the caller tells its client to wait:
// nothing ever blocks on a full queue, and nothing is dropped silently.
// Threads: any, for every member.
#pragma once

#include "fieldcast/base/ownership.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

namespace fieldcast {

template <class T>
class BoundedQueue {
 public:
  /// `weight_max`: the sum of weights that may wait (unit chosen by the owner: fixes, tasks).
  explicit BoundedQueue(std::size_t weight_max) : weight_max_(weight_max) {}

  /// False when the item does not fit or the queue is closed; `item` is then untouched.
  /// An item heavier than the whole bound is taken when the queue is empty.
  bool push(T&& item, std::size_t weight = 1) FIELDCAST_EXCLUDES(mutex_) {
    {
      MutexLock lock(mutex_);
      if (closed_ || (weight_ != 0 && weight_ + weight > weight_max_)) return false;
      items_.push_back({std::move(item), weight});
      weight_ += weight;
    }
    ready_.notify_one();
    return true;
  }

  /// Waits for an item; nothing once the queue is closed and empty.
  std::optional<T> pop() FIELDCAST_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    ready_.wait(mutex_, [this]() FIELDCAST_REQUIRES(mutex_) { return closed_ || !items_.empty(); });
    return take_front();
  }

  /// Waits until `deadline` at most; nothing on time-out or when closed and empty.
  std::optional<T> pop_until(std::chrono::steady_clock::time_point deadline) FIELDCAST_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    ready_.wait_until(mutex_, deadline, [this]() FIELDCAST_REQUIRES(mutex_) { return closed_ || !items_.empty(); });
    return take_front();
  }

  /// Refuses further items; those that wait can still be taken. Wakes every waiter.
  void close() FIELDCAST_EXCLUDES(mutex_) {
    {
      MutexLock lock(mutex_);
      closed_ = true;
    }
    ready_.notify_all();
  }

  std::size_t weight() const FIELDCAST_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return weight_;
  }
  std::size_t weight_max() const { return weight_max_; }

 private:
  struct Entry {
    T item;
    std::size_t weight;
  };

  std::optional<T> take_front() FIELDCAST_REQUIRES(mutex_) {
    if (items_.empty()) return std::nullopt;
    Entry entry = std::move(items_.front());
    items_.pop_front();
    weight_ -= entry.weight;
    return std::move(entry.item);
  }

  const std::size_t weight_max_;
  mutable Mutex mutex_;
  std::condition_variable_any ready_;
  std::deque<Entry> items_ FIELDCAST_GUARDED_BY(mutex_);
  std::size_t weight_ FIELDCAST_GUARDED_BY(mutex_) = 0;
  bool closed_ FIELDCAST_GUARDED_BY(mutex_) = false;
};

}  // namespace fieldcast
