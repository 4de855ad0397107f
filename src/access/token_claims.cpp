#include "token_claims.hpp"

#include "fieldcast/domain/outcome.hpp"
#include "strict_json.hpp"

#include <algorithm>
#include <cmath>

namespace fieldcast::access {
namespace {

using boost::system::in_place_value;

constexpr double year_10000_s = 253'402'300'800;  // beyond it somebody wrote milliseconds

/// A NumericDate. Errors: unauthenticated when it is there and no time.
Result<std::optional<Timestamp>> time_claim(const nlohmann::json& payload, std::string_view name) {
  const auto* claim = member(payload, name);
  if (claim == nullptr) return std::optional<Timestamp>{};
  if (!claim->is_number()) return unauthenticated("claim `" + std::string(name) + "` must be a number of seconds");
  const double since_1970_s = claim->get<double>();
  if (!(std::abs(since_1970_s) < year_10000_s)) {
    return unauthenticated("claim `" + std::string(name) + "` is no time in seconds before the year 10000");
  }
  return std::optional(from_unix_ms(static_cast<std::int64_t>(std::floor(since_1970_s * 1'000))));
}

/// Errors: unauthenticated, token_expired.
Result<Timestamp> judge_times(const nlohmann::json& payload, seconds leeway, Timestamp now) {
  for (const std::string_view name : {"exp", "nbf", "iat"}) {
    const auto time = time_claim(payload, name);
    if (!time) return time.error();
  }
  const auto ends_at = *time_claim(payload, "exp");
  if (!ends_at) return unauthenticated("the token has no `exp`");
  if (now >= *ends_at + leeway) return Error{std::string(outcome::token_expired.code), "the token has expired"};
  const auto begins_at = *time_claim(payload, "nbf");
  if (begins_at && now + leeway < *begins_at) return unauthenticated("the token is not valid yet");
  return *ends_at;
}

bool holds_audience(const nlohmann::json& payload, const std::string& audience) {
  const auto* claim = member(payload, "aud");
  if (claim == nullptr) return false;
  if (claim->is_array()) return std::ranges::find(*claim, nlohmann::json(audience)) != claim->end();
  return claim->is_string() && *claim == audience;
}

/// Providers write ids as text or as whole numbers. Nothing when it is neither or not a valid id.
std::optional<std::string> id_text(const nlohmann::json& claim) {
  if (claim.is_string() && is_valid_id(claim.get_ref<const std::string&>())) return claim.get<std::string>();
  if (claim.is_number_integer()) return claim.dump();
  return std::nullopt;
}

/// Empty when absent. Errors: unauthenticated when it is there and no id.
Result<std::string> id_claim(const nlohmann::json& payload, const std::string& name) {
  const auto* claim = find_claim(payload, name);
  if (claim == nullptr || claim->is_null()) return {in_place_value, std::string()};
  auto text = id_text(*claim);
  if (!text) return unauthenticated("claim `" + name + "` must be 1 to 128 bytes of text");
  return {in_place_value, std::move(*text)};
}

Result<Role> role_claim(const nlohmann::json& payload, const std::string& name) {
  const auto* claim = find_claim(payload, name);
  if (claim == nullptr) return unauthenticated("the token has no `" + name + "`");
  for (const auto role : {Role::agent, Role::gateway, Role::manager, Role::admin}) {
    if (claim->is_string() && *claim == to_string(role)) return role;
  }
  return unauthenticated("claim `" + name + "` must be agent, gateway, manager or admin");
}

/// A list of ids, one id, or `*`. Errors: unauthenticated.
Result<void> read_teams(const nlohmann::json& payload, const std::string& name, Claims& claims) {
  const auto* claim = find_claim(payload, name);
  if (claim == nullptr || claim->is_null()) {
    claims.teams_from_store = claims.role == Role::manager;
    return {};
  }
  const auto list = claim->is_array() ? *claim : nlohmann::json::array({*claim});
  for (const auto& entry : list) {
    auto team = id_text(entry);
    if (!team) return unauthenticated("claim `" + name + "` must be a list of team ids, or *");
    if (*team == "*") {
      claims.all_teams = true;
    } else {
      claims.teams.emplace_back(std::move(*team));
    }
  }
  return {};
}

/// Each role reads the claims that mean something to it, and no more.
Result<void> read_rights(const nlohmann::json& payload, const ClaimNames& names, Claims& claims) {
  if (claims.role == Role::admin) {
    claims.all_teams = true;
    return {};
  }
  if (claims.role == Role::agent || claims.role == Role::gateway) {
    auto team = id_claim(payload, names.team);
    if (!team) return team.error();
    if (*team == "*") return unauthenticated("claim `" + names.team + "` must be one team");
    claims.team = TeamId(std::move(*team));
  }
  if (claims.role == Role::agent) return {};
  return read_teams(payload, names.teams, claims);
}

}  // namespace

Error unauthenticated(std::string text) { return {std::string(outcome::unauthenticated.code), std::move(text)}; }

const nlohmann::json* find_claim(const nlohmann::json& payload, std::string_view name) {
  if (!payload.is_object()) return nullptr;
  if (const auto* found = member(payload, name)) return found;
  for (std::size_t dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.', dot + 1)) {
    const auto* inner = member(payload, name.substr(0, dot));
    if (inner == nullptr) continue;
    if (const auto* found = find_claim(*inner, name.substr(dot + 1))) return found;
  }
  return nullptr;
}

Result<Claims> read_claims(const nlohmann::json& payload, const VerifierSettings& settings, Timestamp now) {
  const auto ends_at = judge_times(payload, settings.leeway, now);
  if (!ends_at) return ends_at.error();
  const auto* issuer = text_member(payload, "iss");
  if (settings.issuer && (issuer == nullptr || *issuer != *settings.issuer)) {
    return unauthenticated("the token comes from another issuer");
  }
  if (settings.audience && !holds_audience(payload, *settings.audience)) {
    return unauthenticated("the token is meant for another audience");
  }

  const ClaimNames& names = settings.names;
  auto user = id_claim(payload, names.user);
  if (!user) return user.error();
  if (user->empty()) return unauthenticated("the token has no `" + names.user + "`");
  auto org = id_claim(payload, names.org);
  if (!org) return org.error();
  const auto role = role_claim(payload, names.role);
  if (!role) return role.error();

  Claims claims;
  claims.user = UserId(std::move(*user));
  claims.role = *role;
  if (!org->empty()) claims.org = OrgId(std::move(*org));
  claims.expires_at = *ends_at;
  const auto* name = find_claim(payload, names.name);
  if (name != nullptr && name->is_string() && is_valid_id(name->get_ref<const std::string&>())) {
    claims.name = name->get<std::string>();
  }
  if (auto rights = read_rights(payload, names, claims); !rights) return rights.error();
  return claims;
}

}  // namespace fieldcast::access
