// A session with a fake clock and a fake verifier, and what it answered.
#pragma once

#include "fieldcast/session/session.hpp"

#include <gmock/gmock.h>
#include <map>

namespace fieldcast::session {

inline constexpr Now session_start{from_unix_ms(1'800'000'000'000), SteadyTime{seconds{5'000}}};

struct Talk {
  explicit Talk(Settings settings_to_use = {})
      : settings(std::move(settings_to_use)), session(settings, "s1", session_start) {}

  static access::ClaimsPtr claims_of(access::Role role, seconds valid_for = seconds{3'600},
                                     std::string_view user = "u1", std::string_view org = "acme") {
    auto claims = std::make_shared<access::Claims>();
    claims->user = UserId(user);
    claims->org = OrgId(org);
    claims->role = role;
    claims->expires_at = session_start.wall + valid_for;
    return claims;
  }

  /// Signed in as the upgrade does; what was said is forgotten.
  void sign_in(access::Role role, seconds valid_for = seconds{3'600}) {
    session.sign_in(claims_of(role, valid_for), now, actions);
    actions.clear();
  }
  /// The tokens that the verifier knows.
  void know(const std::string& token, access::ClaimsPtr claims) { tokens[token] = std::move(claims); }

  void pass(milliseconds time) {
    now.wall += time;
    now.steady += time;
  }
  /// Each returns what was said since the last call, one line per action.
  std::vector<std::string> hear(std::string_view text) {
    const Verify verify = [this](std::string_view token, Timestamp at) -> Result<access::ClaimsPtr> {
      verified_at = at;
      if (token == "old") return Error{"token_expired", "the token has expired"};
      const auto known = tokens.find(std::string(token));
      if (known == tokens.end()) return Error{"unauthenticated", "the token's signature does not match"};
      return known->second;
    };
    session.on_text(text, false, now, decoder, verify, actions);
    return take();
  }
  std::vector<std::string> hear_frames(std::uint32_t frames) {
    session.on_frames(frames, now, actions);
    return take();
  }
  std::vector<std::string> tick() {
    session.on_tick(now, actions);
    return take();
  }
  /// Lets time pass to the next tick and ticks.
  std::vector<std::string> next_tick() {
    pass(std::chrono::ceil<milliseconds>(session.next_tick() - now.steady));
    return tick();
  }

  std::vector<std::string> take() {
    std::vector<std::string> lines;
    for (const Action& action : std::exchange(actions, {})) lines.push_back(line(action));
    return lines;
  }
  static std::string line(const Action& action) {
    struct Line {
      std::string operator()(const action::Send& send) const { return send.text; }
      std::string operator()(const action::Close& close) const {
        return "close " + std::to_string(close.outcome->close_code) + " " + std::string(close.reason);
      }
      std::string operator()(const action::SignedIn& signed_in) const {
        return "signed in " + signed_in.claims->user.str();
      }
      std::string operator()(const action::Renewed& renewed) const { return "renewed " + renewed.claims->user.str(); }
      std::string operator()(const action::Submit& submit) const {
        return "submit " + std::to_string(submit.batch.fixes.size()) + id(submit.batch.request_id);
      }
      std::string operator()(const action::Subscribe& subscribe) const {
        return "subscribe " + subscribe.request.room + id(subscribe.request.request_id);
      }
      std::string operator()(const action::View& view) const { return "view " + view.request.room; }
      std::string operator()(const action::Unsubscribe& unsubscribe) const {
        return "unsubscribe " + unsubscribe.request.room + id(unsubscribe.request.request_id);
      }
      static std::string id(std::optional<std::int64_t> request_id) {
        return request_id ? " #" + std::to_string(*request_id) : "";
      }
    };
    return std::visit(Line{}, action);
  }

  Settings settings;
  Now now = session_start;
  codec::FixDecoder decoder;
  std::map<std::string, access::ClaimsPtr> tokens;
  Timestamp verified_at{};
  Actions actions;
  Session session;
};

/// An `error` text with this code, and with the request's id when one is given.
inline testing::Matcher<std::string> error_of(std::string_view code, int id = -1) {
  const std::string head = R"({"type":"error",)" + (id < 0 ? "" : R"("id":)" + std::to_string(id) + ",");
  return testing::StartsWith(head + R"("code":")" + std::string(code) + "\"");
}
inline testing::Matcher<std::string> message_of(std::string_view type) {
  return testing::StartsWith(R"({"type":")" + std::string(type) + "\"");
}

}  // namespace fieldcast::session
