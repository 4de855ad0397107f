#include "call.hpp"

#include "fieldcast/base/rfc3339.hpp"

#include <charconv>

namespace fieldcast::api {

transport::HttpResponse json_response(std::string body, std::uint16_t status) {
  transport::HttpResponse response;
  response.status = status;
  response.with("Content-Type", "application/json").with("Cache-Control", "no-store");
  response.body = std::move(body);
  return response;
}

transport::HttpResponse problem_response(const Outcome& outcome, std::string_view detail,
                                         std::optional<int> retry_after_s) {
  transport::HttpResponse response;
  response.status = outcome.http_status != 0 ? outcome.http_status : std::uint16_t{500};
  response.with("Content-Type", "application/problem+json").with("Cache-Control", "no-store");
  if (retry_after_s) response.with("Retry-After", std::to_string(*retry_after_s));
  if (response.status == 401) response.with("WWW-Authenticate", "Bearer realm=\"fieldcast\"");
  response.body = codec::problem(outcome, detail, retry_after_s);
  return response;
}

void Call::json(std::string body, std::uint16_t status) { responder->respond(json_response(std::move(body), status)); }

void Call::refuse(const Outcome& outcome, std::string_view detail) {
  responder->respond(problem_response(outcome, detail, std::nullopt));
}

void Call::unavailable() {
  responder->respond(
      problem_response(outcome::store_unavailable, {}, static_cast<int>(context.settings.retry_after.count())));
}

bool read_number(Call& call, std::string_view name, double min, double max, std::optional<double>& value) {
  const auto text = call.request.parameter(name);
  if (!text) return true;
  double number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error == std::errc{} && end == text->data() + text->size() && number >= min && number <= max) {
    value = number;
    return true;
  }
  call.refuse(outcome::bad_request, "parameter " + std::string(name) + " is not a number in its range");
  return false;
}

bool read_time(Call& call, std::string_view name, std::optional<Timestamp>& value) {
  const auto text = call.request.parameter(name);
  if (!text) return true;
  value = parse_rfc3339(*text);
  if (value) return true;
  std::int64_t epoch = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), epoch);
  constexpr std::int64_t seconds_below = 100'000'000'000;  // as in codec: smaller numbers are seconds
  if (error == std::errc{} && end == text->data() + text->size() && epoch >= 0) {
    value = from_unix_ms(epoch < seconds_below ? epoch * 1'000 : epoch);
    return true;
  }
  call.refuse(outcome::bad_request, "parameter " + std::string(name) + " is not a time (RFC 3339 or epoch)");
  return false;
}

}  // namespace fieldcast::api
