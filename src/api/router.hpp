// Which call answers which path.
#pragma once

#include "call.hpp"

namespace fieldcast::api {

enum class Bearer : std::uint8_t { none, token, token_or_ticket };

struct Route {
  std::string_view method;  // GET serves HEAD too
  std::string_view path;    // segments; {…} stands for any one segment
  Bearer bearer;
  bool positions;  // takes large bodies, from agents and gateways only
  void (*answer)(CallPtr);
};

struct Match {
  const Route* route = nullptr;  // null: no route has this path and method
  bool path_known = false;       // … but one has the path: 405
  std::string allowed;           // its methods, for Allow
  std::vector<std::string> captures;
};
/// `segments`: of the path, decoded.
Match match_route(std::string_view method, const std::vector<std::string>& segments);

}  // namespace fieldcast::api
