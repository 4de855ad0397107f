// How Fieldcast connects: the operator's string, and what a server needs that must notice a lost database.
#pragma once

#include "fieldcast/base/clock.hpp"
#include "fieldcast/base/result.hpp"

#include <string>

namespace fieldcast::store::postgres {

struct Limits {
  milliseconds statement_time_max{0};  // 0: none
  milliseconds lock_time_max{2'000};   // 0: none
  milliseconds idle_in_transaction_max{10'000};
  milliseconds client_looked_for_every{0};  // by the server, while it works: it ends what nobody waits for. 0: never
  bool writes = false;                      // connects to a server that takes writes only
};

/// The string with our defaults where it says nothing. Its `options` are kept and stand after ours, so they win.
/// Errors: store_unavailable, without the string's text: it may hold a password.
Result<std::string> connection_string(const std::string& url, const Limits& limits);

}  // namespace fieldcast::store::postgres
