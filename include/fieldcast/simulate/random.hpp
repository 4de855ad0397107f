// Numbers that look random and are the same for the same seed.
//
// Eight bytes of state (splitmix64), so that every agent can have its own. Good enough
// for movement, jitter and masking keys; never for secrets. Threads: one.
#pragma once

#include <cmath>
#include <cstdint>

namespace fieldcast::simulate {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15u;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
    return mixed ^ (mixed >> 31);
  }
  /// [0, 1)
  double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  std::uint64_t below(std::uint64_t count) { return next() % count; }
  bool chance(double probability) { return uniform() < probability; }
  double exponential(double mean) { return -mean * std::log1p(-uniform()); }
  /// Bell-shaped, mean 0, variance 1, never beyond ±3.5 (sum of four uniforms): no outliers that no phone reports.
  double bell() { return (uniform() + uniform() + uniform() + uniform() - 2.0) * 1.7320508; }

 private:
  std::uint64_t state_;
};

}  // namespace fieldcast::simulate
