// POST: fixes in every dialect; answered after the commit.
#include "call.hpp"

namespace fieldcast::api {

namespace {

void answer_batch(const CallPtr& call, const hub::SubmitAnswer& answer) {
  if (answer.failure != nullptr) return call->unavailable();
  call->json(codec::ack(std::nullopt, answer.accepted, answer.duplicates, answer.quarantined));
}

void post(const CallPtr& call, codec::Dialect dialect) {
  Context& context = call->context;
  // The body was taken for a reporter's; the rights may have been completed since.
  const access::Claims& claims = *call->claims;
  const bool agent = claims.role == access::Role::agent;
  if (!agent && claims.role != access::Role::gateway) {
    return call->refuse(outcome::forbidden, "only agents and gateways report positions");
  }
  const codec::DecodeLimits limits{.fixes_max = context.settings.request_positions_max};
  std::string& body = call->request.body;
  body.reserve(body.size() + codec::text_padding_bytes);
  const auto decoded = context.decoder.decode(body, dialect, limits, true, context.batch);
  if (!decoded) {
    const Outcome* known = outcome::find(decoded.error().code);
    return call->refuse(known != nullptr ? *known : outcome::bad_request, decoded.error().text);
  }
  const AgentIdentityPtr self = agent ? context.hub.register_agent(claims) : nullptr;
  context.hub.submit(call->claims, self, context.batch, call->now,
                     [call](const hub::SubmitAnswer& answer) { answer_batch(call, answer); });
}

}  // namespace

void post_native(CallPtr call) { post(call, codec::Dialect::native); }
void post_employee(CallPtr call) { post(call, codec::Dialect::employee); }
void post_vehicle(CallPtr call) { post(call, codec::Dialect::vehicle); }
void post_updates(CallPtr call) { post(call, codec::Dialect::updates); }

}  // namespace fieldcast::api
