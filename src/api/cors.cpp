#include "cors.hpp"

#include "call.hpp"

#include <algorithm>

namespace fieldcast::api {

namespace {

void add_origin(transport::HttpResponse& response, const std::string& origin) {
  response.with("Access-Control-Allow-Origin", origin).with("Vary", "Origin");
}

class CorsResponder : public transport::HttpResponder {
 public:
  CorsResponder(transport::HttpResponderPtr responder, std::string origin)
      : responder_(std::move(responder)), origin_(std::move(origin)) {}

  bool alive() const override { return responder_->alive(); }
  void respond(transport::HttpResponse response) override {
    let_origin_read(response, origin_);
    responder_->respond(std::move(response));
  }
  std::shared_ptr<transport::HttpStream> stream(transport::HttpResponse head, transport::StreamEvents events) override {
    let_origin_read(head, origin_);
    return responder_->stream(std::move(head), std::move(events));
  }

 private:
  transport::HttpResponderPtr responder_;
  std::string origin_;
};

}  // namespace

void let_origin_read(transport::HttpResponse& response, const std::string& origin) {
  add_origin(response, origin);
  response.with("Access-Control-Expose-Headers", "Retry-After");
}

const std::string* allowed_origin(const Settings& settings, const transport::HttpRequest& request) {
  const std::string_view origin = request.header("origin");
  if (origin.empty()) return nullptr;
  for (const auto& header : request.headers) {
    if (header.first != "origin") continue;
    const bool allowed =
        std::any_of(settings.cors_origins.begin(), settings.cors_origins.end(),
                    [&header](const std::string& each) { return each == "*" || each == header.second; });
    return allowed ? &header.second : nullptr;
  }
  return nullptr;
}

transport::HttpResponse preflight(const Settings& settings, const transport::HttpRequest& request) {
  const std::string* origin = allowed_origin(settings, request);
  if (origin == nullptr) return problem_response(outcome::origin_not_allowed, {}, std::nullopt);
  transport::HttpResponse response;
  response.status = 204;
  add_origin(response, *origin);
  response.with("Access-Control-Allow-Methods", "GET, HEAD, POST")
      .with("Access-Control-Allow-Headers", "Authorization, Content-Type, Content-Encoding, Last-Event-ID")
      .with("Access-Control-Max-Age", "7200");
  return response;
}

transport::HttpResponderPtr with_cors(transport::HttpResponderPtr responder, std::string origin) {
  return std::make_shared<CorsResponder>(std::move(responder), std::move(origin));
}

}  // namespace fieldcast::api
