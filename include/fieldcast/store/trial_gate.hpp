// When a store that failed is tried again: 50 ms after the first failure, twice as
// long after each further one, 2 s at most.
//
//            failed                       the back-off is over
//   open ─────────────▶ closed ─────────────────────────────────▶ trial
//    ▲                    ▲                 failed                  │ │
//    │                    └─────────────────────────────────────────┘ │
//    └────────────────────────────────────────────────────────────────┘ succeeded
//
// Open: everything may come in. Closed: nothing may. Trial: no more than one group may.
// Threads: any for the questions; failed and succeeded on one thread.
#pragma once

#include "fieldcast/base/clock.hpp"

#include <algorithm>
#include <atomic>

namespace fieldcast::store {

class TrialGate {
 public:
  static constexpr milliseconds first_backoff{50};
  static constexpr milliseconds longest_backoff{2'000};

  enum class Phase : std::uint8_t { open, closed, trial };

  Phase phase(SteadyTime now) const {
    if (!failing()) return Phase::open;
    return now.time_since_epoch().count() < retry_at_.load(std::memory_order_acquire) ? Phase::closed : Phase::trial;
  }
  bool failing() const { return failing_.load(std::memory_order_acquire); }

  void failed(SteadyTime now) {
    backoff_ = failing() ? std::min(backoff_ * 2, longest_backoff) : first_backoff;
    retry_at_.store((now + backoff_).time_since_epoch().count(), std::memory_order_release);
    failing_.store(true, std::memory_order_release);
  }
  /// How long it stays closed after the last failure. Threads: that of failed.
  milliseconds backoff() const { return backoff_; }
  void succeeded() { failing_.store(false, std::memory_order_release); }

 private:
  milliseconds backoff_{0};
  std::atomic<SteadyTime::rep> retry_at_{0};
  std::atomic<bool> failing_{false};
};

}  // namespace fieldcast::store
