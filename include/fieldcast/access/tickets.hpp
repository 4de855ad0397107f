// One-time tickets: a browser cannot set a header on a WebSocket or an EventSource.
//
// Bounded: the oldest is forgotten when tickets_max are out.
// Threads: one owner; the hub gives it a home shard.
#pragma once

#include "fieldcast/access/claims.hpp"

#include <deque>
#include <unordered_map>

namespace fieldcast::access {

class Tickets {
 public:
  explicit Tickets(seconds valid_for = seconds{30}, std::size_t tickets_max = 100'000);
  /// `random`: 16 bytes from the system's generator, which become the ticket's name (base64url).
  std::string issue(ClaimsPtr claims, std::string_view random, Timestamp now);
  /// Null when unknown, used or over time.
  ClaimsPtr redeem(const std::string& ticket, Timestamp now);

 private:
  struct Ticket {
    ClaimsPtr claims;
    Timestamp ends_at;
  };
  void make_room(Timestamp now);

  seconds valid_for_;
  std::size_t tickets_max_;
  std::unordered_map<std::string, Ticket> tickets_;
  std::deque<std::string> order_;  // names, oldest first; some may be redeemed by now
};

}  // namespace fieldcast::access
