// [session], [ingest], [presence], [rooms] and [log]: what happens to what comes in.
#include "key_kinds.hpp"
#include "keys.hpp"

namespace fieldcast::config {
namespace {

Key message_bytes() {
  Key key = number("session.message_bytes", "bytes", {1'024, 16'777'216},
                   "Largest message that a client may send; told in `welcome`",
                   FIELDCAST_FIELD(session.limits.message_bytes));
  key.assign = [assign = key.assign](Config& config, const Value& value) {
    auto wrong = assign(config, value);
    config.server.websocket.message_bytes_max = config.session.limits.message_bytes;
    return wrong;
  };
  return key;
}

Key retention() {
  const Range range{-1, 1'000'000};
  const auto assign = [range](Config& config, const Value& value) -> std::optional<std::string> {
    const std::int64_t hours = std::get<std::int64_t>(value);
    if (!range.holds(hours)) return range.text();
    config.ingest_as_retention = hours < 0;
    config.ingest.retention = hours <= 0 ? std::nullopt : std::optional(std::chrono::hours(hours));
    return std::nullopt;
  };
  return {"ingest.retention_h", "h",
          "Older fixes are set aside; 0: every age is taken; -1: those that retention.positions_days would remove",
          std::int64_t{-1}, assign};
}

constexpr Range some_days{0, 36'500};

}  // namespace

std::vector<Key> retention_keys() {
  return {
      number("retention.positions_days", "days", {-1, some_days.most},
             "How long history is kept, by whole days; 0: for ever; -1: 30 on PostgreSQL, else 0",
             FIELDCAST_FIELD(retention.positions)),
      number("retention.last_known_days", "days", some_days, "An agent's last-known position; 0: for ever",
             FIELDCAST_FIELD(retention.last_known)),
      number("retention.quarantine_days", "days", some_days, "Records that were set aside; 0: for ever",
             FIELDCAST_FIELD(retention.quarantine)),
      number("retention.summaries_days", "days", some_days, "Summaries of hours and days; 0: for ever",
             FIELDCAST_FIELD(retention.summaries)),
      number("retention.close_after_h", "h", {0, 8'760},
             "A day that is over waits so long for late fixes before it is put in order and archived",
             FIELDCAST_FIELD(retention.close_after)),
      yes_no("retention.here", "One of the servers on a database does all this; false: not this one",
             FIELDCAST_FIELD(retention_here)),
      text("archive.place", any_text,
           "Where days are archived before they go: a folder, or rclone:REMOTE:PATH; empty: nowhere",
           FIELDCAST_FIELD(archive.place)),
      text("archive.rclone", not_empty, "The program that reaches remote archives", FIELDCAST_FIELD(archive.rclone)),
  };
}

std::vector<Key> session_keys() {
  return {
      duration("session.hello_within_s", {1, 600}, "A WebSocket must sign in within this time",
               FIELDCAST_FIELD(session.hello_within)),
      duration("session.interval_s", {1, 86'400}, "How often agents are asked to report; told in `welcome`",
               FIELDCAST_FIELD(session.interval)),
      duration("session.expiry_warning_s", {0, 3'600}, "A client is warned this long before its token expires",
               FIELDCAST_FIELD(session.expiry_warning)),
      message_bytes(),
      number("session.positions_per_message", "", {1, 100'000}, "Most positions of one message; told in `welcome`",
             FIELDCAST_FIELD(session.limits.positions_per_message)),
      number("session.messages_per_s", "", {1, 1'000'000}, "Messages that a client may send a second, on average",
             FIELDCAST_FIELD(session.limits.messages_per_s)),
      number("session.burst_messages", "", {1, 1'000'000}, "Messages that a client may send at once",
             FIELDCAST_FIELD(session.burst_messages)),
  };
}

std::vector<Key> ingest_keys() {
  return {
      duration("ingest.future_skew_s", {0, 86'400}, "How far ahead a phone's clock may be",
               FIELDCAST_FIELD(ingest.future_skew_max)),
      retention(),
      number("ingest.request_positions_max", "", {1, 1'000'000}, "Most positions of one HTTP request",
             FIELDCAST_FIELD(request_positions_max)),
      number("ingest.request_bytes_max", "bytes", {1'024, 268'435'456},
             "Largest HTTP request with positions, before and after gzip", FIELDCAST_FIELD(request_bytes_max)),
  };
}

std::vector<Key> presence_keys() {
  return {
      duration("presence.silent_after_s", {1, 604'800},
               "Not heard for as long, an agent is silent; keep it well above session.interval_s",
               FIELDCAST_FIELD(presence.silent_after)),
      duration("presence.offline_after_s", {2, 2'592'000}, "Not heard for as long, an agent is offline",
               FIELDCAST_FIELD(presence.offline_after)),
      duration("presence.parked_after_s", {1, 604'800}, "At one place for as long, an agent is parked",
               FIELDCAST_FIELD(presence.parked_after)),
      duration("presence.parked_silent_after_s", {1, 2'592'000}, "Not heard for as long, a parked agent is silent",
               FIELDCAST_FIELD(presence.parked_silent_after)),
      metres("presence.parked_radius_m", 1, 100'000, "What counts as one place",
             FIELDCAST_FIELD(presence.parked_radius_m)),
  };
}

std::vector<Key> rooms_keys() {
  return {
      duration("rooms.window_ms", {0, 60'000}, "Changes of a busy room leave together, once in this time",
               FIELDCAST_FIELD(rooms.window)),
      number("rooms.rooms_per_client_max", "", {1, 100'000}, "Rooms that one client may watch",
             FIELDCAST_FIELD(rooms.rooms_per_client_max)),
      number("rooms.update_bytes", "bytes", {1'024, 16'777'216}, "Size of one update to a client that catches up",
             FIELDCAST_FIELD(rooms.update_bytes)),
      number("rooms.snapshot_part_bytes", "bytes", {1'024, 16'777'216}, "Size of one part of a large snapshot",
             FIELDCAST_FIELD(rooms.snapshot_part_bytes)),
  };
}

std::vector<Key> log_keys() {
  return {
      choice("log.level", {"debug", "info", "warning", "error"}, "What is logged, this and graver",
             FIELDCAST_FIELD(log.level)),
      choice("log.format", {"text", "json"}, "How it is written", FIELDCAST_FIELD(log.format)),
  };
}

const std::vector<Key>& keys() {
  static const std::vector<Key> all = [] {
    std::vector<Key> table;
    for (auto* section : {server_keys, access_keys, session_keys, ingest_keys, presence_keys, rooms_keys, store_keys,
                          retention_keys, redis_keys, log_keys}) {
      for (Key& key : section()) table.push_back(std::move(key));
    }
    return table;
  }();
  return all;
}

}  // namespace fieldcast::config
