// The durable way: group commit in front of an engine, and a pool of readers.
//
//   any thread ── submit ─▶ bounded queue ─▶ writer thread: one transaction per
//   flush_after or flush_fixes, whichever first ─▶ deliver(shard, results)
//
// While the engine fails, requests are answered `committed = false` at once
// (after one try each group), the state is `failing`, and the writer tries the engine anew with
// the next group (back-off 50 ms to 2 s; requests that come in between are refused by submit).
// A request that makes the engine fail on its data is found by halving, and alone answered false.
#pragma once

#include "fieldcast/store/engine.hpp"

#include <atomic>
#include <functional>

namespace fieldcast::store {

struct Settings {
  milliseconds flush_after{5};
  std::size_t flush_fixes = 1'000;
  std::size_t queue_fixes_max = 200'000;
  std::size_t readers = 2;
  std::size_t reads_waiting_max = 256;
  seconds maintain_every{5};
};

/// What the store reports of itself; called on its threads. Level 3 does not know metrics: app connects the two.
struct Observer {
  std::function<void(std::size_t fixes, std::size_t requests, std::chrono::nanoseconds took)> committed;
  std::function<void(const Error&)> failed;
};

/// One call per shard that has results in a group; on the writer's thread; must not block.
using Deliver = std::function<void(std::uint32_t shard, std::vector<WriteResult> results)>;

class Store {
 public:
  /// Migrates, opens writers and readers, starts the threads. Throws std::runtime_error when that fails (start only).
  Store(std::unique_ptr<Engine> engine, Settings settings, Deliver deliver, Observer observer);
  ~Store();  // stop()

  /// Threads: any; never blocks. False: the queue is full or the store is failing; nothing was taken.
  [[nodiscard]] bool submit(WriteRequest&& request);

  /// Runs `task` with a reader on a reader thread. False: too many wait, or stopped.
  [[nodiscard]] bool read(std::function<void(Reader&)> task);

  /// Commits everything submitted, answers it, ends the threads. Idempotent.
  void stop();

  enum class State : std::uint8_t { ok, failing, stopped };
  State state() const;
  std::size_t waiting_fixes() const;
  std::string last_failure() const;  // text of the last error, empty when none
  std::string_view engine_name() const;

 private:
  struct Body;
  std::unique_ptr<Body> body_;
};

}  // namespace fieldcast::store
