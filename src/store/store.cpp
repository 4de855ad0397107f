#include "fieldcast/store/store.hpp"

#include "fieldcast/base/bounded_queue.hpp"
#include "pooled_reader.hpp"
#include "write_lane.hpp"

#include <algorithm>
#include <pthread.h>
#include <thread>

namespace fieldcast::store {
namespace {

void name_thread(const char* name) { ::pthread_setname_np(::pthread_self(), name); }

template <class T>
T value_or_throw(Result<T> result) {
  if (!result) throw_exception_from_error(result.error(), BOOST_CURRENT_LOCATION);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

Settings sane(Settings settings, const Engine& engine) {
  settings.flush_fixes = std::max<std::size_t>(settings.flush_fixes, 1);
  settings.readers = std::max<std::size_t>(settings.readers, 1);
  settings.writers = std::max<std::size_t>(std::min(settings.writers, engine.writers_useful()), 1);
  return settings;
}

Result<void> expect_none_pending(Engine& engine) {
  const auto pending = engine.pending_migrations();
  if (!pending) return pending.error();
  if (pending->empty()) return {};
  std::string names;
  for (const std::string& name : *pending) names += (names.empty() ? "" : ", ") + name;
  return Error{"schema_behind", "migrations are pending: " + names + "; run `fieldcast migrate`"};
}

/// Returns what a later program has applied.
std::vector<std::int64_t> bring_schema_up_to_date(Engine& engine, bool migrate) {
  auto brought = migrate ? engine.migrate() : expect_none_pending(engine);
  if (!brought && brought.error().code == "schema_unusable")
    if (auto unknown = engine.unknown_migrations(); unknown && !unknown->empty()) return std::move(*unknown);
  value_or_throw(std::move(brought));
  return {};
}

}  // namespace

struct Store::Body {
  using ReadTask = std::function<void(Reader&)>;

  Body(std::unique_ptr<Engine> engine_given, const Settings& settings_given, Deliver deliver_given,
       Observer observer_given)
      : engine(std::move(engine_given)),
        settings(sane(settings_given, *engine)),
        deliver(std::move(deliver_given)),
        observer(std::move(observer_given)),
        tasks(settings.reads_waiting_max) {
    unknown_migrations = bring_schema_up_to_date(*engine, settings.migrate_at_start);
    history_way = engine->history_way();
    std::vector<std::unique_ptr<Writer>> writers;
    for (std::size_t i = 0; i < settings.writers; ++i) writers.push_back(value_or_throw(engine->open_writer()));
    std::vector<std::unique_ptr<Reader>> readers;
    for (std::size_t i = 0; i < settings.readers; ++i) readers.push_back(value_or_throw(engine->open_reader()));
    start_threads(std::move(writers), std::move(readers));
  }
  ~Body() { stop(); }

  void start_threads(std::vector<std::unique_ptr<Writer>> writers, std::vector<std::unique_ptr<Reader>> readers) {
    for (auto& writer : writers)
      lanes.push_back(std::make_unique<WriteLane>(surroundings, std::move(writer),
                                                  settings.queue_fixes_max / settings.writers,
                                                  "store-write-" + std::to_string(lanes.size())));
    for (auto& reader : readers)
      reading.emplace_back([this, opened = std::move(reader)]() mutable { read(std::move(opened)); });
    maintaining = std::thread([this] { maintain(); });
  }

  void read(std::unique_ptr<Reader> opened) {
    name_thread("store-read");
    PooledReader reader(*engine, std::move(opened));
    while (auto task = tasks.pop()) (*task)(reader);
  }

  void maintain() FIELDCAST_EXCLUDES(mutex) {
    name_thread("store-maintain");
    for (;;) {
      {
        MutexLock lock(mutex);
        const auto next = std::chrono::steady_clock::now() + settings.maintain_every;
        if (stop_asked.wait_until(mutex, next, [this]() FIELDCAST_REQUIRES(mutex) { return stopping; })) return;
      }
      if (auto maintained = engine->maintain(); !maintained) {
        remember(maintained.error());
        if (observer.failed) observer.failed(maintained.error());
      }
    }
  }

  /// Whoever comes second waits until the first is through.
  void stop() {
    std::call_once(stop_once, [this] { stop_threads(); });
  }

  void stop_threads() FIELDCAST_EXCLUDES(mutex) {
    for (auto& lane : lanes) lane->close();
    tasks.close();
    for (std::thread& thread : reading) thread.join();
    {
      MutexLock lock(mutex);
      stopping = true;
    }
    stop_asked.notify_all();
    maintaining.join();
    stopped.store(true, std::memory_order_release);
  }

  void remember(const Error& error) FIELDCAST_EXCLUDES(mutex) {
    MutexLock lock(mutex);
    last_failure = error.code + ": " + error.text;
  }

  const std::unique_ptr<Engine> engine;
  const Settings settings;
  const Deliver deliver;
  const Observer observer;
  const LaneSurroundings surroundings{*engine, settings, deliver, observer,
                                      [this](const Error& error) { remember(error); }};
  std::vector<std::int64_t> unknown_migrations;
  std::string history_way;
  BoundedQueue<ReadTask> tasks;
  std::once_flag stop_once;
  std::atomic<bool> stopped{false};

  Mutex mutex;
  std::condition_variable_any stop_asked;
  bool stopping FIELDCAST_GUARDED_BY(mutex) = false;
  std::string last_failure FIELDCAST_GUARDED_BY(mutex);

  std::vector<std::unique_ptr<WriteLane>> lanes;
  std::vector<std::thread> reading;
  std::thread maintaining;
};

Store::Store(std::unique_ptr<Engine> engine, Settings settings, Deliver deliver, Observer observer)
    : body_(std::make_unique<Body>(std::move(engine), settings, std::move(deliver), std::move(observer))) {}

Store::~Store() = default;

bool Store::submit(WriteRequest&& request) {
  const auto& lanes = body_->lanes;
  return lanes[lane_of(request, lanes.size())]->submit(std::move(request));
}

bool Store::read(std::function<void(Reader&)> task) { return body_->tasks.push(std::move(task)); }

void Store::stop() { body_->stop(); }

Store::State Store::state() const {
  if (body_->stopped.load(std::memory_order_acquire)) return State::stopped;
  const auto& lanes = body_->lanes;
  const bool failing = std::any_of(lanes.begin(), lanes.end(), [](const auto& lane) { return lane->failing(); });
  return failing ? State::failing : State::ok;
}

std::size_t Store::waiting_fixes() const {
  std::size_t waiting = 0;
  for (const auto& lane : body_->lanes) waiting += lane->waiting_fixes();
  return waiting;
}

std::string Store::last_failure() const {
  MutexLock lock(body_->mutex);
  return body_->last_failure;
}

std::string_view Store::engine_name() const { return body_->engine->name(); }

const std::vector<std::int64_t>& Store::unknown_migrations() const { return body_->unknown_migrations; }

const std::string& Store::history_way() const { return body_->history_way; }

}  // namespace fieldcast::store
