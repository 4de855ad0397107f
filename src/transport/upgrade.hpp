// Is this request a WebSocket upgrade, and a good one (RFC 6455 4.2.1)?
#pragma once

#include "fieldcast/transport/server.hpp"

#include <string>
#include <variant>

namespace fieldcast::transport {

/// What is wrong with an upgrade, and what the answer must say besides.
struct UpgradeRefusal {
  const Outcome& outcome;
  std::uint16_t status;
  std::vector<std::pair<std::string, std::string>> headers;
};

bool asks_for_websocket(const HttpRequest& request);
/// Nothing when the upgrade is well-formed and its Origin may come in.
std::optional<UpgradeRefusal> upgrade_fault(const HttpRequest& request, bool http_1_0, bool has_body,
                                            const Settings& settings);
/// The 101 response.
std::string upgrade_response(const HttpRequest& request, const Settings& settings);

}  // namespace fieldcast::transport
