#include "dashboard.hpp"

#include "fieldcast/codec/server_message.hpp"
#include "fieldcast/simulate/fix_text.hpp"

#include <algorithm>

namespace fieldcast::simulate {
namespace {

constexpr std::size_t dashboard_read_bytes = 65'536;

}  // namespace

std::string subscribe_text(std::size_t id, std::string_view room, const SubscribeOptions& options,
                           std::string_view since) {
  std::string text = "{\"type\":\"subscribe\",\"id\":" + std::to_string(id) + ",\"room\":";
  codec::append_json_string(text, room);
  if (options.viewport) {
    text += ",\"viewport\":[";
    append_decimal(text, options.viewport->west_deg, 7);
    for (const double edge : {options.viewport->south_deg, options.viewport->east_deg, options.viewport->north_deg}) {
      text += ',';
      append_decimal(text, edge, 7);
    }
    text += ']';
  }
  if (options.window.count() > 0) text += ",\"min_interval_ms\":" + std::to_string(options.window.count());
  if (!since.empty()) {
    text += ",\"since\":";
    codec::append_json_string(text, since);
  }
  text += '}';
  return text;
}

Dashboard::Dashboard(Network& network, DashboardTotals& totals, AgentNumbers& numbers, MakeToken make_token,
                     SubscribeOptions options)
    : Client(network, network.watched, totals.clients, std::move(make_token), dashboard_read_bytes),
      totals_(totals),
      check_(numbers, totals.watch),
      options_(std::move(options)),
      cursors_(options_.rooms.size()) {}

void Dashboard::on_welcome(const ServerReply&) {
  for (std::size_t i = 0; i < options_.rooms.size(); ++i)
    send(subscribe_text(i + 1, options_.rooms[i], options_, cursors_[i]));
  flush();
}

void Dashboard::on_reply(const ServerReply& reply, std::string_view text) {
  switch (reply.kind) {
    case ReplyKind::snapshot:
    case ReplyKind::update:
      if (totals_.on_position) {
        check_.see(reply, totals_.on_position);
      } else {
        check_.see(reply);
      }
      break;
    case ReplyKind::presence:
      ++totals_.watch.presence_changes;
      break;
    case ReplyKind::error:
      ++totals_.errors;
      totals_.last_error = reply.code;
      break;
    default:
      break;
  }
  keep_cursor(reply);
  if (totals_.on_message) totals_.on_message(reply, text);
}

void Dashboard::keep_cursor(const ServerReply& reply) {
  // The cursor of a snapshot in parts stands for all of them: it counts when the last part is here.
  if (reply.cursor.empty() || !reply.last) return;
  const auto room = std::ranges::find(options_.rooms, reply.room);
  if (room != options_.rooms.end()) cursors_[static_cast<std::size_t>(room - options_.rooms.begin())] = reply.cursor;
}

bool Dashboard::watches(const std::string& room) const {
  return std::ranges::find(options_.rooms, room) != options_.rooms.end();
}

void Dashboard::on_given_up(const WireEnd& end) {
  if (totals_.on_given_up) totals_.on_given_up(end);
}

}  // namespace fieldcast::simulate
