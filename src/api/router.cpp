#include "router.hpp"

#include <algorithm>

namespace fieldcast::api {

namespace {

constexpr Route routes[] = {
    {"POST", "/v1/positions", Bearer::token, true, post_native},
    {"POST", "/api/location", Bearer::token, true, post_employee},
    {"POST", "/api/tracking/location", Bearer::token, true, post_vehicle},
    {"POST", "/api/tracking/batch", Bearer::token, true, post_updates},
    {"POST", "/v1/tickets", Bearer::token, false, post_ticket},
    {"GET", "/v1/me", Bearer::token, false, get_me},
    {"GET", "/v1/teams", Bearer::token, false, get_teams},
    {"GET", "/v1/teams/{team}/agents", Bearer::token, false, get_team_agents},
    {"GET", "/v1/agents/{agent}/positions", Bearer::token, false, get_history},
    {"GET", "/v1/agents/{agent}/summary", Bearer::token, false, get_agent_summary},
    {"GET", "/v1/teams/{team}/summary", Bearer::token, false, get_team_summary},
    {"GET", "/v1/quarantine", Bearer::token, false, get_quarantine},
    {"GET", "/v1/nearby", Bearer::token, false, get_nearby},
    {"GET", "/v1/search/positions", Bearer::token, false, search_area},
    {"POST", "/v1/search/positions", Bearer::token, false, search_area},
    {"GET", "/v1/stream", Bearer::token_or_ticket, false, get_stream},
    {"GET", "/v1/poll", Bearer::token_or_ticket, false, get_poll},
    {"GET", "/healthz", Bearer::none, false, get_healthz},
    {"GET", "/readyz", Bearer::none, false, get_readyz},
    {"GET", "/health/realtime", Bearer::none, false, get_realtime_health},
    {"GET", "/metrics", Bearer::none, false, get_metrics},
};

std::string_view take_segment(std::string_view& path) {
  path.remove_prefix(1);
  const auto end = std::min(path.find('/'), path.size());
  const std::string_view segment = path.substr(0, end);
  path.remove_prefix(end);
  return segment;
}

bool path_matches(std::string_view pattern, const std::vector<std::string>& segments,
                  std::vector<std::string>& captures) {
  captures.clear();
  for (const std::string& given : segments) {
    if (pattern.empty()) return false;
    const std::string_view wanted = take_segment(pattern);
    if (wanted.starts_with('{')) {
      if (given.empty()) return false;
      captures.push_back(given);
    } else if (wanted != given) {
      return false;
    }
  }
  return pattern.empty();
}

}  // namespace

Match match_route(std::string_view method, const std::vector<std::string>& segments) {
  Match match;
  std::vector<std::string> captures;
  for (const Route& route : routes) {
    if (!path_matches(route.path, segments, captures)) continue;
    match.path_known = true;
    if (!match.allowed.empty()) match.allowed += ", ";
    match.allowed += route.method == "GET" ? std::string_view("GET, HEAD") : route.method;
    if (route.method != method && !(route.method == "GET" && method == "HEAD")) continue;
    match.route = &route;
    match.captures = std::move(captures);
    return match;
  }
  return match;
}

}  // namespace fieldcast::api
