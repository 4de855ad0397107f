#include "fieldcast/app/keeping.hpp"

#include "fieldcast/api/log.hpp"
#include "fieldcast/app/serve.hpp"
#include "fieldcast/archive/archive.hpp"

#include <atomic>

namespace fieldcast::app {

namespace {

using api::log;
using api::LogLevel;

/// Opens what it needs when it is first asked, and anew after an error: on the thread of the worker.
class Summaries {
 public:
  explicit Summaries(std::shared_ptr<store::Engine> engine) : engine_(std::move(engine)) {}

  Result<std::size_t> work(Timestamp now, std::size_t hours_max) {
    if (!summariser_) {
      auto opened = engine_->open_summariser();
      if (!opened) return opened.error();
      summariser_ = std::move(*opened);
    }
    auto worked = summariser_->work(now, hours_max);
    if (!worked) summariser_.reset();
    return worked;
  }

 private:
  const std::shared_ptr<store::Engine> engine_;
  std::unique_ptr<store::Summariser> summariser_;
};

ageing::Tools make_tools(const config::Config& config) {
  const std::shared_ptr<store::Engine> engine = make_engine(config);
  const auto summaries = std::make_shared<Summaries>(engine);
  return {[engine] { return engine->open_keeper(); },
          [summaries](Timestamp now, std::size_t hours_max) { return summaries->work(now, hours_max); }};
}

/// A place that cannot be used is told whenever it is needed, and nothing goes meanwhile.
ageing::Archive unusable(const Error& error) {
  return {[error](store::Keeper&, store::Day) -> Result<void> { return error; },
          [error](store::Keeper&, store::Day) -> Result<bool> { return error; },
          {}};
}

ageing::Archive make_archive(const config::Config& config) {
  if (config.archive.place.empty()) return {};
  auto made = archive::make_place(config.archive.place, config.archive.rclone);
  if (!made) return unusable(made.error());
  const std::shared_ptr<archive::Place> place = std::move(*made);
  const auto write = [place](store::Keeper& keeper, store::Day day) -> Result<void> {
    const auto archived = archive::archive_day(keeper, *place, day);
    if (!archived) return archived.error();
    return {};
  };
  return {write, [place](store::Keeper& keeper, store::Day day) { return archive::holds(keeper, *place, day); },
          [place] { place->interrupt(); }};
}

void count_and_log(metrics::Metrics& metrics, const ageing::Done& done, std::size_t hours) {
  metrics::count(metrics.ageing_hours, hours);
  metrics::count(metrics.ageing_days_closed, done.days_closed);
  metrics::count(metrics.ageing_days_archived, done.days_archived);
  metrics::count(metrics.ageing_days_dropped, done.days_dropped);
  const std::uint64_t rows = done.positions + done.last_known + done.quarantined + done.summaries + done.swept;
  metrics::count(metrics.ageing_rows_removed, rows);
  if (!done.any()) return;
  log(LogLevel::info, "kept_house",
      {{"days_archived", std::to_string(done.days_archived)},
       {"days_closed", std::to_string(done.days_closed)},
       {"days_dropped", std::to_string(done.days_dropped)},
       {"rows_removed", std::to_string(rows)}});
}

}  // namespace

ageing::Housekeeping make_housekeeping(const config::Config& config, ageing::Housekeeping::Failed failed) {
  return {config.retention, make_archive(config), std::move(failed)};
}

std::unique_ptr<ageing::Worker> start_keeping(const config::Config& config, metrics::Metrics& metrics) {
  if (!config.retention_here) return nullptr;
  const auto has_turn = std::make_shared<std::atomic<bool>>(false);
  metrics.gauge("fieldcast_ageing_turn", "1 on the instance that keeps the days of the database.",
                [has_turn] { return *has_turn ? 1.0 : 0.0; });
  ageing::Observer observer;
  observer.done = [&metrics](const ageing::Done& done, std::size_t hours) { count_and_log(metrics, done, hours); };
  observer.failed = [&metrics](const Error& error) {
    metrics::count(metrics.ageing_failures);
    log(LogLevel::error, "keeping_failed", {{"code", error.code}, {"why", error.text}});
  };
  observer.turn = [has_turn](bool has) { *has_turn = has; };
  return std::make_unique<ageing::Worker>(make_tools(config), config.retention, make_archive(config),
                                          std::move(observer), ageing::WorkerSettings{});
}

}  // namespace fieldcast::app
