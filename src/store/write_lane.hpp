// One writer's way to the database: its queue, its thread, its gate, its group commit.
//
// Threads: any for submit, failing and waiting; deliver, observer and remember are called on the lane's thread.
#pragma once

#include "fieldcast/store/store.hpp"
#include "fieldcast/store/trial_gate.hpp"
#include "group_queue.hpp"
#include "group_writer.hpp"

#include <thread>

namespace fieldcast::store {

/// What lanes share; it outlives them.
struct LaneSurroundings {
  Engine& engine;
  const Settings& settings;
  const Deliver& deliver;
  const Observer& observer;
  std::function<void(const Error&)> remember;
};

class WriteLane {
 public:
  /// Starts the thread. `name`: of the thread, 15 characters at most.
  WriteLane(const LaneSurroundings& surroundings, std::unique_ptr<Writer> writer, std::size_t queue_fixes_max,
            std::string name);
  ~WriteLane();

  bool submit(WriteRequest&& request);
  /// Takes no more, commits what waits, ends the thread. Idempotent.
  void close();
  bool failing() const { return gate_.failing(); }
  std::size_t waiting_fixes() const { return requests_.weight(); }

 private:
  void write(std::unique_ptr<Writer> opened);
  void deliver_by_shard(const std::vector<WriteResult>& results) const;

  const LaneSurroundings& surroundings_;
  GroupQueue requests_;
  TrialGate gate_;
  std::thread thread_;
};

/// Which of `lanes` a request goes to: that of its first agent.
std::size_t lane_of(const WriteRequest& request, std::size_t lanes);

}  // namespace fieldcast::store
