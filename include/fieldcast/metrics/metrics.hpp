// Counters of the process, as Prometheus text. Names begin with `fieldcast_`.
//
// The hot paths count into relaxed atomics of their own shard; they meet when
// somebody scrapes. Threads: any for count and scrape.
#pragma once

#include "fieldcast/metrics/histogram.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace fieldcast::metrics {

using Counter = std::atomic<std::uint64_t>;
inline void count(Counter& counter, std::uint64_t by = 1) { counter.fetch_add(by, std::memory_order_relaxed); }

/// What one shard counts. Gauges may fall; one that another shard lowers is right in the sum.
struct alignas(64) ShardMetrics {
  Counter agents_connected{0}, watchers_connected{0}, streams_connected{0}, http_connections{0};  // gauges
  Counter rooms_watched{0}, agents_known{0}, outbox_bytes{0};                                     // gauges
  Counter connections_opened{0}, upgrades{0}, http_requests{0};
  Counter fixes_accepted{0}, fixes_duplicate{0}, fixes_quarantined{0}, fixes_refused{0};
  Counter fixes_thinned{0};  // of those accepted
  Counter messages_in{0}, messages_rejected{0};
  Counter positions_live{0}, positions_not_newer{0}, positions_shared{0};
  Counter updates_out{0}, positions_out{0}, updates_coalesced{0}, snapshots_out{0}, bytes_out{0}, bytes_in{0};
  Histogram ingest_to_delivery;  // a fix was decoded → its update was written to a socket's outbox
  Histogram ingest_to_ack;
};

/// The whole process.
class Metrics {
 public:
  explicit Metrics(std::size_t shards);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  ShardMetrics& shard(std::size_t index) { return *shards_[index]; }
  const ShardMetrics& shard(std::size_t index) const { return *shards_[index]; }
  std::size_t shards() const { return shards_.size(); }
  /// Sum of one counter over shards.
  std::uint64_t total(Counter ShardMetrics::*counter) const;
  /// One histogram over shards: for quantiles.
  HistogramSnapshot total(Histogram ShardMetrics::*histogram) const;

  // Rare things, by label: a lock is fine. Limits: 64 labels each; what comes later counts as `other`.
  void closed(std::uint16_t code);          // fieldcast_sockets_closed_total{code}
  void quarantined(std::string_view code);  // fieldcast_fixes_quarantined_total{code}
  void responded(std::uint16_t status);     // fieldcast_http_responses_total{status}

  Counter store_commits{0}, store_failures{0}, store_rows{0};
  Histogram commit_latency;
  SizeHistogram commit_fixes;

  // Of the bus; nothing without one.
  Counter bus_positions_out{0}, bus_positions_in{0}, bus_lost{0}, bus_connects{0}, bus_disconnects{0};

  // Of housekeeping, on the instance that does it.
  Counter ageing_rows_removed{0}, ageing_days_closed{0}, ageing_days_archived{0}, ageing_days_dropped{0};
  Counter ageing_hours{0}, ageing_failures{0};

  /// Values read when scraped, for example the store's queue. A name that is
  /// registered again replaces the first. `read` is called by whoever scrapes: it must not block.
  void gauge(std::string name, std::string help, std::function<double()> read);

  /// Text format 0.0.4. Cost: tens of microseconds; takes the locks of the labelled counters only.
  std::string prometheus_text() const;

 private:
  struct Labelled;
  std::vector<std::unique_ptr<ShardMetrics>> shards_;
  std::unique_ptr<Labelled> labelled_;
};

}  // namespace fieldcast::metrics
