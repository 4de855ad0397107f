// When to come back after a connection has ended. Pure.
#pragma once

#include "fieldcast/base/clock.hpp"
#include "fieldcast/simulate/random.hpp"

#include <optional>

namespace fieldcast::simulate {

enum class Comeback : std::uint8_t { never, after_backoff, at_once };

/// By a WebSocket close code: 40xx and protocol errors never, 42xx at once, anything else with back-off
/// (1006 stands for a connection that was cut).
Comeback after_close(std::uint16_t code);
/// By the status of a refused upgrade: 429 and 5xx with back-off, other refusals never.
Comeback after_refusal(int http_status);

/// Full jitter: between nothing and a bound that doubles from `least` to `most`; starts over after
/// `healthy_after` of connection.
struct BackoffSettings {
  milliseconds least{500};
  milliseconds most{20'000};
  milliseconds healthy_after{30'000};
};

class Backoff {
 public:
  explicit Backoff(const BackoffSettings& settings) : settings_(settings) {}

  void connected(SteadyTime now) { connected_at_ = now; }
  /// How long to wait after an end at `now`. At once is at once only the first time: a server that turns
  /// everybody away with 42xx would otherwise be stormed.
  milliseconds delay(Comeback comeback, SteadyTime now, Random& random);

 private:
  BackoffSettings settings_;
  std::optional<SteadyTime> connected_at_;
  int failures_ = 0;
};

}  // namespace fieldcast::simulate
