#include "fieldcast/ageing/worker.hpp"

#include "fieldcast/base/ownership.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <pthread.h>
#include <thread>
#include <utility>

namespace fieldcast::ageing {

struct Worker::Body {
  Body(Tools tools_given, Policy policy, Archive archive, Observer observer_given, WorkerSettings settings_given)
      : tools(std::move(tools_given)),
        observer(std::move(observer_given)),
        settings(settings_given),
        interrupt_archive(archive.interrupt),
        housekeeping(policy, std::move(archive), [this](const Error& error) { tell_failure(error); }),
        thread([this] { run(); }) {}

  ~Body() {
    {
      const MutexLock lock(mutex);
      stopping = true;
      if (keeper) keeper->interrupt();
    }
    if (interrupt_archive) interrupt_archive();
    stop_asked.notify_all();
    thread.join();
  }

  bool go_on() FIELDCAST_EXCLUDES(mutex) {
    const MutexLock lock(mutex);
    return !stopping;
  }

  /// False: stop.
  bool rest(milliseconds time) FIELDCAST_EXCLUDES(mutex) {
    MutexLock lock(mutex);
    const auto until = std::chrono::steady_clock::now() + time;
    return !stop_asked.wait_until(mutex, until, [this]() FIELDCAST_REQUIRES(mutex) { return stopping; });
  }

  void run() {
    ::pthread_setname_np(::pthread_self(), "ageing");
    for (milliseconds wait{0}; rest(wait);) {
      const auto next = work();
      wait = next ? *next : settings.after_failure;
      if (!next) fail(next.error());
    }
  }

  /// How long to rest afterwards.
  Result<milliseconds> work() {
    if (auto opened = open(); !opened) return opened.error();
    if (!has_turn) {
      const auto turn = keeper->take_turn();
      if (!turn) return turn.error();
      if (!*turn) return settings.turn_asked_every;
      tell_turn(true);
    }
    bool more = false;
    if (auto summed = summarise(more); !summed) return summed.error();
    if (std::chrono::steady_clock::now() >= next_round + (more ? settings.summaries_first : milliseconds{0})) {
      if (auto kept = keep_house(); !kept) return kept.error();
      next_round = std::chrono::steady_clock::now() + settings.round_every;
    }
    return more ? milliseconds{0} : settings.summaries_every;
  }

  /// A round over many days takes long: summaries get in between, and what was done is told.
  Result<void> keep_house() {
    Done done;
    Result<void> summed;
    const auto tell = [&] {
      if (done.any() && observer.done) observer.done(std::exchange(done, {}), 0);
    };
    const auto between = [&] {
      tell();
      bool more = false;
      if (std::chrono::steady_clock::now() >= next_summaries) summed = summarise(more);
      return summed && go_on();
    };
    auto kept = housekeeping.round(*keeper, read_clock().wall, between, done);
    tell();
    return summed ? kept : summed;
  }

  /// `more`: it was left at that for now, a replay of years makes hours due for minutes.
  Result<void> summarise(bool& more) {
    const Now now = read_clock();
    std::size_t hours = 0;
    Result<void> summed;
    do {
      const auto computed = tools.summarise(now.wall, settings.hours_at_once);
      if (!computed) summed = computed.error();
      hours += computed ? *computed : 0;
      more = computed && *computed >= settings.hours_at_once;
    } while (more && go_on() && std::chrono::steady_clock::now() < now.steady + settings.summaries_every);
    next_summaries = std::chrono::steady_clock::now() + settings.summaries_every;
    if (hours != 0 && observer.done) observer.done({}, hours);
    return summed;
  }

  Result<void> open() FIELDCAST_EXCLUDES(mutex) {
    if (keeper) return {};
    auto opened = tools.open_keeper();
    if (!opened) return opened.error();
    const MutexLock lock(mutex);
    keeper = std::move(*opened);
    if (stopping) keeper->interrupt();
    return {};
  }

  void fail(const Error& error) FIELDCAST_EXCLUDES(mutex) {
    if (has_turn) tell_turn(false);
    tell_failure(error);
    const MutexLock lock(mutex);
    keeper.reset();
  }

  /// What was interrupted has not failed.
  void tell_failure(const Error& error) FIELDCAST_EXCLUDES(mutex) {
    if (go_on() && observer.failed) observer.failed(error);
  }

  void tell_turn(bool has) {
    has_turn = has;
    if (observer.turn) observer.turn(has);
  }

  const Tools tools;
  const Observer observer;
  const WorkerSettings settings;
  const std::function<void()> interrupt_archive;
  Housekeeping housekeeping;
  bool has_turn = false;
  SteadyTime next_round = std::chrono::steady_clock::now(), next_summaries = next_round;

  Mutex mutex;
  std::condition_variable_any stop_asked;
  bool stopping FIELDCAST_GUARDED_BY(mutex) = false;
  std::unique_ptr<store::Keeper> keeper;  // changed under the mutex, by the thread only
  std::thread thread;                     // last: it uses the rest
};

Worker::Worker(Tools tools, Policy policy, Archive archive, Observer observer, WorkerSettings settings)
    : body_(std::make_unique<Body>(std::move(tools), policy, std::move(archive), std::move(observer), settings)) {}

Worker::~Worker() = default;

}  // namespace fieldcast::ageing
