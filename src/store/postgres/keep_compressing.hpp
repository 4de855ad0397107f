// A day of a history that TimescaleDB keeps is closed by compressing it. The functions of the schema do the steps.
#pragma once

#include "keep_connection.hpp"

namespace fieldcast::store::postgres {

/// Whether it is TimescaleDB that keeps the history.
Result<bool> is_compressed_when_closed(KeepConnection& connection);
/// What a call that was cut off left, the next one goes on with.
Result<void> compress_day(KeepConnection& connection, const std::string& day);

}  // namespace fieldcast::store::postgres
