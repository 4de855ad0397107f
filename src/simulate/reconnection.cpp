#include "fieldcast/simulate/reconnection.hpp"

#include <algorithm>

namespace fieldcast::simulate {

Comeback after_close(std::uint16_t code) {
  if (code >= 4000 && code < 4100) return Comeback::never;
  if (code >= 4200 && code < 4300) return Comeback::at_once;
  switch (code) {
    case 1002:  // what we said was no WebSocket, no UTF-8, not acceptable or too big: it would be again
    case 1003:
    case 1007:
    case 1008:
    case 1009:
      return Comeback::never;
    default:
      return Comeback::after_backoff;
  }
}

Comeback after_refusal(int http_status) {
  return http_status == 429 || http_status >= 500 ? Comeback::after_backoff : Comeback::never;
}

milliseconds Backoff::delay(Comeback comeback, SteadyTime now, Random& random) {
  if (connected_at_ && now - *connected_at_ >= settings_.healthy_after) failures_ = 0;
  connected_at_.reset();
  const int failures = failures_++;
  if (comeback == Comeback::at_once && failures == 0) return milliseconds{0};
  const auto bound = std::min(settings_.least * (std::int64_t{1} << std::min(failures, 20)), settings_.most);
  return milliseconds{static_cast<std::int64_t>(random.uniform(0, static_cast<double>(bound.count())))};
}

}  // namespace fieldcast::simulate
