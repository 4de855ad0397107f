// Offers a steady load to the store through its public contract, as phones do: requests of 1 to 5 fixes.
//   store_load URL [RATE=50000] [SECONDS=20] [AGENTS=10000] [LATE_S=0]      LATE_S: how old the fixes are
// First against an engine that does nothing: what the generator and the store's queues cost by themselves.
#include "fieldcast/store/store.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <stdexcept>
#include <sys/resource.h>
#include <thread>

namespace {

using namespace fieldcast;

class NullWriter final : public store::Writer {
 public:
  Result<void> commit(std::span<const store::WriteRequest> requests, std::span<store::WriteResult> results) override {
    for (std::size_t i = 0; i < requests.size(); ++i)
      results[i].accepted = static_cast<std::uint32_t>(requests[i].positions.size());
    return {};
  }
  Result<void> set_membership(const OrgId&, const UserId&, const TeamId&, bool) override { return {}; }
};

class NullReader final : public store::Reader {
 public:
  Result<std::vector<Position>> history(const store::HistoryQuery&) override { return std::vector<Position>{}; }
  Result<std::vector<store::QuarantineRecord>> quarantine(const store::QuarantineQuery&) override {
    return std::vector<store::QuarantineRecord>{};
  }
  Result<void> agents(const std::optional<TeamKey>&, const VisitAgent&) override { return {}; }
  Result<std::int64_t> agents_after(std::int64_t number, const VisitAgent&) override { return number; }
  Result<std::vector<store::Erasure>> erasures() override { return std::vector<store::Erasure>{}; }
  Result<std::vector<TeamId>> teams_of(const OrgId&, const UserId&) override { return std::vector<TeamId>{}; }
  Result<Counts> counts() override { return Counts{}; }
};

class NullEngine final : public store::Engine {
 public:
  Result<void> migrate() override { return {}; }
  Result<std::vector<std::string>> pending_migrations() override { return std::vector<std::string>{}; }
  std::size_t writers_useful() const override { return 2; }
  Result<std::unique_ptr<store::Writer>> open_writer() override {
    return std::unique_ptr<store::Writer>(std::make_unique<NullWriter>());
  }
  Result<std::unique_ptr<store::Reader>> open_reader() override {
    return std::unique_ptr<store::Reader>(std::make_unique<NullReader>());
  }
  Result<void> maintain() override { return {}; }
  std::string_view name() const override { return "null"; }
};

struct Load {
  std::size_t rate = 50'000, seconds = 20, agents = 10'000;
  milliseconds late{0};
};

std::int64_t microseconds_now() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

struct Report {
  std::size_t offered = 0, refused_fixes = 0;
  std::atomic<std::size_t> accepted{0}, duplicates{0}, failed_requests{0}, groups{0};
  std::vector<std::uint32_t> ack_us;  // by request
  double cpu_s = 0, wall_s = 0;
};

class Run {
 public:
  Run(const Load& load, Report& report) : load_(load), report_(report) {
    for (std::size_t i = 0; i < load.agents; ++i) {
      const std::string number = std::to_string(i);
      agents_.push_back(std::make_shared<const AgentIdentity>(
          AgentIdentity{OrgId("acme"), TeamId("team" + std::to_string(i % 100)), AgentId("agent" + number), number}));
    }
    sent_.resize(load.agents);
    submitted_us_.resize(load.rate * load.seconds + load.rate);
    report_.ack_us.resize(submitted_us_.size());
  }

  void against(std::unique_ptr<store::Engine> engine) {
    store::Observer observer;
    observer.committed = [this](std::size_t, std::size_t, std::chrono::nanoseconds) { ++report_.groups; };
    observer.failed = [](const Error& error) {
      std::fprintf(stderr, "%s: %s\n", error.code.c_str(), error.text.c_str());
    };
    store::Store store(
        std::move(engine), {}, [this](std::uint32_t, const auto& results) { take(results); }, observer);
    const double cpu_before = cpu_seconds();
    const std::int64_t start_us = microseconds_now();
    offer(store, start_us);
    store.stop();
    report_.wall_s = static_cast<double>(microseconds_now() - start_us) * 1e-6;
    report_.cpu_s = cpu_seconds() - cpu_before;
    report_.ack_us.resize(next_);
  }

 private:
  /// A little every millisecond, whatever became of what was offered before.
  void offer(store::Store& store, std::int64_t start_us) {
    const std::size_t total = load_.rate * load_.seconds;
    while (report_.offered < total) {
      const auto due = static_cast<std::size_t>(microseconds_now() - start_us) * load_.rate / 1'000'000;
      while (report_.offered < std::min(due, total)) submit_one(store);
      std::this_thread::sleep_for(milliseconds{1});
    }
  }

  void submit_one(store::Store& store) {
    const std::size_t agent = random_() % agents_.size();
    const std::size_t fixes = 1 + random_() % 5;
    store::WriteRequest request;
    request.positions.resize(fixes);
    for (AgentPosition& position : request.positions) fill(position, agent);
    request.shard = static_cast<std::uint32_t>(next_ % 2);
    request.request = next_;
    submitted_us_[next_] = microseconds_now();
    if (!store.submit(std::move(request))) report_.refused_fixes += fixes;
    ++next_;
    report_.offered += fixes;
  }

  void fill(AgentPosition& position, std::size_t agent) {
    position.agent = agents_[agent];
    Fix& fix = position.position.fix;
    const auto nth = static_cast<std::int64_t>(sent_[agent]++);
    fix.at = {12.9 + static_cast<double>(agent % 100) * 1e-3, 77.5 + static_cast<double>(nth) * 1e-5};
    fix.recorded_at = first_ + milliseconds{nth * 1'000};
    fix.accuracy_m = 5;
    fix.speed_mps = 7.5F;
    fix.heading_deg = 90;
    fix.battery = 0.8F;
    fix.activity = Activity::driving;
    position.position.received_at = first_ + milliseconds{nth * 1'000 + 250};
  }

  void take(const std::vector<store::WriteResult>& results) {
    const std::int64_t now_us = microseconds_now();
    std::size_t accepted = 0, duplicates = 0, failed = 0;
    for (const store::WriteResult& result : results) {
      accepted += result.accepted;
      duplicates += result.duplicates;
      failed += result.committed ? 0 : 1;
      report_.ack_us[result.request] = static_cast<std::uint32_t>(now_us - submitted_us_[result.request]);
    }
    report_.accepted += accepted;
    report_.duplicates += duplicates;
    report_.failed_requests += failed;
  }

  const Load load_;
  Report& report_;
  std::vector<AgentIdentityPtr> agents_;
  std::vector<std::size_t> sent_;  // fixes of each agent
  std::vector<std::int64_t> submitted_us_;
  std::size_t next_ = 0;
  std::minstd_rand random_{7};
  const Timestamp first_ = read_clock().wall - load_.late;
};

double cpu_per_million(const Report& report) {
  return report.cpu_s * 1e6 / static_cast<double>(std::max<std::size_t>(report.accepted, 1));
}

void print(const char* what, Report& report) {
  std::sort(report.ack_us.begin(), report.ack_us.end());
  const auto ack_ms = [&](double part) {
    return report.ack_us.empty()
               ? 0.0
               : report.ack_us[static_cast<std::size_t>(part * static_cast<double>(report.ack_us.size() - 1))] / 1e3;
  };
  std::printf("%s: %zu accepted of %zu offered in %.2f s (%.0f/s), %zu refused, %zu requests failed, %zu duplicates\n",
              what, report.accepted.load(), report.offered, report.wall_s,
              static_cast<double>(report.accepted) / report.wall_s, report.refused_fixes, report.failed_requests.load(),
              report.duplicates.load());
  std::printf("%s: %zu groups of %.0f fixes, ack p50 %.1f p99 %.1f max %.1f ms, CPU %.2f s (%.2f s per million)\n",
              what, report.groups.load(),
              static_cast<double>(report.accepted) / static_cast<double>(std::max<std::size_t>(report.groups, 1)),
              ack_ms(0.5), ack_ms(0.99), ack_ms(1), report.cpu_s, cpu_per_million(report));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: store_load URL [RATE] [SECONDS] [AGENTS] [LATE_S]\n");
    return 2;
  }
  Load load;
  if (argc > 2) load.rate = std::strtoul(argv[2], nullptr, 10);
  if (argc > 3) load.seconds = std::strtoul(argv[3], nullptr, 10);
  if (argc > 4) load.agents = std::strtoul(argv[4], nullptr, 10);
  if (argc > 5) load.late = seconds{std::strtol(argv[5], nullptr, 10)};
  try {
    Report dry, real;
    Run(load, dry).against(std::make_unique<NullEngine>());
    print("no database", dry);
    Run(load, real).against(store::make_postgres_engine({.url = argv[1], .read_url = {}}));
    print("PostgreSQL", real);
    std::printf("client CPU of the engine alone: %.2f s per million\n", cpu_per_million(real) - cpu_per_million(dry));
    std::printf("accepted %zu\n", real.accepted.load());
    return real.accepted == real.offered ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
