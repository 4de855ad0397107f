// One WebSocket conversation without I/O: what was heard in, what to do out.
//
// Knows the protocol: sign-in within its time, renewal, expiry, rate limits, what
// each role may say. Does not know sockets, stores or rooms: it returns actions.
// Time comes in as an argument. Threads: one. Memory: about 100 bytes beside the claims.
#pragma once

#include "fieldcast/access/token_bucket.hpp"
#include "fieldcast/access/verifier.hpp"
#include "fieldcast/codec/client_message.hpp"
#include "fieldcast/codec/server_message.hpp"

#include <functional>
#include <variant>
#include <vector>

namespace fieldcast::session {

struct Settings {
  seconds hello_within{10};
  seconds heartbeat{25};  // also told in `welcome`
  seconds interval{30};   // sampling told to agents in `welcome`
  seconds expiry_warning{10};
  codec::Limits limits{131'072, 500, 100};
  std::size_t burst_messages = 200;
};

namespace action {
struct Send {
  std::string text;
};
struct Close {
  const Outcome* outcome;
  std::string_view reason;
};  // reason: static text, the stable code of why
struct SignedIn {
  access::ClaimsPtr claims;
};  // first sign-in: join the hub; a `welcome` was sent
struct Renewed {
  access::ClaimsPtr claims;
};  // same user, role and organisation, new rights: rooms no longer permitted must be left
struct Submit {
  codec::FixBatch batch;
};  // judge, store, publish; ack later
struct Subscribe {
  codec::Subscribe request;
};
struct View {
  codec::View request;
};
struct Unsubscribe {
  codec::Unsubscribe request;
};
}  // namespace action

using Action = std::variant<action::Send, action::Close, action::SignedIn, action::Renewed, action::Submit,
                            action::Subscribe, action::View, action::Unsubscribe>;
using Actions = std::vector<Action>;

/// Turns a token into claims; the owner caches.
using Verify = std::function<Result<access::ClaimsPtr>(std::string_view token, Timestamp now)>;

/// What ends a session, beside its owner: no valid sign-in (4001), an expired token (4201), an excess of messages
/// (4103). A token that has expired when it is shown to sign in ends with 4001, not 4201: whoever reconnects at once
/// would show the same token again. After a Close everything is ignored.
class Session {
 public:
  /// `settings` must outlive the session. `name`: the session's id for people and logs.
  Session(const Settings& settings, std::string name, Now now);

  /// The upgrade carried a valid token or ticket: `welcome` at once. Claims whose time is over are refused, though
  /// within its leeway a verifier accepts them: a session lasts until `expires_at`. Ignored when signed in.
  void sign_in(access::ClaimsPtr claims, Now now, Actions& actions);

  /// One text message. Over the rate limit: an `error` with retry_after_s, and a close when it
  /// goes on for 10 s of excess: 10 times messages_per_s, counted anew once the client rested until its burst was
  /// whole.
  void on_text(std::string_view text, bool padded, Now now, codec::FixDecoder& decoder, const Verify& verify,
               Actions& actions);
  /// Frames that were no messages (pings, empty fragments) count against the same limit.
  void on_frames(std::uint32_t frames, Now now, Actions& actions);

  /// Call at next_tick(): hello time-out, expiry warning, expiry.
  void on_tick(Now now, Actions& actions);
  SteadyTime next_tick() const { return due_; }

  const access::ClaimsPtr& claims() const { return claims_; }  // null until signed in
  const std::string& name() const { return name_; }

 private:
  struct Turn {
    Now now;
    const Verify& verify;
    Actions& actions;
  };
  void before_sign_in(codec::ClientMessage& message, const Turn& turn);
  void handle(codec::Unusable& message, const Turn& turn);
  void handle(codec::Hello& message, const Turn& turn);
  void handle(codec::Renew& message, const Turn& turn);
  void handle(codec::Positions& message, const Turn& turn);
  void handle(codec::Subscribe& message, const Turn& turn);
  void handle(codec::View& message, const Turn& turn);
  void handle(codec::Unsubscribe& message, const Turn& turn);
  void handle(codec::Ping& message, const Turn& turn);

  bool within_rate(Now now);
  void exceed(std::uint32_t count, std::optional<std::int64_t> request_id, Actions& actions);
  void schedule_expiry(Now now);
  void close(const Outcome& outcome, std::string_view reason, Actions& actions);

  const Settings& settings_;
  std::string name_;
  access::ClaimsPtr claims_;
  access::TokenBucket bucket_;
  std::uint32_t excess_ = 0;  // messages and frames over the limit
  SteadyTime due_;
  std::uint8_t refused_before_sign_in_ = 0;
  bool warned_ = false;
  bool ended_ = false;
};

}  // namespace fieldcast::session
