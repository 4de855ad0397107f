#include "fieldcast/access/claims.hpp"
#include "strict_json.hpp"

namespace fieldcast::access {

std::string claims_text(const Claims& claims) {
  nlohmann::json teams = nlohmann::json::array();
  for (const TeamId& team : claims.teams) teams.push_back(team.str());
  const nlohmann::json text{{"user", claims.user.str()},
                            {"role", static_cast<int>(claims.role)},
                            {"org", claims.org.str()},
                            {"team", claims.team.str()},
                            {"teams", std::move(teams)},
                            {"all_teams", claims.all_teams},
                            {"teams_from_store", claims.teams_from_store},
                            {"name", claims.name},
                            {"expires_at", claims.expires_at.time_since_epoch().count()}};
  return text.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

ClaimsPtr claims_from_text(std::string_view text) try {
  const auto object = parse_object(text);
  if (!object) return nullptr;
  const int role = object->at("role").get<int>();
  if (role < 0 || role > static_cast<int>(Role::admin)) return nullptr;
  auto claims = std::make_shared<Claims>();
  claims->user = UserId(object->at("user").get<std::string>());
  claims->role = static_cast<Role>(role);
  claims->org = OrgId(object->at("org").get<std::string>());
  claims->team = TeamId(object->at("team").get<std::string>());
  for (const auto& team : object->at("teams")) claims->teams.emplace_back(team.get<std::string>());
  claims->all_teams = object->at("all_teams").get<bool>();
  claims->teams_from_store = object->at("teams_from_store").get<bool>();
  claims->name = object->at("name").get<std::string>();
  claims->expires_at = Timestamp(Timestamp::duration(object->at("expires_at").get<Timestamp::rep>()));
  return claims;
} catch (const nlohmann::json::exception&) {
  return nullptr;
}

}  // namespace fieldcast::access
