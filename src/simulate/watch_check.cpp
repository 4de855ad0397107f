#include "fieldcast/simulate/watch_check.hpp"

#include <algorithm>

namespace fieldcast::simulate {

std::uint32_t AgentNumbers::number_of(std::string_view agent) {
  const auto found = numbers_.find(agent);
  if (found != numbers_.end()) return found->second;
  const auto number = static_cast<std::uint32_t>(numbers_.size());
  numbers_.emplace(std::string(agent), number);
  return number;
}

bool WatchCheck::begin(const ServerReply& reply) {
  const bool known_room = std::ranges::find(rooms_, reply.room) != rooms_.end();
  if (reply.kind == ReplyKind::update) {
    ++counts_.updates;
    counts_.positions += reply.positions.size();
    if (!known_room) ++counts_.before_snapshot;
    return true;
  }
  if (reply.last) {
    ++counts_.snapshots;
    if (reply.resumed) ++counts_.resumed;
  }
  if (!known_room) rooms_.emplace_back(reply.room);
  return false;
}

void WatchCheck::check(std::uint32_t number, const SeenPosition& position, const ServerReply& reply) {
  if (!position.recorded_at) {
    // An agent that has never reported may stand in a snapshot, with its presence alone.
    if (reply.kind == ReplyKind::update) ++counts_.unreadable;
    return;
  }
  if (number >= newest_ms_.size()) newest_ms_.resize(std::max<std::size_t>(number + 1, newest_ms_.size() * 2), 0);
  const std::int64_t at_ms = to_unix_ms(*position.recorded_at);
  std::int64_t& newest_ms = newest_ms_[number];
  if (newest_ms != 0 && at_ms < newest_ms) {
    if (reply.kind == ReplyKind::snapshot && !reply.resumed) {
      ++counts_.reset_to_older;
    } else {
      ++counts_.went_back;
    }
  } else if (at_ms == newest_ms && reply.kind == ReplyKind::update) {
    ++counts_.repeated;
  }
  newest_ms = at_ms;
}

}  // namespace fieldcast::simulate
