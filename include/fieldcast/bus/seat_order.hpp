// Which of two announcements of a seat is newer. The channel of all instances puts every announcement in one
// order, and brings us our own too: until ours came back, what comes of others is older than ours.
//
// Not so for one that is late: it waited while the bus could not be reached, or was sent a second time. Then the
// order says nothing and the times must be compared.
#pragma once

#include "fieldcast/bus/bus.hpp"

#include <cstdint>
#include <unordered_map>

namespace fieldcast::bus {

/// Threads: one at a time.
class SeatOrder {
 public:
  static constexpr seconds late_after{2};

  /// We announce; its number, greater than that of any before.
  std::uint64_t announced(const AgentKey& agent, SteadyTime now) {
    const std::uint64_t number = ++announced_;
    own_[agent] = {number, now, false};
    return number;
  }
  /// A newer one of ours was announced meanwhile.
  bool outdated(const AgentKey& agent, std::uint64_t number) const {
    const auto own = own_.find(agent);
    return own != own_.end() && own->second.number != number;
  }
  /// The announcement goes out late.
  void mark_late(const AgentKey& agent, std::uint64_t number) {
    const auto own = own_.find(agent);
    if (own != own_.end() && own->second.number == number) own->second.late = true;
  }
  /// It came back, or cannot come back any more while all that comes is newer.
  void confirmed(const AgentKey& agent, std::uint64_t number) {
    const auto own = own_.find(agent);
    if (own != own_.end() && own->second.number == number) own_.erase(own);
  }
  /// What to tell of another instance's announcement; nothing when ours is newer.
  std::optional<SeatTaken> heard(SeatTaken seat, SteadyTime now) const {
    seat.heard_after = announced_;
    const auto own = own_.find(seat.agent);
    if (seat.late || own == own_.end()) return seat;
    if (!own->second.late && now - own->second.at < late_after) return std::nullopt;
    seat.late = true;
    return seat;
  }
  std::size_t unconfirmed() const { return own_.size(); }

 private:
  struct Own {
    std::uint64_t number;
    SteadyTime at;
    bool late;
  };
  std::unordered_map<AgentKey, Own> own_;
  std::uint64_t announced_ = 0;
};

}  // namespace fieldcast::bus
