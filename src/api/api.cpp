#include "fieldcast/api/api.hpp"

#include "cors.hpp"
#include "router.hpp"
#include "socket_conversation.hpp"

#include <algorithm>

namespace fieldcast::api {

namespace {

std::optional<std::string_view> bearer_token(const transport::HttpRequest& request) {
  constexpr std::string_view scheme = "bearer ";
  std::string_view header = request.header("authorization");
  if (header.size() < scheme.size()) return std::nullopt;
  for (std::size_t i = 0; i < scheme.size(); ++i) {
    if ((header[i] | 0x20) != (scheme[i] | 0x20)) return std::nullopt;
  }
  header.remove_prefix(scheme.size());
  while (header.starts_with(' ')) header.remove_prefix(1);
  return header;
}

bool reports(const access::Claims& claims) {
  return claims.role == access::Role::agent || claims.role == access::Role::gateway;
}

const Outcome& outcome_of(const Error& error) {
  const Outcome* known = outcome::find(error.code);
  return known != nullptr ? *known : outcome::unauthenticated;
}

transport::HttpResponse unauthorised(const Error& error) {
  return problem_response(outcome_of(error), error.text, std::nullopt);
}

Error no_token() { return Error{"unauthenticated", "this call needs a bearer token"}; }

// An encoded slash belongs to an id, never to the name of a file.
bool names_a_file(const transport::HttpRequest& request) {
  return std::none_of(request.segments.begin(), request.segments.end(),
                      [](const std::string& segment) { return segment.find('/') != std::string::npos; });
}

// Runs the route once its bearer is known and complete.
void answer_as(CallPtr call, const Route& route, access::ClaimsPtr claims) {
  Context& context = call->context;
  context.complete(std::move(claims), [call = std::move(call), &route](access::ClaimsPtr complete) {
    if (!complete) return call->unavailable();
    call->claims = std::move(complete);
    route.answer(call);
  });
}

void answer_with_ticket(CallPtr call, const Route& route, std::string ticket) {
  Context& context = call->context;
  context.redeem_ticket(std::move(ticket), [call = std::move(call), &route](access::ClaimsPtr claims) {
    if (!claims) return call->refuse(outcome::unauthenticated, "the ticket is unknown, used, or over its time");
    if (claims->expires_at <= call->now.wall) return call->refuse(outcome::token_expired);
    answer_as(call, route, std::move(claims));
  });
}

}  // namespace

Api::Api(hub::Hub& hub, const Settings& settings, Process& process, access::VerifierPtr verifier)
    : context_(std::make_unique<Context>(hub, settings, process, std::move(verifier))) {
  context_->ticket_office = context_.get();
}

Api::~Api() = default;

void Api::set_verifier(access::VerifierPtr verifier) {
  context_->verifier = std::move(verifier);
  context_->verified.clear();
}

void Api::set_ticket_office(Api& office) { context_->ticket_office = office.context_.get(); }

transport::HttpResponse Api::refusal(const Outcome& outcome) {
  const bool later = outcome.http_status == 503 || outcome.http_status == 429;
  return problem_response(
      outcome, {}, later ? std::optional(static_cast<int>(context_->settings.retry_after.count())) : std::nullopt);
}

std::variant<transport::HttpResponse, std::size_t> Api::on_head(const transport::HttpRequest& head) {
  const Match match = match_route(head.method, head.segments);
  if (match.route == nullptr || !match.route->positions) return context_->settings.other_bytes_max;
  auto refused = refuse_reporter(head);
  if (!refused) return context_->settings.request_bytes_max;
  if (const std::string* origin = allowed_origin(context_->settings, head)) let_origin_read(*refused, *origin);
  return std::move(*refused);
}

// Nobody sends megabytes before we know who it is.
std::optional<transport::HttpResponse> Api::refuse_reporter(const transport::HttpRequest& head) {
  const auto token = bearer_token(head);
  if (!token) return unauthorised(no_token());
  const auto claims = context_->verify(*token, read_clock().wall);
  if (!claims) return unauthorised(claims.error());
  if (reports(**claims)) return std::nullopt;
  return problem_response(outcome::forbidden, "only agents and gateways report positions", std::nullopt);
}

void Api::on_request(transport::HttpRequest request, transport::HttpResponderPtr responder) {
  const Settings& settings = context_->settings;
  if (request.method == "OPTIONS" && !request.header("access-control-request-method").empty()) {
    return responder->respond(preflight(settings, request));
  }
  if (const std::string* origin = allowed_origin(settings, request))
    responder = with_cors(std::move(responder), *origin);
  Match match = match_route(request.method, request.segments);
  auto call = std::make_shared<Call>(
      Call{*context_, std::move(request), std::move(responder), std::move(match.captures), nullptr, read_clock()});
  if (match.route == nullptr) {
    if (match.path_known) {
      transport::HttpResponse response = problem_response(outcome::method_not_allowed, {}, std::nullopt);
      return call->responder->respond(std::move(response.with("Allow", match.allowed)));
    }
    if (context_->files && names_a_file(call->request) && context_->files->serve(call->request, call->responder))
      return;
    return call->refuse(outcome::not_found);
  }
  if (match.route->bearer == Bearer::none) return match.route->answer(call);
  const auto ticket = call->request.parameter("ticket");
  if (ticket && match.route->bearer == Bearer::token_or_ticket) return answer_with_ticket(call, *match.route, *ticket);
  const auto token = bearer_token(call->request);
  if (!token) return call->responder->respond(unauthorised(no_token()));
  auto claims = context_->verify(*token, call->now.wall);
  if (!claims) return call->responder->respond(unauthorised(claims.error()));
  answer_as(call, *match.route, std::move(*claims));
}

std::variant<transport::HttpResponse, std::unique_ptr<transport::SocketHandler>> Api::on_upgrade(
    const transport::HttpRequest& request) {
  if (request.path != "/v1/ws") return problem_response(outcome::not_found, {}, std::nullopt);
  if (context_->process.draining) return refusal(outcome::shutting_down);
  access::ClaimsPtr claims;
  if (const auto token = bearer_token(request)) {
    auto verified = context_->verify(*token, read_clock().wall);
    if (!verified) return unauthorised(verified.error());
    claims = std::move(*verified);
  }
  // A browser cannot read the status of a refused upgrade: a bad ticket is told by a close code.
  std::string ticket = request.parameter("ticket").value_or("");
  return std::unique_ptr<transport::SocketHandler>(
      std::make_unique<SocketConversation>(*context_, request.peer, std::move(claims), std::move(ticket)));
}

}  // namespace fieldcast::api
