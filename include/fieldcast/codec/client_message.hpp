// What a WebSocket client may say, decoded.
#pragma once

#include "fieldcast/codec/fix_decoder.hpp"

#include <chrono>
#include <variant>

namespace fieldcast::codec {

struct Hello {
  std::string token;
};  // {"type":"hello","token"}
struct Renew {
  std::optional<std::int64_t> request_id;
  std::string token;
};  // {"type":"auth","token"}
struct Positions {
  FixBatch batch;
};  // position, positions
struct Subscribe {
  std::optional<std::int64_t> request_id;
  std::string room;
  std::optional<Viewport> viewport;
  milliseconds min_interval{0};
  std::string since;  // cursor, empty when absent
};
struct View {
  std::optional<std::int64_t> request_id;
  std::string room;
  std::optional<Viewport> viewport;
  milliseconds min_interval{0};
};
struct Unsubscribe {
  std::optional<std::int64_t> request_id;
  std::string room;
};
struct Ping {
  std::optional<std::int64_t> request_id;
};  // {"type":"ping"} → {"type":"pong"}: browsers cannot see RFC 6455 pings

/// A message that cannot be used; the connection stays.
struct Unusable {
  std::optional<std::int64_t> request_id;
  const Outcome* outcome;
  std::string detail;  // names the field; no value of it
};

using ClientMessage = std::variant<Unusable, Hello, Renew, Positions, Subscribe, View, Unsubscribe, Ping>;

/// Decodes one text message. Never throws, never fails otherwise than by Unusable.
/// The message owns all it holds: it may wait longer than `text` lives.
/// Position messages take the fast way of `decoder`. Threads: that of `decoder`.
ClientMessage decode_client_message(std::string_view text, bool padded, const DecodeLimits& limits,
                                    FixDecoder& decoder);

}  // namespace fieldcast::codec
