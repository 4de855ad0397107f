// A rate limit: `rate_per_s` on average, `burst` at once. Pure, 16 bytes.
#pragma once

#include "fieldcast/base/clock.hpp"

#include <algorithm>

namespace fieldcast::access {

class TokenBucket {
 public:
  /// False: over the limit; nothing is taken.
  bool take(SteadyTime now, float rate_per_s, float burst, float cost = 1) {
    const float since_s = std::chrono::duration<float>(now - last_).count();
    level_ = last_ == SteadyTime{} ? burst : std::min(burst, level_ + since_s * rate_per_s);
    last_ = now;
    if (level_ < cost) return false;
    level_ -= cost;
    return true;
  }

  /// What could have been taken at the last take().
  float level() const { return level_; }

 private:
  SteadyTime last_{};
  float level_ = 0;
};

}  // namespace fieldcast::access
