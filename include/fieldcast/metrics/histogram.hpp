// Lock-free histograms of fixed bounds, and what can be read from them.
//
// Threads: any, for every member. Cost of observe: a search in at most 16 integers, two relaxed additions.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace fieldcast::metrics {

/// Buckets as they stood at one moment; sums of several histograms of the same bounds.
struct HistogramSnapshot {
  std::span<const double> bounds;      // upper and inclusive, rising; +Inf follows
  std::vector<std::uint64_t> buckets;  // one per bound, and one for +Inf; not cumulative
  double sum = 0;

  std::uint64_t count() const;
  /// An estimate, linear within its bucket; the largest bound stands for all above it.
  /// Nothing when nothing was observed. `q` from 0 to 1.
  std::optional<double> quantile(double q) const;
  void add(const HistogramSnapshot& other);
};

/// Durations, in seconds.
class Histogram {
 public:
  static constexpr std::array<double, 16> bounds_s = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                                      0.25,   0.5,   1,      2.5,   5,    10,    30,   60};
  /// A negative duration (two clocks met) counts as zero.
  void observe(std::chrono::nanoseconds took, std::uint64_t times = 1);
  /// index 16: +Inf
  std::uint64_t bucket(std::size_t index) const { return buckets_[index].load(std::memory_order_relaxed); }
  std::uint64_t count() const;
  double sum_s() const { return static_cast<double>(sum_ns_.load(std::memory_order_relaxed)) * 1e-9; }
  HistogramSnapshot snapshot() const;

 private:
  std::array<std::atomic<std::uint64_t>, bounds_s.size() + 1> buckets_{};
  std::atomic<std::uint64_t> sum_ns_{0};
};

/// Sizes: how many of something were in one group.
class SizeHistogram {
 public:
  static constexpr std::array<double, 14> bounds = {1,   2,   5,     10,    20,    50,     100,
                                                    200, 500, 1'000, 2'000, 5'000, 10'000, 50'000};
  void observe(std::uint64_t size);
  HistogramSnapshot snapshot() const;

 private:
  std::array<std::atomic<std::uint64_t>, bounds.size() + 1> buckets_{};
  std::atomic<std::uint64_t> sum_{0};
};

}  // namespace fieldcast::metrics
