// The agents' connections: one for each, or a few gateway lines that all of them share.
#pragma once

#include "client.hpp"
#include "fieldcast/simulate/histogram.hpp"
#include "fieldcast/simulate/uplink.hpp"

#include <deque>

namespace fieldcast::simulate {

/// What all lines report to.
struct LineTotals {
  ClientCounts clients;
  UplinkCounts uplink;
  Histogram ack_latency;
  std::function<void(const Settled&)> on_settled;  // may be empty
};

/// One connection that carries fixes.
class AgentLine final : public Client {
 public:
  AgentLine(Network& network, LineTotals& totals, MakeToken make_token, const UplinkSettings& settings,
            const std::vector<std::string>* agent_ids);

  void push(QueuedFix fix) { uplink_.push(std::move(fix)); }
  /// Sends what may be sent.
  void pump();
  const FixQueue& queue() const { return uplink_.queue(); }

 private:
  void on_welcome(const ServerReply& welcome) override;
  void on_reply(const ServerReply& reply, std::string_view text) override;
  void on_down() override { uplink_.on_lost(); }

  LineTotals& totals_;
  Uplink uplink_;
  bool pump_planned_ = false;
};

struct AgentNames {
  std::vector<std::string> ids, teams, names;  // by agent number
};

/// Makes and holds the lines of all agents.
class AgentLines {
 public:
  /// With a token of its own for everybody (`tokens.shared()`) the agents share `gateway_lines` connections and
  /// every fix names its agent. `tokens`, `names`, `settings` must outlive this.
  AgentLines(Network& network, const TokenSource& tokens, const AgentNames& names, const UplinkSettings& settings,
             std::size_t gateway_lines);

  AgentLine& of(std::uint32_t agent) { return lines_[agent % lines_.size()]; }
  std::deque<AgentLine>& all() { return lines_; }
  LineTotals& totals() { return totals_; }
  const LineTotals& totals() const { return totals_; }
  /// Connects all, spread over `ramp`.
  void start(milliseconds ramp);
  /// Nothing waits and nothing is under way, but for lines that must not come back.
  bool all_settled() const;
  std::size_t waiting() const;  // fixes, flights included as one each

 private:
  Network& network_;
  LineTotals totals_;
  std::deque<AgentLine> lines_;
};

}  // namespace fieldcast::simulate
