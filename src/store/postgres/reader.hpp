// The PostgreSQL body of store::Reader.
#pragma once

#include "fieldcast/store/engine.hpp"

#include <atomic>

namespace fieldcast::store::postgres {

/// What all readers know of the replica. Threads: any.
class ReplicaState {
 public:
  /// One that could not be reached is left alone for a while: a try may take seconds.
  static constexpr seconds left_alone{10};

  bool worth_a_try(SteadyTime now) const { return now.time_since_epoch().count() >= try_at_.load(); }
  void failed(SteadyTime now) { try_at_.store((now + left_alone).time_since_epoch().count()); }

 private:
  std::atomic<SteadyTime::rep> try_at_{0};
};

/// Connects to the primary, and to the replica (when `settings` name one), when each is first asked: history can be
/// read from the replica while the primary is away.
std::unique_ptr<Reader> make_reader(const PostgresSettings& settings, std::shared_ptr<ReplicaState> replica);

}  // namespace fieldcast::store::postgres
