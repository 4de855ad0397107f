#include "run_report.hpp"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <sys/resource.h>

namespace fieldcast::simulate {
namespace {

double milliseconds_of(std::chrono::microseconds time) { return static_cast<double>(time.count()) / 1'000.0; }

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double since(std::uint64_t now, std::uint64_t& before, double seconds_passed) {
  const auto change = static_cast<double>(now - before);
  before = now;
  return change / seconds_passed;
}

}  // namespace

Json json_of(const UplinkCounts& counts) {
  return {{"recorded", counts.recorded},       {"sent", counts.sent},
          {"messages", counts.messages},       {"acks", counts.acks},
          {"accepted", counts.accepted},       {"duplicates", counts.duplicates},
          {"quarantined", counts.quarantined}, {"refused", counts.refused},
          {"rejected", counts.rejected},       {"forgotten", counts.forgotten},
          {"odd_acks", counts.odd_acks},       {"other_errors", counts.other_errors}};
}

Json json_of(const ClientCounts& counts) {
  Json ends = Json::object();
  for (const auto& [name, times] : counts.ends) ends[name] = times;
  return {{"up", counts.up},         {"welcomes", counts.welcomes},    {"failures", counts.failures},
          {"lost", counts.lost},     {"given_up", counts.given_up},    {"unreadable", counts.unreadable},
          {"ends", std::move(ends)}, {"back_ms", json_of(counts.back)}};
}

Json json_of(const WatchCounts& counts) {
  return {{"snapshots", counts.snapshots},
          {"resumed", counts.resumed},
          {"updates", counts.updates},
          {"positions", counts.positions},
          {"went_back", counts.went_back},
          {"repeated", counts.repeated},
          {"reset_to_older", counts.reset_to_older},
          {"before_snapshot", counts.before_snapshot},
          {"presence_changes", counts.presence_changes},
          {"unreadable", counts.unreadable}};
}

Json json_of(const Histogram& histogram) {
  return {{"count", histogram.count()},
          {"p50", milliseconds_of(histogram.quantile(0.5))},
          {"p90", milliseconds_of(histogram.quantile(0.9))},
          {"p99", milliseconds_of(histogram.quantile(0.99))},
          {"p999", milliseconds_of(histogram.quantile(0.999))},
          {"max", milliseconds_of(histogram.max())}};
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

void SummaryLine::print(const LineTotals& lines, std::size_t waiting, const DashboardTotals& dashboards,
                        const Histogram& latency) {
  const SteadyTime now = std::chrono::steady_clock::now();
  const double passed_s = std::max(std::chrono::duration<double>(now - before_).count(), 1e-3);
  before_ = now;
  const UplinkCounts& uplink = lines.uplink;
  const double sent_per_s = since(uplink.sent, sent_, passed_s);
  const std::uint64_t settled = uplink.accepted + uplink.duplicates + uplink.quarantined;
  const double settled_per_s = since(settled, settled_, passed_s);
  std::printf(
      "%6.0f s | agents up %llu | sent %llu (%.0f/s) settled %llu (%.0f/s) waiting %zu | ack p50 %.1f p99 %.1f ms",
      std::chrono::duration<double>(now - start_).count(), static_cast<unsigned long long>(lines.clients.up),
      static_cast<unsigned long long>(uplink.sent), sent_per_s, static_cast<unsigned long long>(settled), settled_per_s,
      waiting, milliseconds_of(lines.ack_latency.quantile(0.5)), milliseconds_of(lines.ack_latency.quantile(0.99)));
  if (dashboards.clients.welcomes > 0) {
    std::printf(" | dashboards up %llu, %.0f positions/s, back %llu",
                static_cast<unsigned long long>(dashboards.clients.up),
                since(dashboards.watch.positions, positions_, passed_s),
                static_cast<unsigned long long>(dashboards.watch.went_back));
  }
  if (latency.count() > 0) {
    std::printf(" | latency p50 %.2f p99 %.2f max %.1f ms", milliseconds_of(latency.quantile(0.5)),
                milliseconds_of(latency.quantile(0.99)), milliseconds_of(latency.max()));
  }
  const ClientCounts& clients = lines.clients;
  if (clients.failures + clients.lost + clients.given_up > 0) {
    std::printf(" | ended: lost %llu, failed %llu, for good %llu, last: %s",
                static_cast<unsigned long long>(clients.lost), static_cast<unsigned long long>(clients.failures),
                static_cast<unsigned long long>(clients.given_up), clients.last_end.c_str());
  }
  std::printf("\n");
  std::fflush(stdout);
}

int cannot_start(const char* command, const Error& error) {
  std::fprintf(stderr, "fieldcast %s: %s\n", command, error.text.c_str());
  return 2;
}

}  // namespace fieldcast::simulate
