#include "fieldcast/simulate/server_reply.hpp"

#include "fieldcast/base/rfc3339.hpp"

#include <algorithm>
#include <array>
#include <simdjson.h>

namespace fieldcast::simulate {
namespace {

namespace json = simdjson::ondemand;

ReplyKind kind_from(std::string_view type) {
  using enum ReplyKind;
  static constexpr std::array<std::pair<std::string_view, ReplyKind>, 11> kinds{{{"ack", ack},
                                                                                 {"update", update},
                                                                                 {"presence", presence},
                                                                                 {"welcome", welcome},
                                                                                 {"error", error},
                                                                                 {"configure", configure},
                                                                                 {"snapshot", snapshot},
                                                                                 {"event", event},
                                                                                 {"ok", ok},
                                                                                 {"token_expiring", token_expiring},
                                                                                 {"goaway", goaway}}};
  const auto* const found = std::ranges::find(kinds, type, &std::pair<std::string_view, ReplyKind>::first);
  return found == kinds.end() ? unknown : found->second;
}

std::string_view text_of(json::value value) {
  return value.type() == json::json_type::string ? std::string_view(value.get_string()) : std::string_view();
}

std::uint64_t count_of(json::value value) { return value.get_uint64(); }
double number_of(json::value value) { return value.get_double(); }

void read_position(json::object object, SeenPosition& seen) {
  for (auto field : object) {
    const std::string_view key = field.unescaped_key();
    if (key == "agent") {
      seen.agent = text_of(field.value());
    } else if (key == "recorded_at") {
      seen.recorded_at = parse_rfc3339(text_of(field.value()));
    } else if (key == "lat") {
      seen.at.latitude_deg = number_of(field.value());
    } else if (key == "lon") {
      seen.at.longitude_deg = number_of(field.value());
    } else if (key == "name") {
      seen.name = text_of(field.value());
    } else if (key == "speed_mps") {
      seen.speed_mps = static_cast<float>(number_of(field.value()));
    } else if (key == "activity") {
      seen.activity = text_of(field.value());
    } else if (key == "presence") {
      seen.presence = text_of(field.value());
    }
  }
}

void read_positions(json::array array, std::vector<SeenPosition>& positions) {
  for (auto element : array) read_position(element.get_object(), positions.emplace_back());
}

void read_quarantined(json::array array, std::vector<QuarantinedIndex>& quarantined) {
  for (auto element : array) {
    QuarantinedIndex entry{};
    for (auto field : json::object(element.get_object())) {
      const std::string_view key = field.unescaped_key();
      if (key == "index") entry.index = static_cast<std::uint32_t>(count_of(field.value()));
      if (key == "code") entry.code = text_of(field.value());
    }
    quarantined.push_back(entry);
  }
}

void read_limits(json::object object, ServerReply& reply) {
  for (auto field : object) {
    const std::string_view key = field.unescaped_key();
    if (key == "message_bytes") reply.message_bytes = count_of(field.value());
    if (key == "positions_per_message") reply.positions_per_message = count_of(field.value());
    if (key == "messages_per_s") reply.messages_per_s = count_of(field.value());
  }
}

void read_window(json::array array, ServerReply& reply) {
  std::array<double, 2> bounds{0, 0};
  std::size_t i = 0;
  for (auto element : array) {
    const double value = element.get_double();
    if (i < bounds.size()) bounds[i++] = value;
  }
  reply.reconnect_after_min = milliseconds{static_cast<std::int64_t>(bounds[0])};
  reply.reconnect_after_max = milliseconds{static_cast<std::int64_t>(std::max(bounds[0], bounds[1]))};
}

/// Fields that any message may have, and whatever the server adds one day: unknown keys are skipped.
void read_plain_field(std::string_view key, json::value value, ServerReply& reply) {
  if (key == "type") {
    reply.kind = kind_from(text_of(value));
  } else if (key == "id" && value.type() == json::json_type::number) {
    reply.id = std::int64_t(value.get_int64());
  } else if (key == "accepted") {
    reply.accepted = count_of(value);
  } else if (key == "duplicates") {
    reply.duplicates = count_of(value);
  } else if (key == "code") {
    reply.code = text_of(value);
  } else if (key == "text" || key == "detail") {
    reply.text = text_of(value);
  } else if (key == "retry_after_s") {
    reply.retry_after_s = number_of(value);
  } else if (key == "heartbeat_s") {
    reply.heartbeat_s = number_of(value);
  } else if (key == "interval_s") {
    reply.interval_s = number_of(value);
  } else if (key == "room") {
    reply.room = text_of(value);
  } else if (key == "cursor") {
    reply.cursor = text_of(value);
  } else if (key == "resumed") {
    reply.resumed = value.get_bool();
  } else if (key == "last") {
    reply.last = value.get_bool();
  } else if (key == "agent") {
    reply.agent = text_of(value);
  } else if (key == "state") {
    reply.state = text_of(value);
  }
}

void read_field(std::string_view key, json::value value, ServerReply& reply) {
  if (key == "positions" || key == "agents") {
    read_positions(value.get_array(), reply.positions);
  } else if (key == "quarantined") {
    read_quarantined(value.get_array(), reply.quarantined);
  } else if (key == "limits") {
    read_limits(value.get_object(), reply);
  } else if (key == "left") {
    for (auto agent : json::array(value.get_array())) reply.left.push_back(agent.get_string());
  } else if (key == "reconnect_after_ms") {
    read_window(value.get_array(), reply);
  } else if (key == "event") {
    for (auto field : json::object(value.get_object())) {
      const std::string_view name = field.unescaped_key();
      if (name == "kind") reply.event_kind = text_of(field.value());
    }
  } else {
    read_plain_field(key, value, reply);
  }
}

}  // namespace

struct ReplyReader::Body {
  json::parser parser;
  simdjson::padded_string copy;
  ServerReply reply;

  void clear() {
    // The lists keep their capacity; everything else goes back to its default.
    auto positions = std::move(reply.positions);
    auto quarantined = std::move(reply.quarantined);
    auto left = std::move(reply.left);
    positions.clear();
    quarantined.clear();
    left.clear();
    reply = ServerReply{};
    reply.positions = std::move(positions);
    reply.quarantined = std::move(quarantined);
    reply.left = std::move(left);
  }
};

ReplyReader::ReplyReader() : body_(std::make_unique<Body>()) {}
ReplyReader::~ReplyReader() = default;

const ServerReply& ReplyReader::read(std::string_view text, std::size_t readable_after) {
  Body& body = *body_;
  body.clear();
  try {
    simdjson::padded_string_view padded(text, text.size() + readable_after);
    if (readable_after < simdjson::SIMDJSON_PADDING) {
      body.copy = simdjson::padded_string(text);
      padded = body.copy;
    }
    json::document document = body.parser.iterate(padded);
    body.reply.kind = ReplyKind::unknown;
    for (auto field : json::object(document.get_object())) {
      const std::string_view key = field.unescaped_key();
      read_field(key, field.value(), body.reply);
    }
  } catch (const simdjson::simdjson_error&) {
    body.reply.kind = ReplyKind::unreadable;
  }
  return body.reply;
}

}  // namespace fieldcast::simulate
