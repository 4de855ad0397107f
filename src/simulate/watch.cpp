#include "fieldcast/simulate/watch.hpp"

#include "dashboard.hpp"
#include "fieldcast/base/rfc3339.hpp"
#include "fieldcast/simulate/fix_text.hpp"
#include "run_report.hpp"

#include <cstdio>

namespace fieldcast::simulate {
namespace {

void append_position_line(std::string& out, std::string_view room, const SeenPosition& position) {
  if (position.recorded_at) {
    append_rfc3339(out, *position.recorded_at);
  } else {
    out += "never reported          ";
  }
  out.append("  ").append(room).append("  ").append(position.agent);
  if (!position.name.empty()) out.append(" (").append(position.name).append(")");
  if (position.recorded_at) {
    out += "  ";
    append_decimal(out, position.at.latitude_deg, 6);
    out += ", ";
    append_decimal(out, position.at.longitude_deg, 6);
  }
  if (known(position.speed_mps)) {
    out += "  ";
    append_decimal(out, static_cast<double>(position.speed_mps), 1);
    out += " m/s";
  }
  if (!position.activity.empty()) out.append("  ").append(position.activity);
  if (!position.presence.empty()) out.append("  ").append(position.presence);
  out += '\n';
}

/// Empty for messages that say nothing to a person.
std::string lines_for_people(const ServerReply& reply) {
  std::string out;
  switch (reply.kind) {
    case ReplyKind::snapshot:
      out.append(reply.resumed ? "resumed " : "snapshot ").append(reply.room);
      out += ": " + std::to_string(reply.positions.size()) + " agents\n";
      [[fallthrough]];
    case ReplyKind::update:
      for (const SeenPosition& position : reply.positions) append_position_line(out, reply.room, position);
      for (const std::string_view agent : reply.left)
        out.append(reply.room).append("  ").append(agent).append("  left\n");
      break;
    case ReplyKind::presence:
      out.append(reply.room).append("  ").append(reply.agent).append("  is ").append(reply.state).append("\n");
      break;
    case ReplyKind::event:
      out.append(reply.room).append("  event ").append(reply.event_kind).append("\n");
      break;
    case ReplyKind::error:
      out.append("error ").append(reply.code).append(" ").append(reply.text).append("\n");
      break;
    default:
      break;
  }
  return out;
}

}  // namespace

int run_watch(const WatchOptions& options) {
  if (options.rooms.empty()) return cannot_start("watch", {"bad_option", "name a room, such as team:north"});
  ServerOptions server = options.server;
  if (!options.ticket.empty()) server.credentials.token = "-";  // not sent: the ticket stands for it
  const auto tokens = TokenSource::open(server.credentials);
  if (!tokens) return cannot_start("watch", tokens.error());
  const auto network = open_network(server, static_cast<std::uint64_t>(to_unix_ms(read_clock().wall)));
  if (!network) return cannot_start("watch", network.error());
  if (!options.ticket.empty()) (*network)->watched.address.target += "?ticket=" + options.ticket;

  AgentNumbers numbers;
  DashboardTotals totals;
  totals.on_message = [&options](const ServerReply& reply, std::string_view text) {
    const std::string lines = options.json ? std::string(text) + "\n" : lines_for_people(reply);
    std::fwrite(lines.data(), 1, lines.size(), stdout);
    std::fflush(stdout);
  };
  totals.on_given_up = [&network](const WireEnd&) { (*network)->io.stop(); };
  MakeToken make_token = [&]() -> Result<std::string> {
    if (!options.ticket.empty()) return Result<std::string>(boost::system::in_place_value);
    return tokens->manager("watch", {});
  };
  Dashboard dashboard(**network, totals, numbers, make_token, {options.rooms, options.viewport, options.window});
  (*network)->start_sweep();
  (*network)->on_signal([&network] { (*network)->io.stop(); });
  if (options.duration.count() > 0)
    (*network)->timetable.after(options.duration, [&network] { (*network)->io.stop(); });
  dashboard.start();
  (*network)->io.run();
  (*network)->leave_all();

  const bool in_vain = totals.clients.given_up > 0 || totals.clients.welcomes == 0;
  if (in_vain) std::fprintf(stderr, "fieldcast watch: no way in: %s\n", totals.clients.last_end.c_str());
  if (totals.watch.went_back > 0)
    std::fprintf(stderr, "fieldcast watch: agents went back in time, times: %llu\n",
                 static_cast<unsigned long long>(totals.watch.went_back));
  return in_vain || totals.watch.went_back > 0 ? 1 : 0;
}

}  // namespace fieldcast::simulate
