#include "fieldcast/codec/client_message.hpp"

#include "fix_record.hpp"
#include "json_text.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

namespace fieldcast::codec {
namespace {

using Json = nlohmann::json;

constexpr std::size_t room_bytes_max = 200;
constexpr std::size_t cursor_bytes_max = 512;
constexpr std::int64_t min_interval_ms_max = 60'000;

/// Null for an absent member and for JSON's null.
const Json* member(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::optional<std::int64_t> whole_number(const Json& value) {
  if (!value.is_number_integer()) return std::nullopt;
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max()) {
    return std::nullopt;
  }
  return value.get<std::int64_t>();
}

std::optional<std::int64_t> request_id_of(const Json& object) {
  const Json* id = member(object, "id");
  return id != nullptr ? whole_number(*id) : std::nullopt;
}

Unusable bad_field(const Json& object, std::string name) {
  return {request_id_of(object), &outcome::bad_request, std::move(name)};
}

/// Each reads one member and returns false when the message cannot be used because of it.
bool read_text(const Json& object, const char* name, std::size_t bytes_max, std::string& out) {
  const Json* value = member(object, name);
  if (value == nullptr || !value->is_string()) return false;
  const auto& text = value->get_ref<const std::string&>();
  if (text.empty() || text.size() > bytes_max) return false;
  out = text;
  return true;
}

bool read_degrees(const Json& value, double bound, double& out) {
  if (!value.is_number()) return false;
  out = value.get<double>() + 0.0;
  return std::isfinite(out) && out >= -bound && out <= bound;
}

bool read_viewport(const Json& object, std::optional<Viewport>& out) {
  const Json* value = member(object, "viewport");
  if (value == nullptr) return true;
  if (!value->is_array() || value->size() != 4) return false;
  Viewport view{};
  const Json& sides = *value;
  if (!read_degrees(sides[0], 180, view.west_deg) || !read_degrees(sides[1], 90, view.south_deg)) return false;
  if (!read_degrees(sides[2], 180, view.east_deg) || !read_degrees(sides[3], 90, view.north_deg)) return false;
  if (view.south_deg > view.north_deg) return false;
  out = view;
  return true;
}

bool read_min_interval(const Json& object, milliseconds& out) {
  const Json* value = member(object, "min_interval_ms");
  if (value == nullptr) return true;
  const auto number = whole_number(*value);
  if (!number || *number < 0 || *number > min_interval_ms_max) return false;
  out = milliseconds(*number);
  return true;
}

/// The members that `subscribe` and `view` share; the name of the one that is wrong, if any.
template <class Request>
const char* read_watch(const Json& object, Request& out) {
  out.request_id = request_id_of(object);
  if (!read_text(object, "room", room_bytes_max, out.room)) return "room";
  if (!read_viewport(object, out.viewport)) return "viewport";
  if (!read_min_interval(object, out.min_interval)) return "min_interval_ms";
  return nullptr;
}

ClientMessage read_subscribe(const Json& object) {
  Subscribe subscribe;
  if (const char* wrong = read_watch(object, subscribe)) return bad_field(object, wrong);
  const Json* since = member(object, "since");
  if (since != nullptr && !(since->is_string() && since->get_ref<const std::string&>().size() <= cursor_bytes_max)) {
    return bad_field(object, "since");
  }
  if (since != nullptr) subscribe.since = since->get_ref<const std::string&>();
  return subscribe;
}

ClientMessage read_view(const Json& object) {
  View view;
  if (const char* wrong = read_watch(object, view)) return bad_field(object, wrong);
  return view;
}

ClientMessage read_other(const Json& object, const std::string& type) {
  constexpr std::size_t unlimited = std::string::npos;
  if (type == "subscribe") return read_subscribe(object);
  if (type == "view") return read_view(object);
  if (type == "unsubscribe") {
    Unsubscribe unsubscribe{request_id_of(object), {}};
    if (!read_text(object, "room", room_bytes_max, unsubscribe.room)) return bad_field(object, "room");
    return unsubscribe;
  }
  if (type == "ping") return Ping{request_id_of(object)};
  if (type == "hello") {
    Hello hello;
    if (!read_text(object, "token", unlimited, hello.token)) return bad_field(object, "token");
    return hello;
  }
  if (type == "auth") {
    Renew renew{request_id_of(object), {}};
    if (!read_text(object, "token", unlimited, renew.token)) return bad_field(object, "token");
    return renew;
  }
  return Unusable{request_id_of(object), &outcome::unknown_type, "type"};
}

/// The text read as a position message; nothing when it is none.
std::optional<ClientMessage> read_positions(std::string_view text, bool padded, const DecodeLimits& limits,
                                            FixDecoder& decoder) {
  Positions positions;
  const auto decoded = decoder.decode(text, Dialect::native, limits, padded, positions.batch);
  if (!positions.batch.is_message) return std::nullopt;
  if (decoded.has_value()) {
    positions.batch.text = std::make_shared<const std::string>(text);
    move_sources(positions.batch, text, *positions.batch.text);
    return positions;
  }
  return Unusable{positions.batch.request_id, outcome::find(decoded.error().code), "positions"};
}

/// A guess at little cost: the word stands where clients put their `type`.
bool looks_like_positions(std::string_view text) {
  constexpr std::size_t window_bytes = 64;
  return text.substr(0, window_bytes).find("\"position") != std::string_view::npos;
}

}  // namespace

ClientMessage decode_client_message(std::string_view text, bool padded, const DecodeLimits& limits,
                                    FixDecoder& decoder) {
  const Unusable not_json{std::nullopt, &outcome::bad_json, {}};
  if (looks_like_positions(text)) {
    if (auto message = read_positions(text, padded, limits, decoder)) return std::move(*message);
  }
  // A NUL would end the text for the parser.
  if (text.find('\0') != std::string_view::npos || nests_too_deep(text)) return not_json;
  const Json json = Json::parse(text, nullptr, false);
  const Json* type = json.is_object() ? member(json, "type") : nullptr;
  if (type != nullptr && type->is_string()) {
    const auto& name = type->get_ref<const std::string&>();
    if (name != "position" && name != "positions") return read_other(json, name);
  } else if (json.is_structured()) {
    return bad_field(json, "type");
  } else if (!json.is_discarded()) {
    return not_json;
  }
  // A position message with its `type` elsewhere, or with a number that only the fix decoder reads.
  if (auto message = read_positions(text, padded, limits, decoder)) return std::move(*message);
  if (json.is_discarded()) return not_json;
  // The list is too long to have been read up to the `type`.
  return Unusable{request_id_of(json), &outcome::too_many_positions, "positions"};
}

}  // namespace fieldcast::codec
