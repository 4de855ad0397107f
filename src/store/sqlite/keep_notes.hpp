// What SQLite notes beside the rows: rules, days that are archived or held; and a day read as a whole.
#pragma once

#include "fieldcast/store/keeper.hpp"
#include "keep_connection.hpp"

namespace fieldcast::store::sqlite {

Result<std::vector<TeamRule>> rules(KeepConnection& connection);
Result<void> set_rule(KeepConnection& connection, const TeamRule& rule);
Result<void> hold_day(KeepConnection& connection, Day day, Day until);

Result<void> read_day(KeepConnection& connection, Day day, const Keeper::VisitPosition& visit);
Result<std::vector<ArchivedDay>> archived_days(KeepConnection& connection);
Result<void> note_archived(KeepConnection& connection, const ArchivedDay& archived);
Result<void> forget_archived(KeepConnection& connection, Day day);
Result<void> forget_archived(KeepConnection& connection, Day day, const AgentKey& agent, const ArchivedDay& rewritten);

}  // namespace fieldcast::store::sqlite
