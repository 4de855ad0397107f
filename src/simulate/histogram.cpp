#include "fieldcast/simulate/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace fieldcast::simulate {

// Values below `steps` have a bucket each; above, each power of two has `steps` of them.
std::size_t Histogram::bucket_of(std::uint64_t value) {
  if (value < steps) return value;
  const auto power = static_cast<std::uint64_t>(std::bit_width(value)) - 6;  // 2^5 = steps
  return (power + 1) * steps + ((value >> power) - steps);
}

std::uint64_t Histogram::upper_edge_of(std::size_t bucket) {
  if (bucket < steps) return bucket;
  const std::uint64_t power = bucket / steps - 1;
  return ((bucket % steps + steps + 1) << power) - 1;
}

void Histogram::add(std::chrono::microseconds took) {
  const std::int64_t value = std::max<std::int64_t>(took.count(), 0);
  ++buckets_[std::min(bucket_of(static_cast<std::uint64_t>(value)), buckets_.size() - 1)];
  ++count_;
  max_ = std::max(max_, value);
}

void Histogram::add(const Histogram& other) {
  for (std::size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
}

std::chrono::microseconds Histogram::quantile(double fraction) const {
  if (count_ == 0) return {};
  const auto wanted =
      static_cast<std::uint64_t>(std::ceil(std::clamp(fraction, 0.0, 1.0) * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen >= std::max<std::uint64_t>(wanted, 1)) {
      return std::chrono::microseconds{std::min(static_cast<std::int64_t>(upper_edge_of(i)), max_)};
    }
  }
  return max();
}

}  // namespace fieldcast::simulate
