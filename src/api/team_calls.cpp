// Who am I, which teams, who is in them, who is near: answered from memory.
#include "call.hpp"
#include "fieldcast/base/rfc3339.hpp"
#include "place_calls.hpp"

#include <algorithm>

namespace fieldcast::api {

namespace {

void append_string_member(std::string& out, std::string_view name, std::string_view value) {
  codec::append_json_string(out, name);
  out += ':';
  codec::append_json_string(out, value);
}

// Asks the homes of several teams and answers once all have answered, in the order of `teams`.
template <class Answer, class Ask>
void at_homes(const CallPtr& call, const std::vector<TeamId>& teams, const std::optional<hub::Circle>& near, Ask ask,
              std::function<void(std::vector<Answer>)> done) {
  struct Gathering {
    std::vector<Answer> answers;
    std::size_t missing;
  };
  if (teams.empty()) return done({});
  auto gathering = std::make_shared<Gathering>(Gathering{std::vector<Answer>(teams.size()), teams.size()});
  for (std::size_t i = 0; i < teams.size(); ++i) {
    call->context.hub.at_home(TeamKey{call->claims->org, teams[i]}, near, ask, [gathering, i, done](Answer answer) {
      gathering->answers[i] = std::move(answer);
      if (--gathering->missing == 0) done(std::move(gathering->answers));
    });
  }
}

struct Head {
  std::size_t agents = 0, online = 0;
};

Head count_agents(const hub::TeamHome* home) {
  Head head;
  if (home == nullptr) return head;
  const rooms::LatestTable& table = home->home.table();
  for (rooms::SlotIndex slot = table.first_since(0); slot != rooms::no_slot; slot = table.next(slot)) {
    if (table.slot(slot).gone) continue;
    ++head.agents;
    const PresenceState state = table.slot(slot).presence;
    head.online += state == PresenceState::online || state == PresenceState::parked;
  }
  return head;
}

std::string agents_of(const hub::TeamHome* home) {
  std::string out = "[";
  if (home == nullptr) return out + "]";
  const rooms::LatestTable& table = home->home.table();
  for (rooms::SlotIndex index = table.first_since(0); index != rooms::no_slot; index = table.next(index)) {
    const rooms::Slot& slot = table.slot(index);
    if (slot.gone) continue;
    if (out.size() > 1) out += ',';
    codec::append_agent_entry(out, *slot.fragment, slot.presence, slot.presence_since);
  }
  return out + "]";
}

struct Near {
  double distance_m;
  std::string entry;
};

struct NearQuery {
  Coordinates at;
  double radius_m;
  std::size_t limit;
  std::optional<Timestamp> not_before;
};

std::vector<Near> nearest_of(const hub::TeamHome* home, const NearQuery& query) {
  std::vector<Near> found;
  if (home == nullptr) return found;
  const rooms::LatestTable& table = home->home.table();
  const auto fresh = [&](rooms::SlotIndex slot) {
    return !query.not_before || table.slot(slot).recorded_at >= *query.not_before;
  };
  for (const rooms::Neighbour& near : home->nearby.nearest(query.at, query.radius_m, query.limit, fresh)) {
    const rooms::Slot& slot = table.slot(near.slot);
    std::string entry;
    codec::append_agent_entry(entry, *slot.fragment, slot.presence, slot.presence_since);
    entry.back() = ',';
    entry += "\"distance_m\":";
    codec::append_number(entry, near.distance_m, 1);
    entry += '}';
    found.push_back({near.distance_m, std::move(entry)});
  }
  return found;
}

void answer_nearest(const CallPtr& call, std::vector<std::vector<Near>> by_team, std::size_t limit) {
  std::vector<Near> all;
  for (auto& team : by_team) std::move(team.begin(), team.end(), std::back_inserter(all));
  std::stable_sort(all.begin(), all.end(), [](const Near& a, const Near& b) { return a.distance_m < b.distance_m; });
  if (all.size() > limit) all.resize(limit);
  std::string out = "{\"agents\":[";
  for (const Near& near : all) {
    if (out.back() != '[') out += ',';
    out += near.entry;
  }
  call->json(out + "]}");
}

}  // namespace

void get_me(CallPtr call) {
  const access::Claims& claims = *call->claims;
  std::string out = "{";
  append_string_member(out, "user", claims.user.str());
  out += ',';
  append_string_member(out, "role", to_string(claims.role));
  out += ',';
  append_string_member(out, "org", claims.org.str());
  if (!claims.name.empty()) {
    out += ',';
    append_string_member(out, "name", claims.name);
  }
  if (claims.expires_at != Timestamp::max()) {
    out += ',';
    append_string_member(out, "expires_at", format_rfc3339(claims.expires_at));
  }
  call->json(out + "}");
}

void get_teams(CallPtr call) {
  std::vector<TeamId> teams = call->context.visible_teams(*call->claims);
  const auto answer = [call, teams](std::vector<Head> heads) {
    std::string out = "{\"teams\":[";
    for (std::size_t i = 0; i < teams.size(); ++i) {
      if (i != 0) out += ',';
      out += '{';
      append_string_member(out, "team", teams[i].str());
      out += ",\"agents\":" + std::to_string(heads[i].agents);
      out += ",\"online\":" + std::to_string(heads[i].online) + "}";
    }
    call->json(out + "]}");
  };
  at_homes<Head>(call, teams, std::nullopt, count_agents, answer);
}

void get_team_agents(CallPtr call) {
  const TeamKey team{call->claims->org, TeamId(call->captures.at(0))};
  if (!is_valid_id(team.team.str())) return call->refuse(outcome::bad_request, "not a team id");
  if (!access::may_see(*call->claims, team)) return call->refuse(outcome::forbidden);
  call->context.hub.at_home(team, std::nullopt, agents_of, [call, team](std::string agents) {
    std::string out = "{";
    append_string_member(out, "team", team.team.str());
    call->json(out + ",\"agents\":" + agents + "}");
  });
}

void get_nearby(CallPtr call) {
  std::optional<double> latitude, longitude, radius, limit, max_age;
  std::optional<Timestamp> at;
  if (!read_number(*call, "lat", -90, 90, latitude) || !read_number(*call, "lon", -180, 180, longitude) ||
      !read_number(*call, "radius_m", 0, 20'040'000, radius) || !read_number(*call, "limit", 1, 1'000, limit) ||
      !read_number(*call, "max_age_s", 0, 1e9, max_age) || !read_time(*call, "at", at)) {
    return;
  }
  if (!latitude || !longitude) return call->refuse(outcome::bad_request, "lat and lon are required");
  NearQuery query{{*latitude, *longitude}, radius.value_or(5'000), static_cast<std::size_t>(limit.value_or(20)), {}};
  if (at) {
    const store::NearbyQuery past{
        .scope = {}, .centre = query.at, .radius_m = query.radius_m, .at = *at, .limit = query.limit};
    return answer_nearby_at(call, past, max_age);
  }
  if (max_age) query.not_before = call->now.wall - milliseconds(static_cast<std::int64_t>(*max_age * 1e3));
  std::vector<TeamId> teams;
  if (const auto team = call->request.parameter("team")) {
    const TeamKey key{call->claims->org, TeamId(*team)};
    if (!access::may_see(*call->claims, key)) return call->refuse(outcome::forbidden);
    teams.push_back(key.team);
  } else {
    teams = call->context.visible_teams(*call->claims);
    if (teams.empty() && !sees_all_teams(*call->claims)) return call->refuse(outcome::forbidden);
  }
  const auto ask = [query](const hub::TeamHome* home) { return nearest_of(home, query); };
  const hub::Circle near{query.at, query.radius_m, query.limit};
  at_homes<std::vector<Near>>(call, teams, near, ask, [call, query](std::vector<std::vector<Near>> found) {
    answer_nearest(call, std::move(found), query.limit);
  });
}

void post_ticket(CallPtr call) {
  Context& context = call->context;
  const Timestamp ends_at = call->now.wall + context.settings.ticket_valid;
  context.issue_ticket(call->claims, [call, ends_at](const std::string& ticket) {
    std::string out = "{";
    append_string_member(out, "ticket", ticket);
    out += ',';
    append_string_member(out, "expires_at", format_rfc3339(ends_at));
    call->json(out + "}");
  });
}

}  // namespace fieldcast::api
