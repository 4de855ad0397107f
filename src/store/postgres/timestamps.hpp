// Times as PostgreSQL counts them: microseconds since 2000 UTC; days since 1970 for partitions.
#pragma once

#include "fieldcast/base/clock.hpp"

namespace fieldcast::store::postgres {

inline constexpr std::int64_t unix_ms_of_2000 = 946'684'800'000;
/// The days that have a partition's name of eight digits: 1970 to 9999.
inline constexpr Timestamp first_time = from_unix_ms(0);
inline constexpr Timestamp end_of_times = from_unix_ms(253'402'300'800'000);

constexpr std::int64_t to_postgres(Timestamp time) { return (to_unix_ms(time) - unix_ms_of_2000) * 1'000; }

constexpr Timestamp from_postgres(std::int64_t since_2000_us) {
  return from_unix_ms(since_2000_us / 1'000 + unix_ms_of_2000);
}

using Day = std::chrono::sys_days;
constexpr Day day_of(Timestamp time) { return std::chrono::floor<std::chrono::days>(time); }

}  // namespace fieldcast::store::postgres
