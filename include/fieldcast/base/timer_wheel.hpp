// Many coarse deadlines for little: a wheel of slots, entries linked into them.
//
// An entry is 24 bytes inside its owner; schedule and cancel cost a few pointer
// writes and no allocation. Nothing fires before its time; it fires within one
// granule after it, when advance is called. Pure: time is an argument.
// Threads: one.
#pragma once

#include "fieldcast/base/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace fieldcast {

class TimerWheel {
  struct Link {
    Link* before_ = nullptr;
    Link* after_ = nullptr;
  };

 public:
  /// Derive from it, or hold it. It leaves the wheel when it is destroyed.
  class Entry : private Link {
   public:
    Entry() = default;
    ~Entry() { unlink(*this); }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    bool scheduled() const { return after_ != nullptr; }

   private:
    friend class TimerWheel;
    std::uint64_t tick_ = 0;
  };

  /// Deadlines beyond slots × granularity are fine: they stay for another turn of the wheel.
  TimerWheel(SteadyTime start, milliseconds granularity, std::size_t slots = 512)
      : start_(start), granularity_(granularity), slots_(slots) {
    for (Link& slot : slots_) slot.before_ = slot.after_ = &slot;
  }

  /// Moves the entry when it is scheduled already.
  void schedule(Entry& entry, SteadyTime due) {
    unlink(entry);
    entry.tick_ = tick_at_or_after(due);
    if (entry.tick_ <= now_) entry.tick_ = now_ + 1;
    link(slots_[entry.tick_ % slots_.size()], entry);
  }
  void cancel(Entry& entry) { unlink(entry); }
  /// When a scheduled entry is due, rounded up to the granule.
  SteadyTime due(const Entry& entry) const { return start_ + granularity_ * static_cast<std::int64_t>(entry.tick_); }

  /// Calls `fire(Entry&)` for each entry that is due, unscheduled before its call. `fire` may
  /// schedule and cancel any entry, and destroy the one it was given.
  template <class Fire>
  void advance(SteadyTime now, Fire&& fire) {
    if (now < start_) return;
    const auto target = static_cast<std::uint64_t>((now - start_) / granularity_);
    if (target <= now_) return;
    Link due;
    due.before_ = due.after_ = &due;
    const std::uint64_t first = target - now_ > slots_.size() ? target - slots_.size() + 1 : now_ + 1;
    for (std::uint64_t tick = first; tick <= target; ++tick) collect(slots_[tick % slots_.size()], target, due);
    now_ = target;
    while (due.after_ != &due) {
      auto& entry = static_cast<Entry&>(*due.after_);
      unlink(entry);
      fire(entry);
    }
  }

 private:
  static void unlink(Link& link) {
    if (link.after_ == nullptr) return;
    link.before_->after_ = link.after_;
    link.after_->before_ = link.before_;
    link.before_ = link.after_ = nullptr;
  }
  static void link(Link& list, Link& entry) {
    entry.before_ = list.before_;
    entry.after_ = &list;
    list.before_->after_ = &entry;
    list.before_ = &entry;
  }
  static void collect(Link& slot, std::uint64_t target, Link& due) {
    for (Link* at = slot.after_; at != &slot;) {
      auto& entry = static_cast<Entry&>(*at);
      at = at->after_;
      if (entry.tick_ > target) continue;
      unlink(entry);
      link(due, entry);
    }
  }
  std::uint64_t tick_at_or_after(SteadyTime due) const {
    if (due <= start_) return 0;
    const auto since = due - start_;
    const auto whole = static_cast<std::uint64_t>(since / granularity_);
    return since % granularity_ == SteadyTime::duration::zero() ? whole : whole + 1;
  }

  SteadyTime start_;
  milliseconds granularity_;
  std::uint64_t now_ = 0;
  std::vector<Link> slots_;
};

}  // namespace fieldcast
