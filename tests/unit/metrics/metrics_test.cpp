#include "fieldcast/metrics/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>
#include <sstream>
#include <thread>

namespace fieldcast::metrics {
namespace {

using testing::HasSubstr;
using testing::Not;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

TEST(Metrics, SumsACounterOverShards) {
  Metrics metrics(3);
  count(metrics.shard(0).fixes_accepted, 2);
  count(metrics.shard(2).fixes_accepted, 40);
  EXPECT_EQ(metrics.total(&ShardMetrics::fixes_accepted), 42U);
  EXPECT_THAT(metrics.prometheus_text(), HasSubstr("fieldcast_fixes_total{outcome=\"accepted\"} 42\n"));
}

TEST(Metrics, SumsAGaugeThatOneShardRaisesAndAnotherLowers) {
  Metrics metrics(2);
  count(metrics.shard(0).watchers_connected, 5);
  metrics.shard(1).watchers_connected.fetch_sub(2);
  EXPECT_THAT(metrics.prometheus_text(), HasSubstr("fieldcast_connections{kind=\"watcher\"} 3\n"));
}

TEST(Metrics, ShowsAGaugeBelowZeroAsZero) {
  Metrics metrics(1);
  metrics.shard(0).agents_known.fetch_sub(1);
  EXPECT_THAT(metrics.prometheus_text(), HasSubstr("\nfieldcast_agents 0\n"));
}

TEST(Metrics, GivesEveryFamilyHelpAndTypeOnce) {
  Metrics metrics(1);
  metrics.closed(4101);
  metrics.quarantined("latitude_missing");
  metrics.responded(200);
  metrics.gauge("fieldcast_store_waiting_fixes", "Fixes that wait for a commit.", [] { return 7.0; });
  std::set<std::string> helped, typed;
  for (const std::string& line : lines_of(metrics.prometheus_text())) {
    std::istringstream words(line);
    std::string hash, kind, name, rest;
    words >> hash >> kind >> name;
    std::getline(words, rest);
    if (kind == "HELP") {
      EXPECT_TRUE(helped.insert(name).second) << name;
      EXPECT_GT(rest.size(), 10U) << name;
    } else if (kind == "TYPE") {
      EXPECT_TRUE(typed.insert(name).second) << name;
    }
  }
  EXPECT_EQ(helped, typed);
  for (const char* name : {"fieldcast_connections",
                           "fieldcast_rooms",
                           "fieldcast_agents",
                           "fieldcast_fixes_total",
                           "fieldcast_fixes_quarantined_total",
                           "fieldcast_updates_out_total",
                           "fieldcast_positions_out_total",
                           "fieldcast_updates_coalesced_total",
                           "fieldcast_sockets_closed_total",
                           "fieldcast_store_commits_total",
                           "fieldcast_store_commit_seconds",
                           "fieldcast_store_commit_fixes",
                           "fieldcast_ingest_to_delivery_seconds",
                           "fieldcast_ingest_to_ack_seconds",
                           "fieldcast_bytes_in_total",
                           "fieldcast_bytes_out_total",
                           "fieldcast_http_requests_total",
                           "fieldcast_http_responses_total",
                           "fieldcast_store_waiting_fixes",
                           "fieldcast_build_info",
                           "process_resident_memory_bytes"})
    EXPECT_TRUE(helped.contains(name)) << name;
}

TEST(Metrics, WritesHistogramsCumulatively) {
  Metrics metrics(2);
  metrics.shard(0).ingest_to_ack.observe(std::chrono::milliseconds{1});
  metrics.shard(1).ingest_to_ack.observe(std::chrono::milliseconds{4});
  const std::string text = metrics.prometheus_text();
  EXPECT_THAT(text, HasSubstr("fieldcast_ingest_to_ack_seconds_count 2\n"));
  EXPECT_THAT(text, HasSubstr("fieldcast_ingest_to_ack_seconds_bucket{le=\"0.001\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("fieldcast_ingest_to_ack_seconds_bucket{le=\"0.005\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("fieldcast_ingest_to_ack_seconds_bucket{le=\"+Inf\"} 2\n"));
}

TEST(Metrics, CountsByLabel) {
  Metrics metrics(1);
  metrics.closed(4101);
  metrics.closed(4101);
  metrics.quarantined("latitude_missing");
  metrics.responded(503);
  const std::string text = metrics.prometheus_text();
  EXPECT_THAT(text, HasSubstr("fieldcast_sockets_closed_total{code=\"4101\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("fieldcast_fixes_quarantined_total{code=\"latitude_missing\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("fieldcast_http_responses_total{status=\"503\"} 1\n"));
}

TEST(Metrics, BoundsTheNumberOfLabels) {
  Metrics metrics(1);
  for (std::uint16_t code = 3'000; code < 3'100; ++code) metrics.closed(code);
  const std::string text = metrics.prometheus_text();
  EXPECT_THAT(text, HasSubstr("{code=\"3063\"} 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("{code=\"3064\"}")));
  EXPECT_THAT(text, HasSubstr("{code=\"other\"} 36\n"));
}

TEST(Metrics, ReadsAGaugeWhenScraped) {
  Metrics metrics(1);
  double value = 1;
  metrics.gauge("fieldcast_waiting", "What waits, for this test.", [&] { return value; });
  value = 12;
  EXPECT_THAT(metrics.prometheus_text(), HasSubstr("\nfieldcast_waiting 12\n"));
}

TEST(Metrics, ReplacesAGaugeOfTheSameName) {
  Metrics metrics(1);
  metrics.gauge("fieldcast_waiting", "What waits, for this test.", [] { return 1.0; });
  metrics.gauge("fieldcast_waiting", "What waits, for this test.", [] { return 2.0; });
  const std::string text = metrics.prometheus_text();
  EXPECT_THAT(text, HasSubstr("\nfieldcast_waiting 2\n"));
  EXPECT_THAT(text, Not(HasSubstr("\nfieldcast_waiting 1\n")));
}

TEST(Metrics, LetsAGaugeLookAtTheMetricsThemselves) {
  Metrics metrics(1);
  metrics.gauge("fieldcast_self", "A gauge that counts while it is read.", [&] {
    metrics.closed(1000);
    return static_cast<double>(metrics.shards());
  });
  EXPECT_THAT(metrics.prometheus_text(), HasSubstr("\nfieldcast_self 1\n"));
}

TEST(Metrics, LosesNoCountWhileItIsScraped) {
  Metrics metrics(2);
  std::vector<std::thread> threads;
  for (std::size_t shard = 0; shard < 2; ++shard)
    threads.emplace_back([&metrics, shard] {
      for (int i = 0; i < 10'000; ++i) {
        count(metrics.shard(shard).messages_in);
        metrics.shard(shard).ingest_to_delivery.observe(std::chrono::microseconds{i});
        if (i % 100 == 0) metrics.responded(200);
      }
    });
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(metrics.prometheus_text().empty());
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(metrics.total(&ShardMetrics::messages_in), 20'000U);
  EXPECT_EQ(metrics.total(&ShardMetrics::ingest_to_delivery).count(), 20'000U);
  EXPECT_THAT(metrics.prometheus_text(), HasSubstr("fieldcast_http_responses_total{status=\"200\"} 200\n"));
}

}  // namespace
}  // namespace fieldcast::metrics
