#include "socket_conversation.hpp"

#include "fieldcast/api/log.hpp"

namespace fieldcast::api {

SocketConversation::SocketConversation(Context& context, std::string peer, access::ClaimsPtr claims, std::string ticket)
    : context_(context),
      session_(context.settings.session, session_name(), read_clock()),
      claims_(std::move(claims)),
      opening_(new Opening{std::move(peer), std::move(ticket)}) {}

SocketConversation::~SocketConversation() = default;

void SocketConversation::on_open(transport::Channel& channel, Now now) {
  channel_ = &channel;
  const std::unique_ptr<Opening> opening = std::move(opening_);
  log(LogLevel::debug, "socket_opened", {{"session", session_.name()}, {"peer", opening->peer}});
  if (claims_) {
    session::Actions actions;
    session_.sign_in(std::exchange(claims_, nullptr), now, actions);
    perform(actions, now);
  } else if (!opening->ticket.empty()) {
    redeem(opening->ticket);
  }
}

void SocketConversation::redeem(std::string ticket) {
  entering_ = true;
  context_.redeem_ticket(std::move(ticket), [this, alive = alive()](access::ClaimsPtr claims) {
    if (alive.expired()) return;
    entering_ = false;
    if (!claims) return close(outcome::unauthenticated);
    const Now now = read_clock();
    session::Actions actions;
    session_.sign_in(std::move(claims), now, actions);
    session::Actions later = std::exchange(waiting_, {});
    perform(actions, now);
    perform(later, now);
    channel_->tick_by(session_.next_tick());
  });
}

void SocketConversation::on_text(std::string_view text, bool padded, Now now) {
  metrics::count(context_.hub.metrics().messages_in);
  ++texts_;
  session::Actions actions;
  const auto verify = [this](std::string_view token, Timestamp at) { return context_.verify(token, at); };
  session_.on_text(text, padded, now, context_.decoder, verify, actions);
  if (actions.empty()) return;
  perform(actions, now);
  channel_->tick_by(session_.next_tick());  // a new token may end earlier than the one before
}

void SocketConversation::on_frames(std::uint32_t frames, Now now) {
  // The session has counted the messages among them.
  const std::uint32_t others = frames - std::min(frames, std::exchange(texts_, 0));
  if (others == 0) return;
  session::Actions actions;
  session_.on_frames(others, now, actions);
  perform(actions, now);
}

void SocketConversation::on_writable(Now) {
  if (client_ != 0) context_.hub.writable(client_);
}

SteadyTime SocketConversation::on_tick(Now now) {
  session::Actions actions;
  session_.on_tick(now, actions);
  perform(actions, now);
  return session_.next_tick();
}

void SocketConversation::on_closed(std::uint16_t code) {
  log(LogLevel::debug, "socket_closed", {{"session", session_.name()}, {"code", std::to_string(code)}});
  alive_.reset();
  if (client_ == 0) return;
  context_.hub.leave(client_);
  gauge().fetch_sub(1, std::memory_order_relaxed);
  client_ = 0;
}

void SocketConversation::close(const Outcome& outcome) { channel_->close(outcome.close_code, outcome.code); }

void SocketConversation::perform(session::Actions& actions, Now now) {
  for (session::Action& action : actions) carry_out(action, now);
}

void SocketConversation::carry_out(session::Action& action, Now now) {
  namespace act = session::action;
  if (entering_ && !std::holds_alternative<act::Send>(action) && !std::holds_alternative<act::Close>(action)) {
    waiting_.push_back(std::move(action));
    return;
  }
  if (auto* send = std::get_if<act::Send>(&action)) {
    channel_->send_text(send->text);
  } else if (auto* end = std::get_if<act::Close>(&action)) {
    metrics::count(context_.hub.metrics().messages_rejected);
    channel_->close(end->outcome->close_code, end->reason.empty() ? end->outcome->code : end->reason);
  } else if (auto* signed_in = std::get_if<act::SignedIn>(&action)) {
    enter(std::move(signed_in->claims), false);
  } else if (auto* renewed = std::get_if<act::Renewed>(&action)) {
    enter(std::move(renewed->claims), true);
  } else if (auto* batch = std::get_if<act::Submit>(&action)) {
    submit(batch->batch, now);
  } else if (auto* subscribe = std::get_if<act::Subscribe>(&action)) {
    context_.hub.subscribe(client_, subscribe->request);
  } else if (auto* view = std::get_if<act::View>(&action)) {
    context_.hub.set_view(client_, view->request);
  } else if (auto* unsubscribe = std::get_if<act::Unsubscribe>(&action)) {
    context_.hub.unsubscribe(client_, unsubscribe->request);
  }
}

void SocketConversation::enter(access::ClaimsPtr claims, bool renewed) {
  if (!claims->teams_from_store) return entered(std::move(claims), renewed);
  entering_ = true;
  context_.complete(std::move(claims), [this, alive = alive(), renewed](access::ClaimsPtr complete) {
    if (alive.expired()) return;
    entering_ = false;
    if (!complete) return close(outcome::overloaded);  // the store cannot say: come again later
    entered(std::move(complete), renewed);
    session::Actions later = std::exchange(waiting_, {});
    perform(later, read_clock());
  });
}

void SocketConversation::entered(access::ClaimsPtr claims, bool renewed) {
  claims_ = std::move(claims);
  if (claims_->role == access::Role::agent) self_ = context_.hub.register_agent(*claims_);
  if (renewed) return context_.hub.renew(client_, claims_);
  client_ = context_.hub.join(*this, claims_, hub::Hub::Seat::take);
  metrics::count(gauge());
  log(LogLevel::debug, "signed_in",
      {{"session", session_.name()}, {"user", claims_->user.str()}, {"role", std::string(to_string(claims_->role))}});
}

metrics::Counter& SocketConversation::gauge() const {
  const bool reports = claims_->role == access::Role::agent || claims_->role == access::Role::gateway;
  metrics::ShardMetrics& metrics = context_.hub.metrics();
  return reports ? metrics.agents_connected : metrics.watchers_connected;
}

void SocketConversation::submit(codec::FixBatch& batch, Now now) {
  const auto request_id = batch.request_id;
  context_.hub.submit(claims_, self_, batch, now, [this, alive = alive(), request_id](const hub::SubmitAnswer& answer) {
    if (!alive.expired()) acknowledge(request_id, answer);
  });
}

void SocketConversation::acknowledge(std::optional<std::int64_t> request_id, const hub::SubmitAnswer& answer) {
  if (answer.failure != nullptr) {
    const int retry_after_s = static_cast<int>(context_.settings.retry_after.count());
    return channel_->send_text(codec::error(request_id, *answer.failure, {}, retry_after_s));
  }
  channel_->send_text(codec::ack(request_id, answer.accepted, answer.duplicates, answer.quarantined));
}

}  // namespace fieldcast::api
