// Rows of SQLite by day and by team. Days lie side by side in one table: what there is of a day is looked up for each
// agent by the key.
#pragma once

#include "fieldcast/store/keep_cut.hpp"
#include "keep_connection.hpp"

namespace fieldcast::store::sqlite {

/// Cost: one look-up for each agent and day. Rows are counted for a second; of what is left then it is told how many
/// there are in all, shared out evenly: an estimate.
Result<std::vector<StoredDay>> stored_days(KeepConnection& connection);

/// Positions, of all days.
Result<std::uint64_t> remove_of_agent(KeepConnection& connection, std::int64_t agent);

Result<std::uint64_t> drop_day(KeepConnection& connection, Day day);
Result<std::uint64_t> remove_positions(KeepConnection& connection, Day day, const Cut& cut);
Result<std::uint64_t> count_positions(KeepConnection& connection, Day day, const Cut& cut);
Result<std::uint64_t> remove_last_known(KeepConnection& connection, const Cut& cut);
Result<std::uint64_t> remove_quarantined(KeepConnection& connection, const Cut& cut);
Result<std::uint64_t> remove_summaries(KeepConnection& connection, const Cut& cut);

}  // namespace fieldcast::store::sqlite
