// The thread of a server that lets what is stored age: housekeeping every quarter of an hour, summaries every few
// seconds, for as long as this instance has the turn.
#pragma once

#include "fieldcast/ageing/housekeeping.hpp"

#include <memory>

namespace fieldcast::ageing {

/// Where the thread gets what it works with; called on it. After an error everything is opened anew.
struct Tools {
  std::function<Result<std::unique_ptr<store::Keeper>>()> open_keeper;
  /// Computes at most so many hours that are due; returns how many it did.
  std::function<Result<std::size_t>(Timestamp now, std::size_t hours_max)> summarise;
};

/// Called on the thread.
struct Observer {
  std::function<void(const Done&, std::size_t hours)> done;  // when anything was
  std::function<void(const Error&)> failed;
  std::function<void(bool)> turn;  // got it, lost it
};

struct WorkerSettings {
  milliseconds round_every{900'000}, summaries_every{10'000}, turn_asked_every{15'000}, after_failure{5'000};
  milliseconds summaries_first{3'600'000};  // a round waits so long for hours that are due: positions go with it
  std::size_t hours_at_once = 500;
};

class Worker {
 public:
  Worker(Tools tools, Policy policy, Archive archive, Observer observer, WorkerSettings settings);
  /// Interrupts what works, waits for the thread.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

 private:
  struct Body;
  std::unique_ptr<Body> body_;
};

}  // namespace fieldcast::ageing
