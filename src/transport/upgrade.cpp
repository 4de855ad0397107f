#include "upgrade.hpp"

#include "fieldcast/transport/http_reader.hpp"
#include "fieldcast/websocket/encoder.hpp"
#include "http_target.hpp"

#include <algorithm>

namespace fieldcast::transport {

namespace {

// Lists may be spread over several headers of one name.
bool any_has_token(const HttpRequest& request, std::string_view name, std::string_view token) {
  return std::any_of(request.headers.begin(), request.headers.end(),
                     [&](const auto& header) { return header.first == name && has_token(header.second, token); });
}

std::size_t count_of(const HttpRequest& request, std::string_view name) {
  return static_cast<std::size_t>(std::count_if(request.headers.begin(), request.headers.end(),
                                                [&](const auto& header) { return header.first == name; }));
}

bool origin_allowed(const HttpRequest& request, const Settings& settings) {
  if (count_of(request, "origin") == 0) return true;  // not a browser
  if (count_of(request, "origin") > 1) return false;
  const std::string_view origin = request.header("origin");
  for (const std::string& allowed : settings.origins)
    if (allowed == "*" || equals_ignoring_case(allowed, origin)) return true;
  const std::size_t scheme_end = origin.find("://");
  if (scheme_end == std::string_view::npos) return false;
  const std::string_view host = request.header("host");
  return !host.empty() && equals_ignoring_case(origin.substr(scheme_end + 3), host);
}

}  // namespace

bool asks_for_websocket(const HttpRequest& request) { return any_has_token(request, "upgrade", "websocket"); }

std::optional<UpgradeRefusal> upgrade_fault(const HttpRequest& request, bool http_1_0, bool has_body,
                                            const Settings& settings) {
  if (request.method != "GET") return UpgradeRefusal{outcome::method_not_allowed, 405, {{"Allow", "GET"}}};
  if (http_1_0 || has_body || !any_has_token(request, "connection", "upgrade"))
    return UpgradeRefusal{outcome::bad_request, 400, {}};
  if (request.header("sec-websocket-version") != "13")
    return UpgradeRefusal{outcome::bad_request, 426, {{"Sec-WebSocket-Version", "13"}, {"Upgrade", "websocket"}}};
  if (count_of(request, "sec-websocket-key") != 1 || !websocket::is_valid_key(request.header("sec-websocket-key")))
    return UpgradeRefusal{outcome::bad_request, 400, {}};
  if (!origin_allowed(request, settings)) return UpgradeRefusal{outcome::origin_not_allowed, 403, {}};
  return std::nullopt;
}

std::string upgrade_response(const HttpRequest& request, const Settings& settings) {
  std::string out =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ";
  out.append(websocket::accept_key(request.header("sec-websocket-key"))).append("\r\n");
  if (!settings.subprotocol.empty() && any_has_token(request, "sec-websocket-protocol", settings.subprotocol))
    out.append("Sec-WebSocket-Protocol: ").append(settings.subprotocol).append("\r\n");
  out.append("\r\n");
  return out;
}

}  // namespace fieldcast::transport
