// A watcher: subscribes to its rooms, resumes from its cursors, checks what it is shown.
#pragma once

#include "client.hpp"
#include "fieldcast/simulate/histogram.hpp"
#include "fieldcast/simulate/watch_check.hpp"

#include <deque>
#include <optional>

namespace fieldcast::simulate {

struct SubscribeOptions {
  std::vector<std::string> rooms;       // "team:north", "agent:a7"
  std::optional<Viewport> viewport;     // of every room
  std::chrono::milliseconds window{0};  // min_interval_ms; 0: at once
};

/// What all dashboards report to. The functions may be empty.
struct DashboardTotals {
  ClientCounts clients;
  WatchCounts watch;
  std::uint64_t errors = 0;  // answers to subscriptions
  std::string last_error;
  std::function<void(std::uint32_t agent, const SeenPosition&)> on_position;
  std::function<void(const ServerReply&, std::string_view text)> on_message;
  std::function<void(const WireEnd&)> on_given_up;
};

class Dashboard final : public Client {
 public:
  Dashboard(Network& network, DashboardTotals& totals, AgentNumbers& numbers, MakeToken make_token,
            SubscribeOptions options);

  bool watches(const std::string& room) const;
  const WatchCheck& check_made() const { return check_; }

 private:
  void on_welcome(const ServerReply& welcome) override;
  void on_reply(const ServerReply& reply, std::string_view text) override;
  void on_down() override { check_.lose_connection(); }
  void on_given_up(const WireEnd& end) override;
  void keep_cursor(const ServerReply& reply);

  DashboardTotals& totals_;
  WatchCheck check_;
  SubscribeOptions options_;
  std::vector<std::string> cursors_;  // by room; empty: none yet
};

/// The `subscribe` message. `since` empty: from the start.
std::string subscribe_text(std::size_t id, std::string_view room, const SubscribeOptions& options,
                           std::string_view since);

}  // namespace fieldcast::simulate
