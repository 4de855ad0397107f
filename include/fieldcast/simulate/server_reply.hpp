// What the server says, read in one pass without a tree: the watchers' inner loop.
#pragma once

#include "fieldcast/base/clock.hpp"
#include "fieldcast/domain/position.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fieldcast::simulate {

enum class ReplyKind : std::uint8_t {
  unreadable,  // no JSON object, or a field of the wrong kind
  unknown,     // a type that this client does not know: ignored
  welcome,
  ack,
  error,
  configure,
  snapshot,
  update,
  event,
  presence,
  ok,
  token_expiring,
  goaway,
};

/// One agent in a snapshot or an update.
struct SeenPosition {
  std::string_view agent, name, activity, presence;
  Coordinates at;
  std::optional<Timestamp> recorded_at;
  float speed_mps = unknown_value;
};

struct QuarantinedIndex {
  std::uint32_t index;
  std::string_view code;
};

/// Fields that the message does not have keep their defaults. Views live until the next read.
struct ServerReply {
  ReplyKind kind = ReplyKind::unreadable;
  std::optional<std::int64_t> id;

  std::uint64_t accepted = 0, duplicates = 0;  // ack
  std::vector<QuarantinedIndex> quarantined;

  std::string_view code, text;  // error
  std::optional<double> retry_after_s;

  std::optional<double> heartbeat_s, interval_s;                      // welcome, configure
  std::optional<std::uint64_t> message_bytes, positions_per_message;  // welcome
  std::optional<std::uint64_t> messages_per_s;

  std::string_view room, cursor;  // snapshot, update, presence, event
  bool resumed = false;
  bool last = true;  // false: more parts of this snapshot follow
  std::vector<SeenPosition> positions;
  std::vector<std::string_view> left;
  std::string_view agent, state, event_kind;  // presence, event

  milliseconds reconnect_after_min{0}, reconnect_after_max{0};  // goaway
};

/// Threads: one reader per thread. Cost: 0.3 µs for an ack, 0.5 µs a position.
class ReplyReader {
 public:
  ReplyReader();
  ~ReplyReader();
  ReplyReader(const ReplyReader&) = delete;
  ReplyReader& operator=(const ReplyReader&) = delete;

  /// `readable_after`: bytes behind `text` that may be read; with few, the text is copied first.
  /// Never throws. The reply lives until the next call.
  const ServerReply& read(std::string_view text, std::size_t readable_after);

 private:
  struct Body;
  std::unique_ptr<Body> body_;
};

}  // namespace fieldcast::simulate
