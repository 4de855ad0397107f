// What is to be kept, as PostgreSQL notes it, and the days that it has.
#pragma once

#include "fieldcast/store/keeper.hpp"
#include "keep_connection.hpp"

namespace fieldcast::store::postgres {

Result<std::vector<TeamRule>> rules(KeepConnection& connection);
Result<void> set_rule(KeepConnection& connection, const TeamRule& rule);

Result<std::vector<StoredDay>> stored_days(KeepConnection& connection);
/// As in stored_days(); no rows when there is none.
Result<StoredDay> stored_day(KeepConnection& connection, Day day);
Result<void> hold_day(KeepConnection& connection, Day day, Day until);

}  // namespace fieldcast::store::postgres
