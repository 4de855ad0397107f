// Who is registered, as it goes on: other instances, imports and erasures change it while a server runs.
//
// Every instance asks the store, which is the truth, again and again. What it misses for a while comes with a later
// answer.
#pragma once

#include "fieldcast/base/clock.hpp"
#include "fieldcast/base/result.hpp"
#include "fieldcast/domain/position.hpp"

#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace fieldcast::store {

class Reader;

/// An agent was erased. Its id is to be nowhere any more: who it was is told by a digest, and for a day only.
struct Erasure {
  std::int64_t id = 0;  // the same agent may be erased again
  std::string who;      // digest_of
  Timestamp erased_at{};
};
inline constexpr std::chrono::hours erasures_kept{24};
/// How often a server that runs asks; it takes two answers until it has nothing of an agent any more.
inline constexpr seconds registry_read_every{2};

/// SHA-256 of organisation and id, in lower hexadecimal.
std::string digest_of(const AgentKey& agent);

using VisitAgent = std::function<void(AgentIdentityPtr, const std::optional<Position>&)>;

/// Threads: one at a time. Cost: what is new, and each time what was registered in the last 20 to 40 s.
class RegistryReading {
 public:
  struct Visitor {
    std::function<void(std::span<const Erasure>)> erased;  // before what was registered; not called for none
    VisitAgent registered;                                 // at least once each
  };
  /// What was not told before; the first time everything. Errors: store_unavailable; what was not told then is later.
  Result<void> read(Reader& reader, SteadyTime now, const Visitor& visitor);
  /// Every agent is told once more, for its team or name may have changed.
  void begin_anew() {
    begun_ = false;
    settled_ = 0;
  }

 private:
  // A number that was given may be committed after a greater one, but neither this much later nor, when a reading
  // begins, so many numbers later.
  static constexpr seconds commits_within{20};
  static constexpr std::int64_t numbers_under_way = 2'000;

  std::set<std::int64_t> erasures_told_;
  std::int64_t settled_ = 0;  // no agent with a number up to this is new
  std::int64_t rising_ = 0;   // settled once commits_within is over
  SteadyTime risen_at_{};
  bool begun_ = false;
};

}  // namespace fieldcast::store
