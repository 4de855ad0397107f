#include "fieldcast/session/session.hpp"

#include <algorithm>

namespace fieldcast::session {
namespace {

constexpr std::uint8_t refusals_max = 3;                         // before sign-in
constexpr std::uint32_t excess_max_s = 10;                       // of messages_per_s
constexpr milliseconds tick_ahead_max = std::chrono::hours{24};  // a deadline of years does not fit a SteadyTime

void send(Actions& actions, std::string text) { actions.emplace_back(action::Send{std::move(text)}); }

void send_error(Actions& actions, std::optional<std::int64_t> request_id, const Outcome& outcome,
                std::string_view detail = {}, std::optional<int> retry_after_s = {}) {
  send(actions, codec::error(request_id, outcome, detail, retry_after_s));
}

/// An error of Verify as the client sees it.
const Outcome& outcome_of(const Error& error) {
  const Outcome* found = outcome::find(error.code);
  return found != nullptr ? *found : outcome::unauthenticated;
}

std::optional<std::int64_t> request_id_of(const codec::ClientMessage& message) {
  const auto of = [](const auto& kind) -> std::optional<std::int64_t> {
    if constexpr (requires { kind.batch; }) {
      return kind.batch.request_id;
    } else if constexpr (requires { kind.request_id; }) {
      return kind.request_id;
    } else {
      return std::nullopt;
    }
  };
  return std::visit(of, message);
}

bool is_same_bearer(const access::Claims& one, const access::Claims& other) {
  return one.user == other.user && one.role == other.role && one.org == other.org;
}

bool may_report(access::Role role) { return role == access::Role::agent || role == access::Role::gateway; }

}  // namespace

Session::Session(const Settings& settings, std::string name, Now now)
    : settings_(settings), name_(std::move(name)), due_(now.steady + settings.hello_within) {}

void Session::sign_in(access::ClaimsPtr claims, Now now, Actions& actions) {
  if (ended_ || claims_ != nullptr) return;
  if (claims->expires_at <= now.wall) {
    send_error(actions, {}, outcome::token_expired);
    return close(outcome::unauthenticated, outcome::token_expired.code, actions);
  }
  claims_ = std::move(claims);
  schedule_expiry(now);
  send(actions, codec::welcome({name_, claims_->user.str(), access::to_string(claims_->role), now.wall,
                                settings_.heartbeat, settings_.interval, settings_.limits}));
  actions.emplace_back(action::SignedIn{claims_});
}

void Session::on_text(std::string_view text, bool padded, Now now, codec::FixDecoder& decoder, const Verify& verify,
                      Actions& actions) {
  if (ended_) return;
  const bool within = within_rate(now);
  if (!within && claims_ == nullptr) return exceed(1, {}, actions);
  codec::DecodeLimits limits;
  limits.fixes_max = settings_.limits.positions_per_message;
  auto message = codec::decode_client_message(text, padded, limits, decoder);
  // Decoded even so: the client learns which of its batches was refused.
  if (!within) return exceed(1, request_id_of(message), actions);
  const Turn turn{now, verify, actions};
  if (claims_ == nullptr) return before_sign_in(message, turn);
  std::visit([&](auto& kind) { handle(kind, turn); }, message);
}

void Session::before_sign_in(codec::ClientMessage& message, const Turn& turn) {
  const auto* hello = std::get_if<codec::Hello>(&message);
  if (hello == nullptr) {
    send_error(turn.actions, request_id_of(message), outcome::unauthenticated,
               "the first message must be a hello with a token");
    if (++refused_before_sign_in_ < refusals_max) return;
    return close(outcome::unauthenticated, outcome::unauthenticated.code, turn.actions);
  }
  auto claims = turn.verify(hello->token, turn.now.wall);
  if (claims) return sign_in(std::move(*claims), turn.now, turn.actions);
  const Outcome& why = outcome_of(claims.error());
  send_error(turn.actions, {}, why, claims.error().text);
  close(outcome::unauthenticated, why.code, turn.actions);
}

void Session::handle(codec::Unusable& message, const Turn& turn) {
  send_error(turn.actions, message.request_id, *message.outcome, message.detail);
}

void Session::handle(codec::Hello&, const Turn& turn) {
  send_error(turn.actions, {}, outcome::bad_request, "signed in already; `auth` renews the token");
}

void Session::handle(codec::Renew& message, const Turn& turn) {
  auto claims = turn.verify(message.token, turn.now.wall);
  if (!claims) return send_error(turn.actions, message.request_id, outcome_of(claims.error()), claims.error().text);
  if ((*claims)->expires_at <= turn.now.wall) {
    return send_error(turn.actions, message.request_id, outcome::token_expired);
  }
  if (!is_same_bearer(**claims, *claims_)) {
    return send_error(turn.actions, message.request_id, outcome::forbidden,
                      "the token is of another user, role or organisation");
  }
  claims_ = std::move(*claims);
  schedule_expiry(turn.now);
  turn.actions.emplace_back(action::Renewed{claims_});
  send(turn.actions, codec::ok(message.request_id));
}

void Session::handle(codec::Positions& message, const Turn& turn) {
  if (!may_report(claims_->role)) {
    return send_error(turn.actions, message.batch.request_id, outcome::forbidden,
                      "only agents and gateways report positions");
  }
  turn.actions.emplace_back(action::Submit{std::move(message.batch)});
}

void Session::handle(codec::Subscribe& message, const Turn& turn) {
  turn.actions.emplace_back(action::Subscribe{std::move(message)});
}

void Session::handle(codec::View& message, const Turn& turn) {
  turn.actions.emplace_back(action::View{std::move(message)});
}

void Session::handle(codec::Unsubscribe& message, const Turn& turn) {
  turn.actions.emplace_back(action::Unsubscribe{std::move(message)});
}

void Session::handle(codec::Ping& message, const Turn& turn) {
  send(turn.actions, codec::pong(message.request_id, turn.now.wall));
}

void Session::on_frames(std::uint32_t frames, Now now, Actions& actions) {
  if (ended_) return;
  while (frames != 0 && within_rate(now)) --frames;
  if (frames != 0) exceed(frames, {}, actions);
}

bool Session::within_rate(Now now) {
  const auto burst = static_cast<float>(settings_.burst_messages);
  if (!bucket_.take(now.steady, static_cast<float>(settings_.limits.messages_per_s), burst)) return false;
  if (bucket_.level() >= burst - 1) excess_ = 0;  // it was full
  return true;
}

void Session::exceed(std::uint32_t count, std::optional<std::int64_t> request_id, Actions& actions) {
  excess_ += std::min(count, std::numeric_limits<std::uint32_t>::max() - excess_);
  send_error(actions, request_id, outcome::rate_limited, {}, 1);
  if (excess_ > excess_max_s * settings_.limits.messages_per_s) {
    close(outcome::rate_limited, outcome::rate_limited.code, actions);
  }
}

void Session::on_tick(Now now, Actions& actions) {
  if (ended_ || now.steady < due_) return;
  if (claims_ == nullptr) return close(outcome::unauthenticated, outcome::unauthenticated.code, actions);
  const auto left = claims_->expires_at - now.wall;
  if (left <= milliseconds{0}) return close(outcome::token_expired, outcome::token_expired.code, actions);
  if (!warned_ && left <= settings_.expiry_warning) {
    warned_ = true;
    send(actions, codec::token_expiring(std::chrono::ceil<seconds>(left)));
    due_ = now.steady + left;
    return;
  }
  // Reached in stages, or the wall clock was set back.
  const auto until = warned_ ? left : left - settings_.expiry_warning;
  due_ = now.steady + std::clamp<milliseconds>(until, milliseconds{1}, tick_ahead_max);
}

void Session::schedule_expiry(Now now) {
  warned_ = false;
  const milliseconds until = claims_->expires_at - now.wall - settings_.expiry_warning;
  due_ = now.steady + std::clamp<milliseconds>(until, milliseconds{0}, tick_ahead_max);
}

void Session::close(const Outcome& outcome, std::string_view reason, Actions& actions) {
  ended_ = true;
  due_ = SteadyTime::max();
  actions.emplace_back(action::Close{&outcome, reason});
}

}  // namespace fieldcast::session
