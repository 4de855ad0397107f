// What the server says on WebSocket, event streams and long polls: JSON texts.
//
// A position is serialised once into a fragment (a whole JSON object); messages
// are concatenations of fragments. Output has one form: RFC 3339 with
// milliseconds, coordinates with at most 7 decimals, absent values left out.
#pragma once

#include "fieldcast/domain/outcome.hpp"
#include "fieldcast/domain/position.hpp"
#include "fieldcast/domain/presence_state.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fieldcast::codec {

/// {"agent":"a","name":"…","lat":…,"lon":…,"recorded_at":"…",…}; `team` on request.
std::string position_fragment(const AgentIdentity& agent, const Position& position, bool with_team = false);

/// Appends `fragment` with `presence` and `presence_since` added: an entry of a snapshot.
/// Puts the comma after an entry before it (when `out` ends with one).
void append_agent_entry(std::string& out, std::string_view fragment, PresenceState presence, Timestamp since);

struct Limits {
  std::size_t message_bytes, positions_per_message, messages_per_s;
};
struct Welcome {
  std::string_view session, user, role;
  Timestamp server_time;
  seconds heartbeat, interval;
  Limits limits;
};
std::string welcome(const Welcome& welcome);

struct Quarantined {
  std::uint32_t index;
  const Outcome* why;
};
/// `request_id` absent: the field is left out (HTTP).
std::string ack(std::optional<std::int64_t> request_id, std::size_t accepted, std::size_t duplicates,
                std::span<const Quarantined> quarantined);
std::string error(std::optional<std::int64_t> request_id, const Outcome& outcome, std::string_view detail = {},
                  std::optional<int> retry_after_s = {}, std::string_view room = {});
/// application/problem+json (RFC 9457).
std::string problem(const Outcome& outcome, std::string_view detail = {}, std::optional<int> retry_after_s = {});
std::string ok(std::optional<std::int64_t> request_id);
std::string pong(std::optional<std::int64_t> request_id, Timestamp server_time);
std::string token_expiring(seconds in);
std::string goaway(std::string_view reason, milliseconds reconnect_after_min, milliseconds reconnect_after_max);
std::string presence(std::string_view room, std::string_view cursor, const AgentId& agent, PresenceState state,
                     Timestamp since);

/// {"type":"update","room":…,"cursor":…,"positions":[fragments],"left":[agents]}; `left` only when not empty.
std::string update(std::string_view room, std::string_view cursor, std::span<const std::string_view> fragments,
                   std::span<const std::string_view> left = {});

/// {"type":"snapshot","id":…,"room":…,"cursor":…,"resumed":…,"agents":[…]}, with `part` (from 1) and `last` when in
/// parts.
/// `agents_json`: the whole array of entries, brackets included.
struct SnapshotPart {
  std::uint32_t part;
  bool last;
};
std::string snapshot(std::optional<std::int64_t> request_id, std::string_view room, std::string_view cursor,
                     bool resumed, std::string_view agents_json, std::optional<SnapshotPart> part,
                     std::span<const std::string_view> left = {});

/// Appends `text` as a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);
/// Appends the shortest text that reads back as `value`; `decimals_max` ≥ 0 rounds first.
void append_number(std::string& out, double value, int decimals_max = -1);

}  // namespace fieldcast::codec
