// Counters of the process, as Prometheus text. Names begin with `fieldcast_`.
//
// The hot paths count into relaxed atomics of their own shard; they meet when
// somebody scrapes. Threads: any for count and scrape.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace fieldcast::metrics {

/// A histogram of fixed bounds, in seconds, lock-free.
class Histogram {
 public:
  static constexpr std::array<double, 16> bounds_s = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                                      0.25,   0.5,   1,      2.5,   5,    10,    30,   60};
  void observe(std::chrono::nanoseconds took, std::uint64_t times = 1);
  std::uint64_t bucket(std::size_t index) const {
    return buckets_[index].load(std::memory_order_relaxed);
  }  // index 16: +Inf
  std::uint64_t count() const;
  double sum_s() const { return static_cast<double>(sum_ns_.load(std::memory_order_relaxed)) * 1e-9; }

 private:
  std::array<std::atomic<std::uint64_t>, bounds_s.size() + 1> buckets_{};
  std::atomic<std::uint64_t> sum_ns_{0};
};

using Counter = std::atomic<std::uint64_t>;
inline void count(Counter& counter, std::uint64_t by = 1) { counter.fetch_add(by, std::memory_order_relaxed); }

/// What one shard counts. Gauges may fall.
struct ShardMetrics {
  Counter agents_connected{0}, watchers_connected{0}, streams_connected{0}, http_connections{0};  // gauges
  Counter rooms_watched{0}, agents_known{0}, outbox_bytes{0};                                     // gauges
  Counter connections_opened{0}, upgrades{0}, http_requests{0};
  Counter fixes_accepted{0}, fixes_duplicate{0}, fixes_quarantined{0}, fixes_refused{0};
  Counter messages_in{0}, messages_rejected{0};
  Counter positions_live{0}, positions_not_newer{0};
  Counter updates_out{0}, positions_out{0}, updates_coalesced{0}, snapshots_out{0}, bytes_out{0}, bytes_in{0};
  Histogram ingest_to_delivery;  // a fix was decoded → its update was written to a socket's outbox
  Histogram ingest_to_ack;
};

/// The whole process.
class Metrics {
 public:
  explicit Metrics(std::size_t shards);
  ShardMetrics& shard(std::size_t index) { return *shards_[index]; }
  const ShardMetrics& shard(std::size_t index) const { return *shards_[index]; }
  std::size_t shards() const { return shards_.size(); }
  /// Sum of one counter over shards.
  std::uint64_t total(Counter ShardMetrics::*counter) const;

  // Rare things, by label: a lock is fine.
  void closed(std::uint16_t code);          // fieldcast_sockets_closed_total{code}
  void quarantined(std::string_view code);  // fieldcast_fixes_quarantined_total{code}
  void responded(std::uint16_t status);     // fieldcast_http_responses_total{status}

  Counter store_commits{0}, store_failures{0}, store_rows{0};
  Histogram commit_latency;
  Histogram commit_fixes;  // a size, not seconds: 1 fix counts as 1 ms

  /// Values read when scraped, for example the store's queue. Register before serving.
  void gauge(std::string name, std::string help, std::function<double()> read);

  std::string prometheus_text() const;

 private:
  struct Body;
  std::vector<std::unique_ptr<ShardMetrics>> shards_;
  std::shared_ptr<Body> body_;
};

}  // namespace fieldcast::metrics
