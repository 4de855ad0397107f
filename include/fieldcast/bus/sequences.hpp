// What came of each origin on one channel: finds what is missing.
#pragma once

#include "fieldcast/bus/wire.hpp"

#include <unordered_map>

namespace fieldcast::bus {

class Sequences {
 public:
  /// How many messages of this origin are missing before this one. The first of an origin is taken as it is.
  /// Limits: 1,024 origins are remembered; one more, and all are forgotten.
  std::uint64_t missing_before(const wire::Stamp& stamp) {
    const auto found = last_.find(stamp.origin);
    if (found == last_.end()) {
      if (last_.size() >= origins_max) last_.clear();
      last_.emplace(stamp.origin, stamp.sequence);
      return 0;
    }
    if (stamp.sequence <= found->second) return 0;
    const std::uint64_t missing = stamp.sequence - found->second - 1;
    found->second = stamp.sequence;
    return missing;
  }
  void forget() { last_.clear(); }

 private:
  static constexpr std::size_t origins_max = 1'024;
  std::unordered_map<std::uint64_t, std::uint64_t> last_;
};

}  // namespace fieldcast::bus
