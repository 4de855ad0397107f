// Which days (UTC) the database can take positions of, and how it comes to take more.
//
// Threads: one at a time.
#pragma once

#include "session.hpp"
#include "timestamps.hpp"

#include <optional>
#include <set>

namespace fieldcast::store::postgres {

/// What must be prepared on a session that `Days` works with.
Result<void> prepare_days(Session& session);

class Days {
 public:
  /// Notes that a position of this day is to be written.
  void want(Day day) {
    if (day == last_wanted_ || known_.contains(day)) return;
    last_wanted_ = day;
    missing_.insert(day);
  }
  /// Creates what is missing, each day in a transaction of its own, so that a batch of many days stays within the
  /// time of a statement. Any number of instances may do so at once.
  Result<void> ensure(Session& session);
  /// Somebody may have dropped days: what is wanted is asked for again.
  void forget() { known_.clear(); }
  void begin() {
    missing_.clear();
    last_wanted_.reset();
  }

 private:
  std::set<Day> known_, missing_;
  std::optional<Day> last_wanted_;
};

/// Days before and after today that are made ahead, so that no writer has to.
inline constexpr std::chrono::days days_behind{2}, days_ahead{3};

}  // namespace fieldcast::store::postgres
