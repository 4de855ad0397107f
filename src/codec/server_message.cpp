#include "fieldcast/codec/server_message.hpp"

#include "fieldcast/base/rfc3339.hpp"
#include "position_fields.hpp"

#include <array>
#include <charconv>

namespace fieldcast::codec {
namespace {

/// An object in the making: the members follow each other with commas.
class Object {
 public:
  explicit Object(std::string& out) : out_(out) { out_.push_back('{'); }

  Object& text(std::string_view name, std::string_view value) {
    append_json_string(key(name), value);
    return *this;
  }
  Object& text_if(std::string_view name, std::string_view value) { return value.empty() ? *this : text(name, value); }
  template <class Whole>
  Object& whole(std::string_view name, Whole value) {
    std::array<char, 24> digits;
    key(name).append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
    return *this;
  }
  template <class Whole>
  Object& whole_if(std::string_view name, const std::optional<Whole>& value) {
    return value ? whole(name, *value) : *this;
  }
  Object& truth(std::string_view name, bool value) {
    key(name).append(value ? "true" : "false");
    return *this;
  }
  Object& time(std::string_view name, Timestamp value) {
    key(name).push_back('"');
    append_rfc3339(out_, value);
    out_.push_back('"');
    return *this;
  }
  Object& raw(std::string_view name, std::string_view json) {
    key(name).append(json);
    return *this;
  }
  Object& texts(std::string_view name, std::span<const std::string_view> values) {
    key(name).push_back('[');
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) out_.push_back(',');
      append_json_string(out_, values[i]);
    }
    out_.push_back(']');
    return *this;
  }
  /// Appends the name: a value must follow. Names need no escapes.
  std::string& key(std::string_view name) {
    out_.append(first_ ? "\"" : ",\"").append(name).append("\":");
    first_ = false;
    return out_;
  }
  void end() { out_.push_back('}'); }

 private:
  std::string& out_;
  bool first_ = true;
};

std::size_t total_bytes(std::span<const std::string_view> texts) {
  std::size_t bytes = 0;
  for (const std::string_view text : texts) bytes += text.size() + 1;
  return bytes;
}

}  // namespace

std::string position_fragment(const AgentIdentity& agent, const Position& position, bool with_team) {
  std::string out;
  out.reserve(320 + agent.name.size() + position.fix.attributes.size());
  out.append("{\"agent\":");
  append_json_string(out, agent.agent.str());
  if (!agent.name.empty()) {
    out.append(",\"name\":");
    append_json_string(out, agent.name);
  }
  if (with_team) {
    out.append(",\"team\":");
    append_json_string(out, agent.team.str());
  }
  out.push_back(',');
  append_position_fields(out, position);
  out.push_back('}');
  return out;
}

void append_agent_entry(std::string& out, std::string_view fragment, PresenceState presence, Timestamp since) {
  if (!out.empty() && out.back() == '}') out.push_back(',');
  out.append(fragment.substr(0, fragment.size() - 1));
  out.append(",\"presence\":\"").append(to_string(presence)).append("\",\"presence_since\":\"");
  append_rfc3339(out, since);
  out.append("\"}");
}

std::string welcome(const Welcome& welcome) {
  std::string out;
  Object object(out);
  object.text("type", "welcome").text("session", welcome.session).text("user", welcome.user);
  object.text("role", welcome.role).time("server_time", welcome.server_time);
  object.whole("heartbeat_s", welcome.heartbeat.count()).whole("interval_s", welcome.interval.count());
  object.key("limits");
  Object limits(out);
  limits.whole("message_bytes", welcome.limits.message_bytes);
  limits.whole("positions_per_message", welcome.limits.positions_per_message);
  limits.whole("messages_per_s", welcome.limits.messages_per_s).end();
  object.end();
  return out;
}

std::string ack(std::optional<std::int64_t> request_id, std::size_t accepted, std::size_t duplicates,
                std::span<const Quarantined> quarantined) {
  std::string out;
  out.reserve(96 + quarantined.size() * 48);
  Object object(out);
  object.text("type", "ack").whole_if("id", request_id);
  object.whole("accepted", accepted).whole("duplicates", duplicates);
  object.key("quarantined").push_back('[');
  for (std::size_t i = 0; i < quarantined.size(); ++i) {
    if (i > 0) out.push_back(',');
    Object(out).whole("index", quarantined[i].index).text("code", quarantined[i].why->code).end();
  }
  out.push_back(']');
  object.end();
  return out;
}

std::string error(std::optional<std::int64_t> request_id, const Outcome& outcome, std::string_view detail,
                  std::optional<int> retry_after_s, std::string_view room) {
  std::string out;
  Object object(out);
  object.text("type", "error").whole_if("id", request_id).text("code", outcome.code).text("text", outcome.text);
  object.text_if("detail", detail).text_if("room", room);
  object.truth("temporary", outcome.temporary()).whole_if("retry_after_s", retry_after_s).end();
  return out;
}

std::string problem(const Outcome& outcome, std::string_view detail, std::optional<int> retry_after_s) {
  std::string out;
  std::string type("urn:fieldcast:problem:");
  type.append(outcome.code);
  Object object(out);
  object.text("type", type).text("title", outcome.text);
  if (outcome.http_status != 0) object.whole("status", outcome.http_status);
  object.text_if("detail", detail).text("code", outcome.code);
  object.truth("temporary", outcome.temporary()).whole_if("retry_after_s", retry_after_s).end();
  return out;
}

std::string ok(std::optional<std::int64_t> request_id) {
  std::string out;
  Object(out).text("type", "ok").whole_if("id", request_id).end();
  return out;
}

std::string pong(std::optional<std::int64_t> request_id, Timestamp server_time) {
  std::string out;
  Object(out).text("type", "pong").whole_if("id", request_id).time("server_time", server_time).end();
  return out;
}

std::string token_expiring(seconds in) {
  std::string out;
  Object(out).text("type", "token_expiring").whole("in_s", in.count()).end();
  return out;
}

std::string goaway(std::string_view reason, milliseconds reconnect_after_min, milliseconds reconnect_after_max) {
  std::string out;
  Object object(out);
  object.text("type", "goaway").text("reason", reason);
  std::string range = "[" + std::to_string(reconnect_after_min.count());
  range.append(",").append(std::to_string(reconnect_after_max.count())).append("]");
  object.raw("reconnect_after_ms", range).end();
  return out;
}

std::string presence(std::string_view room, std::string_view cursor, const AgentId& agent, PresenceState state,
                     Timestamp since) {
  std::string out;
  Object object(out);
  object.text("type", "presence").text("room", room).text_if("cursor", cursor).text("agent", agent.str());
  object.text("state", to_string(state)).time("since", since).end();
  return out;
}

std::string update(std::string_view room, std::string_view cursor, std::span<const std::string_view> fragments,
                   std::span<const std::string_view> left) {
  std::string out;
  out.reserve(96 + room.size() + cursor.size() + total_bytes(fragments) + total_bytes(left) * 2);
  Object object(out);
  object.text("type", "update").text("room", room).text("cursor", cursor);
  object.key("positions").push_back('[');
  for (std::size_t i = 0; i < fragments.size(); ++i) {
    if (i > 0) out.push_back(',');
    out.append(fragments[i]);
  }
  out.push_back(']');
  if (!left.empty()) object.texts("left", left);
  object.end();
  return out;
}

std::string snapshot(std::optional<std::int64_t> request_id, std::string_view room, std::string_view cursor,
                     bool resumed, std::string_view agents_json, std::optional<SnapshotPart> part,
                     std::span<const std::string_view> left) {
  std::string out;
  out.reserve(160 + room.size() + cursor.size() + agents_json.size() + total_bytes(left) * 2);
  Object object(out);
  object.text("type", "snapshot").whole_if("id", request_id).text("room", room).text("cursor", cursor);
  object.truth("resumed", resumed);
  if (part) object.whole("part", part->part).truth("last", part->last);
  object.raw("agents", agents_json);
  if (!left.empty()) object.texts("left", left);
  object.end();
  return out;
}

}  // namespace fieldcast::codec
