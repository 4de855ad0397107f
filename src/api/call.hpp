// One HTTP call on its way: the request, whose it is, and how it is answered.
#pragma once

#include "context.hpp"

namespace fieldcast::api {

struct Call {
  Context& context;
  transport::HttpRequest request;
  transport::HttpResponderPtr responder;
  std::vector<std::string> captures;  // what stood for {…} in the route's path
  access::ClaimsPtr claims;           // null on routes that need none
  Now now;

  void json(std::string body, std::uint16_t status = 200);
  void refuse(const Outcome& outcome, std::string_view detail = {});
  /// 503 with Retry-After.
  void unavailable();
};
using CallPtr = std::shared_ptr<Call>;

transport::HttpResponse json_response(std::string body, std::uint16_t status = 200);
transport::HttpResponse problem_response(const Outcome& outcome, std::string_view detail,
                                         std::optional<int> retry_after_s);

/// Query parameters; each refuses the call (400, naming the parameter) and returns false when it cannot be read.
bool read_number(Call& call, std::string_view name, double min, double max, std::optional<double>& value);
bool read_time(Call& call, std::string_view name, std::optional<Timestamp>& value);

/// The agent that the path names. Null: the bearer may not see it, or nobody knows it; the call was refused.
AgentIdentityPtr agent_to_see(Call& call);

// Routes, one file each.
void get_me(CallPtr call);
void get_teams(CallPtr call);
void get_team_agents(CallPtr call);
void get_nearby(CallPtr call);
void get_history(CallPtr call);
void get_quarantine(CallPtr call);
void get_agent_summary(CallPtr call);
void get_team_summary(CallPtr call);
void search_area(CallPtr call);
void get_stream(CallPtr call);
void get_poll(CallPtr call);
void post_ticket(CallPtr call);
void post_native(CallPtr call);
void post_employee(CallPtr call);
void post_vehicle(CallPtr call);
void post_updates(CallPtr call);
void get_healthz(CallPtr call);
void get_readyz(CallPtr call);
void get_realtime_health(CallPtr call);
void get_metrics(CallPtr call);

}  // namespace fieldcast::api
