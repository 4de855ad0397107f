#include "fieldcast/access/tickets.hpp"

#include "base64url.hpp"

#include <algorithm>

namespace fieldcast::access {

Tickets::Tickets(seconds valid_for, std::size_t tickets_max)
    : valid_for_(valid_for), tickets_max_(std::max<std::size_t>(tickets_max, 1)) {}

std::string Tickets::issue(ClaimsPtr claims, std::string_view random, Timestamp now) {
  make_room(now);
  std::string name = base64url_encode(random);
  order_.push_back(name);
  tickets_.insert_or_assign(name, Ticket{std::move(claims), now + valid_for_});
  return name;
}

void Tickets::make_room(Timestamp now) {
  while (!order_.empty()) {
    const auto oldest = tickets_.find(order_.front());
    const bool out = oldest != tickets_.end() && now < oldest->second.ends_at;
    if (out && tickets_.size() < tickets_max_) break;
    if (oldest != tickets_.end()) tickets_.erase(oldest);
    order_.pop_front();
  }
  // Redeemed tickets leave their names behind; swept rarely enough to cost nothing per ticket.
  if (order_.size() >= 2 * tickets_max_) {
    std::erase_if(order_, [this](const std::string& name) { return !tickets_.contains(name); });
  }
}

ClaimsPtr Tickets::redeem(const std::string& ticket, Timestamp now) {
  const auto node = tickets_.extract(ticket);
  if (node.empty() || now >= node.mapped().ends_at) return nullptr;
  return node.mapped().claims;
}

}  // namespace fieldcast::access
