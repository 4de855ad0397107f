// Who was in an area, who was near at a past moment: asked of the store.
#include "place_calls.hpp"

#include "fieldcast/base/rfc3339.hpp"
#include "fieldcast/codec/area_decoder.hpp"

namespace fieldcast::api {

namespace {

constexpr std::chrono::days range_max{31};
constexpr double age_max_s = 7 * 86'400.0;

// False: the call was refused.
bool read_scope(Call& call, store::AgentScope& scope) {
  const access::Claims& claims = *call.claims;
  scope.org = claims.org;
  if (const auto id = call.request.parameter("agent")) {
    const AgentIdentityPtr agent = call.context.directory().find({claims.org, AgentId(*id)});
    if (agent ? !access::may_see(claims, *agent) : !claims.all_teams && claims.user.str() != *id)
      return call.refuse(outcome::forbidden), false;
    if (!agent) return call.refuse(outcome::room_unknown), false;
    scope.agent = agent->agent;
  }
  if (const auto team = call.request.parameter("team")) {
    if (!access::may_see(claims, TeamKey{claims.org, TeamId(*team)})) return call.refuse(outcome::forbidden), false;
    scope.teams = std::vector<TeamId>{TeamId(*team)};
  } else if (!scope.agent && !sees_all_teams(claims)) {
    scope.teams = call.context.visible_teams(claims);
    if (scope.teams->empty()) return call.refuse(outcome::forbidden), false;
  }
  return true;
}

bool read_range(Call& call, store::AreaQuery& query) {
  std::optional<Timestamp> from, to;
  if (!read_time(call, "from", from) || !read_time(call, "to", to)) return false;
  if (!from || !to) return call.refuse(outcome::bad_request, "from and to are required"), false;
  if (*from >= *to) return call.refuse(outcome::bad_request, "from must be before to"), false;
  if (*to - *from > range_max) return call.refuse(outcome::bad_request, "from and to are 31 days apart at most"), false;
  query.from = *from;
  query.to = *to;
  return true;
}

bool read_area(Call& call, Area& area) {
  const bool in_body = call.request.method == "POST";
  const auto text = in_body ? std::optional(call.request.body) : call.request.parameter("area");
  if (!text || text->empty()) return call.refuse(outcome::bad_request, "area is required"), false;
  auto decoded = codec::decode_area(*text);
  if (!decoded) {
    const Outcome* why = outcome::find(decoded.error().code);
    return call.refuse(why != nullptr ? *why : outcome::bad_request, decoded.error().text), false;
  }
  area = std::move(*decoded);
  return true;
}

void refuse_failed(Call& call, const Error& error) {
  if (error.code != outcome::not_available.code) return call.unavailable();
  call.refuse(outcome::not_available, error.text);
}

void append_member(std::string& out, std::string_view name, std::string_view text) {
  out += ",\"" + std::string(name) + "\":";
  codec::append_json_string(out, text);
}

std::string visits_json(const std::vector<store::AreaVisit>& visits, std::size_t limit) {
  std::string out = "{\"agents\":[";
  for (const store::AreaVisit& visit : visits) {
    if (out.back() != '[') out += ',';
    out += "{\"agent\":";
    codec::append_json_string(out, visit.agent->agent.str());
    if (!visit.agent->name.empty()) append_member(out, "name", visit.agent->name);
    append_member(out, "team", visit.agent->team.str());
    append_member(out, "first_at", format_rfc3339(visit.first_at));
    append_member(out, "last_at", format_rfc3339(visit.last_at));
    out += ",\"inside_s\":";
    codec::append_number(out, static_cast<double>(visit.inside.count()) / 1e3, 3);
    out += ",\"stays\":" + std::to_string(visit.stays) + ",\"fixes\":" + std::to_string(visit.fixes) + '}';
  }
  out += "],\"next_cursor\":";
  if (visits.size() < limit) return out + "null}";
  codec::append_json_string(out, visits.back().agent->agent.str());
  return out + '}';
}

std::string near_json(const std::vector<store::NearbyAgent>& agents) {
  std::string out = "{\"agents\":[";
  for (const store::NearbyAgent& near : agents) {
    if (out.back() != '[') out += ',';
    out += codec::position_fragment(*near.agent, near.position);
    out.back() = ',';
    out += "\"distance_m\":";
    codec::append_number(out, near.distance_m, 1);
    out += '}';
  }
  return out + "]}";
}

}  // namespace

void search_area(CallPtr call) {
  store::AreaQuery query;
  std::optional<double> limit;
  if (!read_number(*call, "limit", 1, 1'000, limit) || !read_range(*call, query) || !read_area(*call, query.area) ||
      !read_scope(*call, query.scope)) {
    return;
  }
  query.limit = static_cast<std::size_t>(limit.value_or(100));
  if (const auto cursor = call->request.parameter("cursor")) {
    if (!is_valid_id(*cursor)) return call->refuse(outcome::bad_request, "cursor is none of ours");
    query.after = AgentId(*cursor);
  }
  const auto ask = [query](store::Reader& reader) { return reader.found_in(query); };
  const auto answer = [call, most = query.limit](Result<std::vector<store::AreaVisit>> visits) {
    if (!visits) return refuse_failed(*call, visits.error());
    call->json(visits_json(*visits, most));
  };
  if (!call->context.read(ask, answer)) call->unavailable();
}

void answer_nearby_at(const CallPtr& call, store::NearbyQuery query, std::optional<double> max_age_s) {
  if (max_age_s && *max_age_s > age_max_s)
    return call->refuse(outcome::bad_request, "max_age_s is a week at most for a past moment");
  if (max_age_s) query.age_max = seconds(static_cast<std::int64_t>(*max_age_s));
  if (!read_scope(*call, query.scope)) return;
  const auto ask = [query](store::Reader& reader) { return reader.nearby_at(query); };
  const auto answer = [call](Result<std::vector<store::NearbyAgent>> near) {
    if (!near) return refuse_failed(*call, near.error());
    call->json(near_json(*near));
  };
  if (!call->context.read(ask, answer)) call->unavailable();
}

}  // namespace fieldcast::api
