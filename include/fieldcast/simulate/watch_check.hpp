// What a dashboard must never see: an agent that goes back in time.
//
// Pure. Threads: one. Memory: 8 bytes per agent and dashboard, the names once.
#pragma once

#include "fieldcast/simulate/server_reply.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace fieldcast::simulate {

/// Gives numbers to agents, in the order in which they are first named; shared by many checks.
class AgentNumbers {
 public:
  std::uint32_t number_of(std::string_view agent);
  std::size_t size() const { return numbers_.size(); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>> numbers_;
};

struct WatchCounts {
  std::uint64_t snapshots = 0;         // complete ones: all parts of one count as one
  std::uint64_t resumed = 0;           // of them, those that only told what had changed
  std::uint64_t updates = 0;           // messages
  std::uint64_t positions = 0;         // in updates
  std::uint64_t went_back = 0;         // an agent older than it was before: must stay 0
  std::uint64_t repeated = 0;          // the same time again
  std::uint64_t reset_to_older = 0;    // older after a full snapshot: a restarted server that had shown what it never
                                       // committed
  std::uint64_t before_snapshot = 0;   // updates of a room before its snapshot: must stay 0
  std::uint64_t presence_changes = 0;  // messages
  std::uint64_t unreadable = 0;        // messages that could not be read: must stay 0
};

/// One dashboard's memory of what it was shown.
class WatchCheck {
 public:
  WatchCheck(AgentNumbers& numbers, WatchCounts& counts) : numbers_(numbers), counts_(counts) {}

  /// A snapshot or an update. `on_position(number, position)` is called for each position of an update.
  template <class OnPosition>
  void see(const ServerReply& reply, OnPosition on_position) {
    const bool update = begin(reply);
    for (const SeenPosition& position : reply.positions) {
      const std::uint32_t number = numbers_.number_of(position.agent);
      check(number, position, reply);
      if (update) on_position(number, position);
    }
  }
  void see(const ServerReply& reply) {
    see(reply, [](std::uint32_t, const SeenPosition&) {});
  }
  /// The newest position that was shown of an agent; the epoch when none was.
  Timestamp newest(std::uint32_t number) const {
    return number < newest_ms_.size() ? from_unix_ms(newest_ms_[number]) : Timestamp{};
  }
  /// The connection ended: the next message of each room must be a snapshot.
  void lose_connection() { rooms_.clear(); }

 private:
  bool begin(const ServerReply& reply);  // true for an update
  void check(std::uint32_t number, const SeenPosition& position, const ServerReply& reply);

  AgentNumbers& numbers_;
  WatchCounts& counts_;
  std::vector<std::int64_t> newest_ms_;  // by agent; 0: not seen
  std::vector<std::string> rooms_;       // those with a snapshot
};

}  // namespace fieldcast::simulate
