// Is everything in the history, exactly once? Pure.
#pragma once

#include "fieldcast/base/clock.hpp"
#include "fieldcast/base/result.hpp"
#include "fieldcast/simulate/tracks.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace fieldcast::simulate {

/// Agent → times, ascending and without repetition.
using ExpectedHistory = std::map<std::string, std::vector<Timestamp>>;

/// What a server must hold once all tracks were acknowledged: every distinct (agent, recorded_at) that is not to be
/// set aside (coordinates out of range, times before 2000).
ExpectedHistory expected_of(const Tracks& tracks);

/// Lines `agent<TAB>recorded_at in Unix ms`, as a replay writes them when an acknowledgement comes. A last line without
/// its line feed is still being written and is ignored. Errors: bad_ledger.
Result<ExpectedHistory> expected_from_ledger(std::string_view text);

struct HistoryCounts {
  std::uint64_t agents = 0;
  std::uint64_t expected = 0;
  std::uint64_t found = 0;     // rows read back
  std::uint64_t missing = 0;   // expected, not there
  std::uint64_t repeated = 0;  // there more than once
  std::uint64_t extra = 0;     // there, not expected
};
/// Compares one agent's history, in whatever order it came, and adds to `counts`.
void compare_history(const std::vector<Timestamp>& expected, std::vector<Timestamp> found, HistoryCounts& counts);

/// One page of GET /v1/agents/{agent}/positions (JSON). Errors: bad_page.
struct HistoryPage {
  std::vector<Timestamp> recorded_at;
  std::string next_cursor;  // empty: the last page
};
Result<HistoryPage> read_history_page(std::string_view json);

}  // namespace fieldcast::simulate
