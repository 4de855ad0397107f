#include "days.hpp"

#include <array>
#include <boost/endian/conversion.hpp>

namespace fieldcast::store::postgres {
namespace {

constexpr Day first_day_of_postgres = std::chrono::sys_days{std::chrono::year{2000} / 1 / 1};

std::array<char, 4> binary_date(Day day) {
  std::array<char, 4> bytes{};
  boost::endian::store_big_s32(reinterpret_cast<unsigned char*>(bytes.data()),
                               static_cast<std::int32_t>((day - first_day_of_postgres).count()));
  return bytes;
}

}  // namespace

Result<void> prepare_days(Session& session) {
  return session.prepare("ensure_day", "SELECT fieldcast_ensure_day($1::date)");
}

Result<void> Days::ensure(Session& session) {
  while (!missing_.empty()) {
    const Day day = *missing_.begin();
    const auto date = binary_date(day);
    const std::string_view parameter(date.data(), date.size());
    if (auto ensured = session.run_prepared("ensure_day", {&parameter, 1}); !ensured) return ensured.error();
    known_.insert(day);
    missing_.erase(missing_.begin());
  }
  return {};
}

}  // namespace fieldcast::store::postgres
