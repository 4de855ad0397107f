// What the commands print: lines for people, one JSON line for scripts.
#pragma once

#include "agent_lines.hpp"
#include "dashboard.hpp"

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace fieldcast::simulate {

using Json = nlohmann::ordered_json;

Json json_of(const UplinkCounts& counts);
Json json_of(const ClientCounts& counts);
Json json_of(const WatchCounts& counts);
Json json_of(const Histogram& histogram);  // count and milliseconds: p50, p90, p99, p999, max

/// CPU seconds of this process so far.
double cpu_seconds();

/// Prints what happened since it was last called, and remembers.
class SummaryLine {
 public:
  void print(const LineTotals& lines, std::size_t waiting, const DashboardTotals& dashboards, const Histogram& latency);

 private:
  SteadyTime before_ = std::chrono::steady_clock::now();
  SteadyTime start_ = before_;
  std::uint64_t sent_ = 0, settled_ = 0, positions_ = 0;
};

/// One line on stderr: `fieldcast <command>: <text>`. Returns 2.
int cannot_start(const char* command, const Error& error);

}  // namespace fieldcast::simulate
