// The durable way: group commit in front of an engine, and a pool of readers.
//
//   any thread ── submit ─▶ lane of the request's first agent: bounded queue ─▶ writer thread: one
//   transaction per flush_after or flush_fixes, whichever first ─▶ deliver(shard, results)
//
// There are as many lanes as writers; each has its own queue, thread and state, so what one agent sends stays in
// order. When the engine fails, the lane's group and all that waits behind it are answered
// `committed = false`, and the state is `failing` (while any lane's is): submit refuses for a back-off of 50 ms to
// 2 s, then lets one group in as a trial, and so on until one is committed (trial_gate.hpp).
// The writers and the readers are opened anew after an error. A request that makes the engine fail on its data is found
// by halving, and alone answered false. A schema that a later program has migrated is worked on.
#pragma once

#include "fieldcast/store/engine.hpp"

#include <atomic>
#include <functional>

namespace fieldcast::store {

struct Settings {
  milliseconds flush_after{5};
  std::size_t flush_fixes = 1'000;
  std::size_t queue_fixes_max = 200'000;  // split evenly between the writers
  std::size_t writers = 2;                // at most what the engine finds useful
  std::size_t readers = 2;
  std::size_t reads_waiting_max = 256;
  milliseconds halving_max{10'000};  // what is refused after this is the engine's fault, not a request's
  seconds maintain_every{1};
  bool migrate_at_start = true;  // false: a schema that is behind is an error
};

/// What the store reports of itself; called on its threads, several at a time. Level 3 does not know metrics: app
/// connects the two.
struct Observer {
  std::function<void(std::size_t fixes, std::size_t requests, std::chrono::nanoseconds took)> committed;
  std::function<void(const Error&)> failed;
};

/// One call per shard that has results in a group; on the writers' threads, several at a time; must not block.
using Deliver = std::function<void(std::uint32_t shard, std::vector<WriteResult> results)>;

class Store {
 public:
  /// Migrates (or sees that nothing is pending), opens writers and readers, starts the threads. Throws
  /// std::runtime_error when that fails (start only).
  Store(std::unique_ptr<Engine> engine, Settings settings, Deliver deliver, Observer observer);
  ~Store();  // stop()

  /// Threads: any; never blocks. False: the queue is full or the store is failing; nothing was taken.
  [[nodiscard]] bool submit(WriteRequest&& request);

  /// Runs `task` with a reader on a reader thread. False: too many wait, or stopped.
  [[nodiscard]] bool read(std::function<void(Reader&)> task);

  /// Commits everything submitted, answers it, runs the reads that wait, ends the threads. Idempotent.
  /// Threads: any but those of the store itself.
  void stop();

  enum class State : std::uint8_t { ok, failing, stopped };
  State state() const;
  std::size_t waiting_fixes() const;
  std::string last_failure() const;  // text of the last error, empty when none
  std::string_view engine_name() const;
  /// Versions of the migrations that a later program applied, as found at start: worth a warning.
  const std::vector<std::int64_t>& unknown_migrations() const;
  /// As the engine told at start.
  const std::string& history_way() const;

 private:
  struct Body;
  std::unique_ptr<Body> body_;
};

}  // namespace fieldcast::store
