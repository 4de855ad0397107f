#include "subscriptions.hpp"

namespace fieldcast::bus::redis {
namespace {

constexpr milliseconds ask_again_after{300};

}  // namespace

void Subscriptions::want(const std::string& name, Handlers handlers) {
  const auto [channel, is_new] = channels_.try_emplace(name);
  channel->second.handlers = std::move(handlers);
  channel->second.slot = slot_of(name);
  if (is_new) ask(name, channel->second);
}

void Subscriptions::unwant(const std::string& name) {
  const auto channel = channels_.find(name);
  if (channel == channels_.end()) return;
  Node* const at = channel->second.at;
  channels_.erase(channel);
  if (at != nullptr) say(*at, false, name);
}

void Subscriptions::ask(const std::string& name, Channel& channel) {
  Node* const owner = nodes_.owner(channel.slot);
  if (owner == nullptr || !owner->takes_subscriptions()) return;
  channel.at = owner;
  channel.begun = false;
  say(*owner, true, name);
}

void Subscriptions::say(Node& node, bool subscribe, const std::string& name) {
  if (!node.takes_subscriptions()) return;
  const bool sharded = nodes_.cluster();
  const std::string_view word =
      subscribe ? (sharded ? "SSUBSCRIBE" : "SUBSCRIBE") : (sharded ? "SUNSUBSCRIBE" : "UNSUBSCRIBE");
  asked_[&node].push_back({subscribe, name});
  node.subscriber->say(command({word, name}));
}

void Subscriptions::ended(Channel& channel) {
  channel.at = nullptr;
  if (std::exchange(channel.begun, false) && channel.handlers.ended) channel.handlers.ended();
}

void Subscriptions::lost(Node& node) {
  asked_.erase(&node);
  for (auto& [name, channel] : channels_)
    if (channel.at == &node) ended(channel);
}

void Subscriptions::takes_subscriptions(Node& node) {
  for (auto& [name, channel] : channels_)
    if (channel.at == nullptr && nodes_.owner(channel.slot) == &node) ask(name, channel);
}

void Subscriptions::moved() {
  for (auto& [name, channel] : channels_) {
    Node* const owner = nodes_.owner(channel.slot);
    if (channel.at != nullptr && channel.at != owner) {
      say(*channel.at, false, name);
      ended(channel);
    }
    if (channel.at == nullptr) ask(name, channel);
  }
}

void Subscriptions::ask_again_later() {
  nodes_.look_soon();
  if (std::exchange(retry_due_, true)) return;
  retry_.expires_after(ask_again_after);
  retry_.async_wait([this](boost::system::error_code cancelled) {
    if (cancelled) return;
    retry_due_ = false;
    moved();
  });
}

void Subscriptions::pushed(Node& node, const redisReply& reply) {
  if (is_error(reply)) return refused(node, reply);
  const auto fields = elements_of(reply);
  if (fields.size() != 3 || !is_text(*fields[0]) || !is_text(*fields[1])) return;  // the answer to a PING
  const std::string_view kind = text_of(*fields[0]), name = text_of(*fields[1]);
  if (kind == "message" || kind == "smessage") {
    const auto channel = channels_.find(name);
    if (channel == channels_.end() || channel->second.at != &node) return;
    // A copy: whoever is told may end the subscription.
    const auto tell = channel->second.handlers.message;
    if (tell && is_text(*fields[2])) tell(text_of(*fields[2]));
  } else if (kind == "subscribe" || kind == "ssubscribe") {
    confirmed(node, true, name);
  } else if (kind == "unsubscribe" || kind == "sunsubscribe") {
    confirmed(node, false, name);
  }
}

void Subscriptions::confirmed(Node& node, bool subscribe, std::string_view name) {
  auto& asked = asked_[&node];
  const bool was_asked = !asked.empty() && asked.front().subscribe == subscribe && asked.front().channel == name;
  if (was_asked) asked.pop_front();
  const auto channel = channels_.find(name);
  if (channel == channels_.end() || channel->second.at != &node) return;
  if (subscribe) {
    channel->second.begun = true;
    if (const auto begun = channel->second.handlers.begun) begun();
  } else if (!was_asked) {
    // The slot was taken from this server: whoever owns it now has to be found.
    ended(channel->second);
    ask_again_later();
  }
}

void Subscriptions::refused(Node& node, const redisReply& reply) {
  auto& asked = asked_[&node];
  if (asked.empty()) return node.subscriber->lose(std::string(text_of(reply).substr(0, 80)));
  const Asked refused = std::move(asked.front());
  asked.pop_front();
  const auto channel = channels_.find(refused.channel);
  if (!refused.subscribe || channel == channels_.end() || channel->second.at != &node) return;
  channel->second.at = nullptr;
  channel->second.begun = false;
  nodes_.complain("a subscription is refused (" + std::string(text_of(reply).substr(0, text_of(reply).find(' '))) +
                  ")");
  ask_again_later();
}

}  // namespace fieldcast::bus::redis
