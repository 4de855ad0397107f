#include "agent_lines.hpp"

#include <algorithm>

namespace fieldcast::simulate {
namespace {

constexpr std::size_t line_read_bytes = 1'024;  // acks are small; longer texts come in pieces

}  // namespace

AgentLine::AgentLine(Network& network, LineTotals& totals, MakeToken make_token, const UplinkSettings& settings,
                     const std::vector<std::string>* agent_ids)
    : Client(network, network.server, totals.clients, std::move(make_token), line_read_bytes),
      totals_(totals),
      uplink_(settings, totals.uplink, agent_ids) {}

void AgentLine::pump() {
  if (!up()) return;
  const SteadyTime now = std::chrono::steady_clock::now();
  bool any = false;
  while (uplink_.next_message(now, network().text)) {
    send(network().text);
    any = true;
  }
  if (any) flush();
  const auto retry_at = uplink_.retry_at(now);
  if (!retry_at || pump_planned_) return;
  pump_planned_ = true;
  network().timetable.at(*retry_at, [this] {
    pump_planned_ = false;
    pump();
  });
}

void AgentLine::on_welcome(const ServerReply& welcome) {
  uplink_.on_welcome(welcome);
  pump();
}

void AgentLine::on_reply(const ServerReply& reply, std::string_view) {
  if (reply.kind == ReplyKind::ack) {
    const auto settled = uplink_.on_ack(reply);
    if (settled) {
      const auto took = std::chrono::steady_clock::now() - settled->flight.sent_at;
      totals_.ack_latency.add(std::chrono::duration_cast<std::chrono::microseconds>(took));
      if (totals_.on_settled) totals_.on_settled(*settled);
    }
  } else if (reply.kind == ReplyKind::error) {
    uplink_.on_error(reply, std::chrono::steady_clock::now());
  } else {
    return;
  }
  pump();
}

AgentLines::AgentLines(Network& network, const TokenSource& tokens, const AgentNames& names,
                       const UplinkSettings& settings, std::size_t gateway_lines)
    : network_(network) {
  const bool gateway = tokens.shared();
  const std::size_t count = gateway ? std::clamp<std::size_t>(gateway_lines, 1, names.ids.size()) : names.ids.size();
  for (std::size_t i = 0; i < count; ++i) {
    MakeToken make_token = [&tokens, &names, i] { return tokens.agent(names.ids[i], names.teams[i], names.names[i]); };
    lines_.emplace_back(network, totals_, std::move(make_token), settings, gateway ? &names.ids : nullptr);
  }
}

void AgentLines::start(milliseconds ramp) {
  const SteadyTime now = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    const auto wait = ramp * static_cast<std::int64_t>(i) / static_cast<std::int64_t>(lines_.size());
    network_.timetable.at(now + wait, [line = &lines_[i]] { line->start(); });
  }
}

bool AgentLines::all_settled() const {
  return std::ranges::all_of(lines_, [](const AgentLine& line) { return line.queue().empty() || line.given_up(); });
}

std::size_t AgentLines::waiting() const {
  std::size_t sum = 0;
  for (const AgentLine& line : lines_) sum += line.queue().waiting() + line.queue().flights();
  return sum;
}

}  // namespace fieldcast::simulate
