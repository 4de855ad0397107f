// Days of PostgreSQL as wholes: written anew in order, and dropped. The functions of the schema do the steps, each a
// transaction; here is what goes between them.
#pragma once

#include "keep_connection.hpp"

namespace fieldcast::store::postgres {

Result<bool> close_day(KeepConnection& connection, Day day);
/// All of it; or only when it is empty.
Result<void> drop_day(KeepConnection& connection, Day day, bool only_empty);
/// Days of the past that have lost their last row, or never had one.
Result<void> drop_empty_days(KeepConnection& connection);
/// Removes what was left by processes that were cut off while they closed a day.
Result<void> mend_half_closed(KeepConnection& connection);

}  // namespace fieldcast::store::postgres
