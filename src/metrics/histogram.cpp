#include "fieldcast/metrics/histogram.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace fieldcast::metrics {
namespace {

constexpr auto bounds_ns = [] {
  std::array<std::int64_t, Histogram::bounds_s.size()> bounds{};
  for (std::size_t i = 0; i < bounds.size(); ++i)
    bounds[i] = static_cast<std::int64_t>(Histogram::bounds_s[i] * 1e9 + 0.5);
  return bounds;
}();

template <std::size_t Bounds>
HistogramSnapshot take(const std::array<double, Bounds>& bounds,
                       const std::array<std::atomic<std::uint64_t>, Bounds + 1>& buckets, double sum) {
  HistogramSnapshot snapshot{.bounds = bounds, .buckets = {}, .sum = sum};
  snapshot.buckets.reserve(buckets.size());
  for (const auto& bucket : buckets) snapshot.buckets.push_back(bucket.load(std::memory_order_relaxed));
  return snapshot;
}

}  // namespace

std::uint64_t HistogramSnapshot::count() const {
  return std::accumulate(buckets.begin(), buckets.end(), std::uint64_t{0});
}

std::optional<double> HistogramSnapshot::quantile(double q) const {
  const std::uint64_t all = count();
  if (all == 0) return std::nullopt;
  const double rank = std::clamp(q, 0.0, 1.0) * static_cast<double>(all);
  double below = 0;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    const double here = static_cast<double>(buckets[i]);
    if (here > 0 && below + here >= rank) {
      const double low = i == 0 ? 0.0 : bounds[i - 1];
      return low + (bounds[i] - low) * (rank - below) / here;
    }
    below += here;
  }
  return bounds.back();
}

void HistogramSnapshot::add(const HistogramSnapshot& other) {
  if (buckets.empty()) {
    *this = other;
    return;
  }
  for (std::size_t i = 0; i < buckets.size() && i < other.buckets.size(); ++i) buckets[i] += other.buckets[i];
  sum += other.sum;
}

void Histogram::observe(std::chrono::nanoseconds took, std::uint64_t times) {
  const std::int64_t took_ns = std::max<std::int64_t>(took.count(), 0);
  const auto bound = std::lower_bound(bounds_ns.begin(), bounds_ns.end(), took_ns);
  buckets_[static_cast<std::size_t>(bound - bounds_ns.begin())].fetch_add(times, std::memory_order_relaxed);
  sum_ns_.fetch_add(static_cast<std::uint64_t>(took_ns) * times, std::memory_order_relaxed);
}

std::uint64_t Histogram::count() const { return snapshot().count(); }

HistogramSnapshot Histogram::snapshot() const { return take(bounds_s, buckets_, sum_s()); }

void SizeHistogram::observe(std::uint64_t size) {
  const auto bound = std::lower_bound(bounds.begin(), bounds.end(), static_cast<double>(size));
  buckets_[static_cast<std::size_t>(bound - bounds.begin())].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(size, std::memory_order_relaxed);
}

HistogramSnapshot SizeHistogram::snapshot() const {
  return take(bounds, buckets_, static_cast<double>(sum_.load(std::memory_order_relaxed)));
}

}  // namespace fieldcast::metrics
