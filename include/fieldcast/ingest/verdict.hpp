// The verdict on one fix: accept, or set aside and why. Pure.
//
// Duplicates are found where history is: by the store at commit.
#pragma once

#include "fieldcast/domain/outcome.hpp"
#include "fieldcast/domain/position.hpp"

#include <optional>

namespace fieldcast::ingest {

struct Policy {
  std::chrono::seconds future_skew_max{300};    // a clock may be ahead by this much
  std::optional<std::chrono::hours> retention;  // absent: everything is kept
};

/// Null: accepted. Otherwise the outcome to set it aside with.
/// Checks, in this order: latitude, longitude (finite, in [-90, 90] and [-180, 180]),
/// then recorded_at (before 2000-01-01, beyond now + skew, older than retention).
/// Before the checks, `fix` is normalised: heading into [0, 360), -0.0 to 0.
const Outcome* judge(Fix& fix, const Policy& policy, Timestamp now);

}  // namespace fieldcast::ingest
