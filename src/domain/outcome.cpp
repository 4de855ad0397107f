#include "fieldcast/domain/outcome.hpp"

#include <algorithm>
#include <array>

namespace fieldcast::outcome {

using enum ClientAction;

// constinit: other files' static objects may use the table before main().
// Columns: code, text, HTTP status, close code, what the client should do.

constinit const Outcome bad_json{"bad_json", "The text is not JSON, or neither an object nor an array.", 400, 0,
                                 fix_request};
constinit const Outcome bad_request{"bad_request", "A field of the request is missing or wrong.", 400, 0, fix_request};
constinit const Outcome unknown_type{"unknown_type", "No message has this type.", 0, 0, fix_request};
constinit const Outcome unauthenticated{"unauthenticated", "A valid token is needed.", 401, 4001, sign_in};
constinit const Outcome forbidden{"forbidden", "The token does not permit this.", 403, 4003, do_not_reconnect};
constinit const Outcome not_found{"not_found", "There is nothing at this path.", 404, 0, fix_request};
constinit const Outcome room_unknown{"room_unknown", "There is no such room or agent.", 404, 0, fix_request};
constinit const Outcome method_not_allowed{"method_not_allowed", "This path does not take this method.", 405, 0,
                                           fix_request};
constinit const Outcome not_acceptable{"not_acceptable", "None of the accepted formats can be given.", 406, 0,
                                       fix_request};
constinit const Outcome request_timeout{"request_timeout", "The request took too long to arrive.", 408, 0, retry_later};
constinit const Outcome body_too_big{"body_too_big", "The body is larger than allowed.", 413, 0, fix_request};
constinit const Outcome unsupported_encoding{"unsupported_encoding", "The body may be plain or gzip.", 415, 0,
                                             fix_request};
constinit const Outcome too_many_positions{"too_many_positions", "One request holds more positions than allowed.", 413,
                                           0, fix_request};
constinit const Outcome too_many_rooms{"too_many_rooms", "The client already watches as many rooms as allowed.", 429, 0,
                                       fix_request};
constinit const Outcome rate_limited{"rate_limited", "Too many requests in a short time.", 429, 4103, retry_later};
constinit const Outcome headers_too_big{"headers_too_big", "The headers are larger than allowed.", 431, 0, fix_request};
constinit const Outcome origin_not_allowed{"origin_not_allowed", "Pages of this origin may not connect.", 403, 0,
                                           fix_request};
constinit const Outcome store_unavailable{"store_unavailable", "The store cannot commit now; nothing was stored.", 503,
                                          0, retry_later};
constinit const Outcome shutting_down{"shutting_down", "The server is shutting down.", 503, 0, retry_later};
constinit const Outcome internal_error{"internal_error", "The server made a mistake.", 500, 0, retry_later};
constinit const Outcome not_available{"not_available", "The store lacks what this needs.", 501, 0, none};

constinit const Outcome record_not_an_object{"record_not_an_object", "The record is not a JSON object.", 0, 0,
                                             forget_record};
constinit const Outcome latitude_missing{"latitude_missing", "The record has no latitude.", 0, 0, forget_record};
constinit const Outcome latitude_not_a_number{"latitude_not_a_number", "The latitude is not a number.", 0, 0,
                                              forget_record};
constinit const Outcome latitude_out_of_range{"latitude_out_of_range", "The latitude is not in -90 to 90.", 0, 0,
                                              forget_record};
constinit const Outcome longitude_missing{"longitude_missing", "The record has no longitude.", 0, 0, forget_record};
constinit const Outcome longitude_not_a_number{"longitude_not_a_number", "The longitude is not a number.", 0, 0,
                                               forget_record};
constinit const Outcome longitude_out_of_range{"longitude_out_of_range", "The longitude is not in -180 to 180.", 0, 0,
                                               forget_record};
constinit const Outcome recorded_at_missing{"recorded_at_missing", "The record has no time.", 0, 0, forget_record};
constinit const Outcome recorded_at_unreadable{"recorded_at_unreadable", "The time cannot be read.", 0, 0,
                                               forget_record};
constinit const Outcome recorded_at_in_future{"recorded_at_in_future", "The time lies in the future.", 0, 0,
                                              forget_record};
constinit const Outcome recorded_at_before_2000{"recorded_at_before_2000", "The time lies before the year 2000.", 0, 0,
                                                forget_record};
constinit const Outcome recorded_at_too_old{"recorded_at_too_old", "The time is older than what is kept.", 0, 0,
                                            forget_record};
constinit const Outcome agent_missing{"agent_missing", "A gateway's record must name its agent.", 0, 0, forget_record};
constinit const Outcome agent_not_permitted{"agent_not_permitted", "The token may not report for this agent.", 0, 0,
                                            forget_record};
constinit const Outcome record_too_big{"record_too_big", "The attributes are larger than allowed.", 0, 0,
                                       forget_record};

constinit const Outcome bad_frame{"bad_frame", "The frame breaks the WebSocket protocol.", 0, 4000, do_not_reconnect};
constinit const Outcome message_too_big{"message_too_big", "The message is larger than allowed.", 0, 1009,
                                        do_not_reconnect};
constinit const Outcome replaced{"replaced", "The same device has connected again.", 0, 4008, do_not_reconnect};
constinit const Outcome too_many_connections{"too_many_connections", "The client has as many connections as allowed.",
                                             503, 4009, do_not_reconnect};
constinit const Outcome overloaded{"overloaded", "The server takes no more connections now.", 503, 4100,
                                   reconnect_with_backoff};
constinit const Outcome too_slow{"too_slow", "The client did not keep up; it should resume.", 0, 4101,
                                 reconnect_with_backoff};
constinit const Outcome silent{"silent", "The client was not heard of for too long.", 0, 4102, reconnect_with_backoff};
constinit const Outcome going_away{"going_away", "The server is draining or restarting.", 0, 4200, reconnect_now};
constinit const Outcome token_expired{"token_expired", "The token has expired.", 401, 4201, reconnect_now};

namespace {

constinit const std::array<const Outcome*, 45> table{
    &bad_json,
    &bad_request,
    &unknown_type,
    &unauthenticated,
    &forbidden,
    &not_found,
    &room_unknown,
    &method_not_allowed,
    &not_acceptable,
    &request_timeout,
    &body_too_big,
    &unsupported_encoding,
    &too_many_positions,
    &too_many_rooms,
    &rate_limited,
    &headers_too_big,
    &origin_not_allowed,
    &store_unavailable,
    &shutting_down,
    &internal_error,
    &not_available,
    &record_not_an_object,
    &latitude_missing,
    &latitude_not_a_number,
    &latitude_out_of_range,
    &longitude_missing,
    &longitude_not_a_number,
    &longitude_out_of_range,
    &recorded_at_missing,
    &recorded_at_unreadable,
    &recorded_at_in_future,
    &recorded_at_before_2000,
    &recorded_at_too_old,
    &agent_missing,
    &agent_not_permitted,
    &record_too_big,
    &bad_frame,
    &message_too_big,
    &replaced,
    &too_many_connections,
    &overloaded,
    &too_slow,
    &silent,
    &going_away,
    &token_expired,
};

}  // namespace

std::span<const Outcome* const> all() { return table; }

const Outcome* find(std::string_view code) {
  const auto found = std::find_if(table.begin(), table.end(), [code](const Outcome* o) { return o->code == code; });
  return found == table.end() ? nullptr : *found;
}

}  // namespace fieldcast::outcome
