// A fix as JSON, written the short way: the load generator's inner loop.
#pragma once

#include "fieldcast/domain/position.hpp"

#include <string>

namespace fieldcast::simulate {

/// Appends `"lat":…,"lon":…,"recorded_at":"…",…` without braces, so that one fix can go into a
/// `position` message or into a batch. Coordinates with 7 decimals, absent values left out; a coordinate
/// that is no number becomes null, as a phone would say. Cost: about 0.2 µs.
void append_fix_members(std::string& out, const Fix& fix);

/// Appends `value` with `decimals` (0 to 9) at most; trailing zeros are left out. Finite values below 1e9 only.
void append_decimal(std::string& out, double value, int decimals);

}  // namespace fieldcast::simulate
