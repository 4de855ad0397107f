#include "fieldcast/store/store.hpp"

#include "fieldcast/base/bounded_queue.hpp"
#include "fieldcast/store/trial_gate.hpp"
#include "group_queue.hpp"
#include "group_writer.hpp"
#include "pooled_reader.hpp"

#include <algorithm>
#include <map>
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

Settings sane(Settings settings) {
  settings.flush_fixes = std::max<std::size_t>(settings.flush_fixes, 1);
  settings.readers = std::max<std::size_t>(settings.readers, 1);
  return settings;
}

}  // namespace

struct Store::Body {
  using ReadTask = std::function<void(Reader&)>;

  Body(std::unique_ptr<Engine> engine_given, const Settings& settings_given, Deliver deliver_given,
       Observer observer_given)
      : engine(std::move(engine_given)),
        settings(sane(settings_given)),
        deliver(std::move(deliver_given)),
        observer(std::move(observer_given)),
        requests(settings.queue_fixes_max),
        tasks(settings.reads_waiting_max) {
    value_or_throw(engine->migrate());
    auto writer = value_or_throw(engine->open_writer());
    std::vector<std::unique_ptr<Reader>> readers;
    for (std::size_t i = 0; i < settings.readers; ++i) readers.push_back(value_or_throw(engine->open_reader()));
    start_threads(std::move(writer), std::move(readers));
  }
  ~Body() { stop(); }

  void start_threads(std::unique_ptr<Writer> writer, std::vector<std::unique_ptr<Reader>> readers) {
    writing = std::thread([this, opened = std::move(writer)]() mutable { write(std::move(opened)); });
    for (auto& reader : readers)
      reading.emplace_back([this, opened = std::move(reader)]() mutable { read(std::move(opened)); });
    maintaining = std::thread([this] { maintain(); });
  }

  bool submit(WriteRequest&& request) {
    std::size_t room = requests.weight_max();
    if (gate.failing()) {
      const auto phase = gate.phase(std::chrono::steady_clock::now());
      if (phase == TrialGate::Phase::closed) return false;
      if (phase == TrialGate::Phase::trial) room = std::min(room, settings.flush_fixes);
    }
    return requests.push(std::move(request), room);
  }

  void write(std::unique_ptr<Writer> opened) {
    name_thread("store-write");
    GroupWriter writer(*engine, std::move(opened), observer);
    for (;;) {
      const auto group = requests.take(settings.flush_after, settings.flush_fixes);
      if (group.empty()) return;
      auto outcome = writer.commit(group);
      if (outcome.last_error) remember(*outcome.last_error);
      if (!outcome.failure) {
        gate.succeeded();
        deliver_by_shard(outcome.results);
        continue;
      }
      // First close the gate, then answer: who asks again at once is refused by submit.
      gate.failed(std::chrono::steady_clock::now());
      deliver_by_shard(outcome.results);
      deliver_by_shard(refusals_of(requests.take_all()));
    }
  }

  void deliver_by_shard(const std::vector<WriteResult>& results) {
    std::map<std::uint32_t, std::vector<WriteResult>> by_shard;
    for (const WriteResult& result : results) by_shard[result.shard].push_back(result);
    for (auto& [shard, of_shard] : by_shard) deliver(shard, std::move(of_shard));
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
    requests.close();
    tasks.close();
    writing.join();
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
  GroupQueue requests;
  BoundedQueue<ReadTask> tasks;
  TrialGate gate;
  std::once_flag stop_once;
  std::atomic<bool> stopped{false};

  Mutex mutex;
  std::condition_variable_any stop_asked;
  bool stopping FIELDCAST_GUARDED_BY(mutex) = false;
  std::string last_failure FIELDCAST_GUARDED_BY(mutex);

  std::thread writing;
  std::vector<std::thread> reading;
  std::thread maintaining;
};

Store::Store(std::unique_ptr<Engine> engine, Settings settings, Deliver deliver, Observer observer)
    : body_(std::make_unique<Body>(std::move(engine), settings, std::move(deliver), std::move(observer))) {}

Store::~Store() = default;

bool Store::submit(WriteRequest&& request) { return body_->submit(std::move(request)); }

bool Store::read(std::function<void(Reader&)> task) { return body_->tasks.push(std::move(task)); }

void Store::stop() { body_->stop(); }

Store::State Store::state() const {
  if (body_->stopped.load(std::memory_order_acquire)) return State::stopped;
  return body_->gate.failing() ? State::failing : State::ok;
}

std::size_t Store::waiting_fixes() const { return body_->requests.weight(); }

std::string Store::last_failure() const {
  MutexLock lock(body_->mutex);
  return body_->last_failure;
}

std::string_view Store::engine_name() const { return body_->engine->name(); }

}  // namespace fieldcast::store
