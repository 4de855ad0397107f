// Rows of PostgreSQL past their time, removed in slices of agents.
#pragma once

#include "fieldcast/store/keep_cut.hpp"
#include "keep_connection.hpp"

namespace fieldcast::store::postgres {

Result<std::uint64_t> remove_positions(KeepConnection& connection, Day day, const Cut& cut);
Result<std::uint64_t> count_positions(KeepConnection& connection, Day day, const Cut& cut);
Result<std::uint64_t> remove_last_known(KeepConnection& connection, const Cut& cut);
Result<std::uint64_t> remove_quarantined(KeepConnection& connection, const Cut& cut);
Result<std::uint64_t> remove_summaries(KeepConnection& connection, const Cut& cut);

}  // namespace fieldcast::store::postgres
