// The one table of outcomes that a client can see: errors, verdicts, closes.
//
// docs/protocol.md prints it and a test compares the two.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace fieldcast {

/// What a client should do about it.
enum class ClientAction : std::uint8_t {
  none,                    // informs
  fix_request,             // the request is wrong: change it, do not repeat it
  forget_record,           // the server kept the record aside: the phone may forget it
  retry_later,             // keep what was sent, send it again after retry_after_s
  sign_in,                 // get a new token
  do_not_reconnect,        // close 40xx
  reconnect_with_backoff,  // close 41xx
  reconnect_now,           // close 42xx
};

struct Outcome {
  std::string_view code;      // stable, snake_case
  std::string_view text;      // one sentence for people
  std::uint16_t http_status;  // 0: never an HTTP answer
  std::uint16_t close_code;   // 0: never closes a socket
  ClientAction action;
  bool temporary() const {
    return action == ClientAction::retry_later || action == ClientAction::reconnect_with_backoff ||
           action == ClientAction::reconnect_now;
  }
};

namespace outcome {

// Requests.
extern const Outcome bad_json;              // 400 not JSON, or not an object or array
extern const Outcome bad_request;           // 400 a field of the request is missing or wrong
extern const Outcome unknown_type;          // ws only
extern const Outcome unauthenticated;       // 401, 4001
extern const Outcome forbidden;             // 403, 4003
extern const Outcome not_found;             // 404 no such path
extern const Outcome room_unknown;          // 404 a room of no known kind, or an agent nobody knows
extern const Outcome method_not_allowed;    // 405
extern const Outcome not_acceptable;        // 406
extern const Outcome request_timeout;       // 408
extern const Outcome body_too_big;          // 413
extern const Outcome unsupported_encoding;  // 415 content-encoding other than gzip or identity
extern const Outcome too_many_positions;    // 413 more than positions_per_message
extern const Outcome too_many_rooms;        // 429 more rooms than one client may watch
extern const Outcome rate_limited;          // 429, 4103
extern const Outcome headers_too_big;       // 431
extern const Outcome origin_not_allowed;    // 403
extern const Outcome store_unavailable;     // 503 + Retry-After
extern const Outcome shutting_down;         // 503
extern const Outcome internal_error;        // 500
extern const Outcome not_available;         // 501 the store has not what it needs: the detail says what

// Verdicts on one record; all forget_record. See ingest.
extern const Outcome record_not_an_object;
extern const Outcome latitude_missing;
extern const Outcome latitude_not_a_number;
extern const Outcome latitude_out_of_range;
extern const Outcome longitude_missing;
extern const Outcome longitude_not_a_number;
extern const Outcome longitude_out_of_range;
extern const Outcome recorded_at_missing;
extern const Outcome recorded_at_unreadable;
extern const Outcome recorded_at_in_future;
extern const Outcome recorded_at_before_2000;
extern const Outcome recorded_at_too_old;  // older than retention
extern const Outcome agent_missing;        // a gateway's record names no agent
extern const Outcome agent_not_permitted;  // the token may not report for this agent
extern const Outcome record_too_big;       // attributes above their limit

// Closes.
extern const Outcome bad_frame;             // 4000
extern const Outcome message_too_big;       // 1009
extern const Outcome replaced;              // 4008
extern const Outcome too_many_connections;  // 4009, 503
extern const Outcome overloaded;            // 4100, 503
extern const Outcome too_slow;              // 4101
extern const Outcome silent;                // 4102
extern const Outcome going_away;            // 4200
extern const Outcome token_expired;         // 4201, 401

/// Every outcome, in the order of the table.
std::span<const Outcome* const> all();
/// Null for a code that is not in the table.
const Outcome* find(std::string_view code);

}  // namespace outcome
}  // namespace fieldcast
