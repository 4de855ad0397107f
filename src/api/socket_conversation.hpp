// One WebSocket: the session's actions carried out on the hub.
#pragma once

#include "context.hpp"

namespace fieldcast::api {

class SocketConversation : public transport::SocketHandler, public hub::Client {
 public:
  /// `claims`: from the upgrade's token; null when the first message or a ticket signs in.
  SocketConversation(Context& context, std::string peer, access::ClaimsPtr claims, std::string ticket);
  ~SocketConversation() override;

  // transport::SocketHandler
  void on_open(transport::Channel& channel, Now now) override;
  void on_text(std::string_view text, bool padded, Now now) override;
  void on_pong(Now) override {}
  void on_frames(std::uint32_t frames, Now now) override;
  void on_writable(Now now) override;
  SteadyTime on_tick(Now now) override;
  void on_closed(std::uint16_t code) override;

  // hub::Client
  void deliver(const hub::Delivery& delivery) override { channel_->send(delivery.message); }
  bool ready() const override { return channel_->ready(); }
  void close(const Outcome& outcome) override;

 private:
  void perform(session::Actions& actions, Now now);
  void carry_out(session::Action& action, Now now);
  void enter(access::ClaimsPtr claims, bool renewed);
  void entered(access::ClaimsPtr claims, bool renewed);
  void submit(codec::FixBatch& batch, Now now);
  void acknowledge(std::optional<std::int64_t> request_id, const hub::SubmitAnswer& answer);
  void redeem(std::string ticket);
  metrics::Counter& gauge() const;

  Context& context_;
  session::Session session_;
  transport::Channel* channel_ = nullptr;
  hub::ClientId client_ = 0;  // 0: not joined
  AgentIdentityPtr self_;     // of an agent
  access::ClaimsPtr claims_;  // complete: with the teams from the store
  struct Opening {
    std::string peer, ticket;
  };
  std::unique_ptr<Opening> opening_;  // until on_open
  bool entering_ = false;             // rights are being looked up: later actions wait
  std::uint32_t texts_ = 0;           // messages of the read that is under way
  session::Actions waiting_;
  std::weak_ptr<bool> alive() const { return alive_; }
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace fieldcast::api
