#include "fieldcast/metrics/metrics.hpp"

#include "families.hpp"
#include "fieldcast/base/ownership.hpp"
#include "process.hpp"

#include <algorithm>
#include <map>
#include <prometheus/text_serializer.h>

namespace fieldcast::metrics {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr std::size_t labels_max = 64;

using CountsByLabel = std::map<std::string, std::uint64_t, std::less<>>;

void count_label(CountsByLabel& counts, std::string_view label) {
  auto found = counts.find(label);
  if (found == counts.end())
    found = counts.try_emplace(counts.size() < labels_max ? std::string(label) : std::string("other")).first;
  ++found->second;
}

LabelledValues values_of(const CountsByLabel& counts) {
  LabelledValues values;
  for (const auto& [label, count] : counts) values.emplace_back(label, static_cast<double>(count));
  return values;
}

double value_of(const Counter& counter) { return static_cast<double>(counter.load(std::memory_order_relaxed)); }

struct Scrape {
  const Metrics& metrics;
  std::vector<MetricFamily> families;

  double count(Counter ShardMetrics::*counter) const { return static_cast<double>(metrics.total(counter)); }
  /// A gauge that fell on one shard before it rose on another is below zero for a moment.
  double level(Counter ShardMetrics::*gauge) const {
    return std::max(0.0, static_cast<double>(static_cast<std::int64_t>(metrics.total(gauge))));
  }
  void counter(const char* name, const char* help, Counter ShardMetrics::*counter) {
    families.push_back(counter_family(name, help, count(counter)));
  }
  void gauge(const char* name, const char* help, Counter ShardMetrics::*gauge) {
    families.push_back(gauge_family(name, help, level(gauge)));
  }
  void histogram(const char* name, const char* help, Histogram ShardMetrics::*histogram) {
    families.push_back(histogram_family(name, help, metrics.total(histogram)));
  }
};

void append_connections(Scrape& scrape) {
  using S = ShardMetrics;
  scrape.families.push_back(labelled_family(MetricType::Gauge, "fieldcast_connections", "Open connections by kind.",
                                            "kind",
                                            {{"agent", scrape.level(&S::agents_connected)},
                                             {"watcher", scrape.level(&S::watchers_connected)},
                                             {"stream", scrape.level(&S::streams_connected)},
                                             {"http", scrape.level(&S::http_connections)}}));
  scrape.counter("fieldcast_connections_opened_total", "Connections accepted.", &S::connections_opened);
  scrape.counter("fieldcast_upgrades_total", "Connections that became WebSockets.", &S::upgrades);
  scrape.counter("fieldcast_http_requests_total", "HTTP requests read.", &S::http_requests);
  scrape.counter("fieldcast_bytes_in_total", "Bytes read from sockets.", &S::bytes_in);
  scrape.counter("fieldcast_bytes_out_total", "Bytes written to sockets.", &S::bytes_out);
}

void append_ingest(Scrape& scrape) {
  using S = ShardMetrics;
  scrape.families.push_back(labelled_family(MetricType::Counter, "fieldcast_fixes_total",
                                            "Fixes received, by what became of them.", "outcome",
                                            {{"accepted", scrape.count(&S::fixes_accepted)},
                                             {"duplicate", scrape.count(&S::fixes_duplicate)},
                                             {"quarantined", scrape.count(&S::fixes_quarantined)},
                                             {"refused", scrape.count(&S::fixes_refused)}}));
  scrape.counter("fieldcast_fixes_thinned_total",
                 "Fixes accepted that history did not take, as their team's rule says.", &S::fixes_thinned);
  scrape.counter("fieldcast_messages_in_total", "Messages received from WebSocket clients.", &S::messages_in);
  scrape.counter("fieldcast_messages_rejected_total", "Messages answered with an error.", &S::messages_rejected);
  scrape.histogram("fieldcast_ingest_to_ack_seconds", "From a fix decoded to its acknowledgement, after the commit.",
                   &S::ingest_to_ack);
}

void append_live(Scrape& scrape) {
  using S = ShardMetrics;
  scrape.gauge("fieldcast_rooms", "Rooms with at least one watcher, summed over shards.", &S::rooms_watched);
  scrape.gauge("fieldcast_agents", "Agents whose latest position is held in memory.", &S::agents_known);
  scrape.gauge("fieldcast_outbox_bytes", "Bytes that wait to be written to clients.", &S::outbox_bytes);
  scrape.counter("fieldcast_positions_live_total", "Positions taken over by the live way.", &S::positions_live);
  scrape.counter("fieldcast_positions_not_newer_total", "Positions that the live way left out as not newer.",
                 &S::positions_not_newer);
  scrape.counter("fieldcast_positions_shared_total", "Newer positions that other instances had.", &S::positions_shared);
  scrape.counter("fieldcast_updates_out_total", "Update messages handed to clients.", &S::updates_out);
  scrape.counter("fieldcast_positions_out_total", "Positions inside the updates handed to clients.", &S::positions_out);
  scrape.counter("fieldcast_updates_coalesced_total", "Updates replaced by a newer one before they were sent.",
                 &S::updates_coalesced);
  scrape.counter("fieldcast_snapshots_out_total", "Snapshots handed to clients.", &S::snapshots_out);
  scrape.histogram("fieldcast_ingest_to_delivery_seconds", "From a fix decoded to its update in a client's outbox.",
                   &S::ingest_to_delivery);
}

void append_store(Scrape& scrape) {
  const Metrics& metrics = scrape.metrics;
  auto& families = scrape.families;
  families.push_back(counter_family("fieldcast_store_commits_total", "Transactions committed by the store.",
                                    value_of(metrics.store_commits)));
  families.push_back(counter_family("fieldcast_store_failures_total", "Transactions that the store could not commit.",
                                    value_of(metrics.store_failures)));
  families.push_back(
      counter_family("fieldcast_store_rows_total", "Rows that the store committed.", value_of(metrics.store_rows)));
  families.push_back(histogram_family("fieldcast_store_commit_seconds", "Duration of a commit of the store.",
                                      metrics.commit_latency.snapshot()));
  families.push_back(histogram_family("fieldcast_store_commit_fixes", "Fixes in one commit of the store.",
                                      metrics.commit_fixes.snapshot()));
}

void append_bus(Scrape& scrape) {
  const Metrics& metrics = scrape.metrics;
  const auto add = [&scrape](const char* name, const char* help, const Counter& counter) {
    scrape.families.push_back(counter_family(name, help, value_of(counter)));
  };
  add("fieldcast_bus_positions_out_total", "Positions published to other instances.", metrics.bus_positions_out);
  add("fieldcast_bus_positions_in_total", "Positions received from other instances.", metrics.bus_positions_in);
  add("fieldcast_bus_lost_total", "Publications lost on the bus; each was healed from the cache.", metrics.bus_lost);
  add("fieldcast_bus_connects_total", "Connections to the bus.", metrics.bus_connects);
  add("fieldcast_bus_disconnects_total", "Connections to the bus that broke.", metrics.bus_disconnects);
}

void append_ageing(Scrape& scrape) {
  const Metrics& metrics = scrape.metrics;
  const auto add = [&scrape](const char* name, const char* help, const Counter& counter) {
    scrape.families.push_back(counter_family(name, help, value_of(counter)));
  };
  scrape.families.push_back(labelled_family(MetricType::Counter, "fieldcast_ageing_days_total",
                                            "Days of history, by what was done to them.", "done",
                                            {{"archived", value_of(metrics.ageing_days_archived)},
                                             {"closed", value_of(metrics.ageing_days_closed)},
                                             {"dropped", value_of(metrics.ageing_days_dropped)}}));
  add("fieldcast_ageing_rows_removed_total", "Rows removed because their time was over.", metrics.ageing_rows_removed);
  add("fieldcast_ageing_hours_total", "Hours of agents that were summarised.", metrics.ageing_hours);
  add("fieldcast_ageing_failures_total", "Failures of housekeeping; it tries again.", metrics.ageing_failures);
}

MetricFamily build_family() {
  prometheus::ClientMetric metric;
  metric.gauge.value = 1;
  metric.label = {{"compiler", __VERSION__}, {"version", FIELDCAST_VERSION}};
  return {"fieldcast_build_info", "What this binary is; always 1.", MetricType::Gauge, {std::move(metric)}};
}

}  // namespace

struct Metrics::Labelled {
  struct Gauge {
    std::string help;
    std::function<double()> read;
  };
  Mutex mutex;
  CountsByLabel closed FIELDCAST_GUARDED_BY(mutex);
  CountsByLabel quarantined FIELDCAST_GUARDED_BY(mutex);
  CountsByLabel responded FIELDCAST_GUARDED_BY(mutex);
  std::map<std::string, Gauge> gauges FIELDCAST_GUARDED_BY(mutex);

  void append_counters(std::vector<MetricFamily>& families) FIELDCAST_EXCLUDES(mutex) {
    MutexLock lock(mutex);
    families.push_back(labelled_family(MetricType::Counter, "fieldcast_sockets_closed_total",
                                       "WebSockets closed, by close code.", "code", values_of(closed)));
    families.push_back(labelled_family(MetricType::Counter, "fieldcast_fixes_quarantined_total",
                                       "Fixes set aside, by reason.", "code", values_of(quarantined)));
    families.push_back(labelled_family(MetricType::Counter, "fieldcast_http_responses_total",
                                       "HTTP responses, by status.", "status", values_of(responded)));
  }
  /// Reads outside the lock: a gauge may itself look at these metrics.
  void append_gauges(std::vector<MetricFamily>& families) FIELDCAST_EXCLUDES(mutex) {
    std::map<std::string, Gauge> copy;
    {
      MutexLock lock(mutex);
      copy = gauges;
    }
    for (const auto& [name, gauge] : copy) families.push_back(gauge_family(name, gauge.help, gauge.read()));
  }
};

Metrics::Metrics(std::size_t shards) : labelled_(std::make_unique<Labelled>()) {
  for (std::size_t i = 0; i < shards; ++i) shards_.push_back(std::make_unique<ShardMetrics>());
}

Metrics::~Metrics() = default;

std::uint64_t Metrics::total(Counter ShardMetrics::*counter) const {
  std::uint64_t sum = 0;
  for (const auto& shard : shards_) sum += ((*shard).*counter).load(std::memory_order_relaxed);
  return sum;
}

HistogramSnapshot Metrics::total(Histogram ShardMetrics::*histogram) const {
  HistogramSnapshot sum = Histogram().snapshot();
  for (const auto& shard : shards_) sum.add(((*shard).*histogram).snapshot());
  return sum;
}

void Metrics::closed(std::uint16_t code) {
  MutexLock lock(labelled_->mutex);
  count_label(labelled_->closed, std::to_string(code));
}

void Metrics::quarantined(std::string_view code) {
  MutexLock lock(labelled_->mutex);
  count_label(labelled_->quarantined, code);
}

void Metrics::responded(std::uint16_t status) {
  MutexLock lock(labelled_->mutex);
  count_label(labelled_->responded, std::to_string(status));
}

void Metrics::gauge(std::string name, std::string help, std::function<double()> read) {
  MutexLock lock(labelled_->mutex);
  labelled_->gauges.insert_or_assign(std::move(name), Labelled::Gauge{std::move(help), std::move(read)});
}

std::string Metrics::prometheus_text() const {
  Scrape scrape{*this, {}};
  append_connections(scrape);
  append_ingest(scrape);
  append_live(scrape);
  append_store(scrape);
  append_bus(scrape);
  append_ageing(scrape);
  labelled_->append_counters(scrape.families);
  labelled_->append_gauges(scrape.families);
  scrape.families.push_back(build_family());
  append_process_families(scrape.families);
  return prometheus::TextSerializer().Serialize(scrape.families);
}

}  // namespace fieldcast::metrics
