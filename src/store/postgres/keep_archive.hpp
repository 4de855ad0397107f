// A day of PostgreSQL read as a whole, and what is noted of days that are archived.
#pragma once

#include "fieldcast/store/keeper.hpp"
#include "keep_connection.hpp"

namespace fieldcast::store::postgres {

Result<void> read_day(KeepConnection& connection, Day day, const Keeper::VisitPosition& visit);
Result<std::vector<ArchivedDay>> archived_days(KeepConnection& connection);
Result<void> note_archived(KeepConnection& connection, const ArchivedDay& archived);
Result<void> forget_archived(KeepConnection& connection, Day day);
Result<void> forget_archived(KeepConnection& connection, Day day, const AgentKey& agent, const ArchivedDay& rewritten);

}  // namespace fieldcast::store::postgres
