// How work in the background shares a database with what people wait for: in slices, with a rest after each.
#pragma once

#include "fieldcast/base/clock.hpp"
#include "fieldcast/base/ownership.hpp"
#include "fieldcast/base/result.hpp"

#include <algorithm>
#include <atomic>

namespace fieldcast::store {

/// Threads: one works, any interrupts it.
class Pace {
 public:
  /// False: interrupted.
  bool rest(SteadyTime::duration time) {
    std::unique_lock lock(mutex_);
    return !told_.wait_for(lock, time, [this] { return interrupted(); });
  }
  void interrupt() {
    {
      const std::lock_guard lock(mutex_);
      interrupted_ = true;
    }
    told_.notify_all();
  }
  bool interrupted() const { return interrupted_; }

  static Error error() { return {"store_unavailable", "interrupted"}; }

 private:
  std::mutex mutex_;
  std::condition_variable told_;
  std::atomic<bool> interrupted_{false};
};

/// So many items to a slice that it takes about as long as it should: grows and shrinks with what slices took.
class SliceSize {
 public:
  SliceSize(int first, int most, milliseconds aim) : size_(first), most_(most), aim_(aim) {}
  int value() const { return size_; }
  void took(SteadyTime::duration time) {
    if (time > aim_) size_ = std::max(size_ / 2, 1);
    if (time < aim_ / 2) size_ = std::min(size_ * 2, most_);
  }

 private:
  int size_;
  const int most_;
  const milliseconds aim_;
};

}  // namespace fieldcast::store
