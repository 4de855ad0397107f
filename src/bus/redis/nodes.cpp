#include "nodes.hpp"

#include <algorithm>
#include <charconv>

namespace fieldcast::bus::redis {
namespace {

constexpr int detours_max = 5;
constexpr milliseconds look_again_after{100};

/// "MOVED 3999 127.0.0.1:6381": the address; an empty host is that of whoever says it.
std::optional<Address> target_of(std::string_view text, const Address& said_by) {
  const auto space = text.rfind(' ');
  const auto colon = text.rfind(':');
  if (space == std::string_view::npos || colon == std::string_view::npos || colon < space) return std::nullopt;
  Address address{std::string(text.substr(space + 1, colon - space - 1)), 0};
  if (address.host.empty()) address.host = said_by.host;
  unsigned port = 0;
  std::from_chars(text.data() + colon + 1, text.data() + text.size(), port);
  if (port == 0 || port > 65'535) return std::nullopt;
  address.port = static_cast<std::uint16_t>(port);
  return address;
}

std::string master_only(const redisReply& reply) {
  const auto fields = elements_of(reply);
  const bool master = !fields.empty() && is_text(*fields[0]) && text_of(*fields[0]) == "master";
  return master ? "" : "it is no master any more";
}

}  // namespace

Nodes::Nodes(const Surroundings& around, const RedisUrl& url, Backoff backoff, std::string prepare, Events events)
    : around_(around),
      url_(url),
      prepare_(std::move(prepare)),
      events_(std::move(events)),
      backoff_(backoff),
      discovery_(around, url),
      timer_(around.io) {}

bool Nodes::whole() const {
  return found_ && std::all_of(nodes_.begin(), nodes_.end(), [](const auto& each) {
           return each.second->takes_commands() && each.second->takes_subscriptions();
         });
}

std::string Nodes::endpoints() const {
  std::string text;
  for (const auto& [address, node] : nodes_) text += (text.empty() ? "" : ", ") + to_string(address);
  return text;
}

void Nodes::send(std::uint16_t slot, std::string command, Answered answered) {
  Node* node = owner(slot);
  if (node == nullptr || !node->takes_commands()) return answered(nullptr);
  send_to(node, std::make_shared<Sent>(Sent{std::move(command), std::move(answered), slot, detours_max}), false);
}

void Nodes::send_to(Node* node, const std::shared_ptr<Sent>& sent, bool asking) {
  if (asking) node->commands->send(command({"ASKING"}), [](const redisReply*) {});
  // The link, not the node: a node can be gone when its link answers.
  std::weak_ptr<Link> link = node->commands;
  node->commands->send(sent->command, [this, sent, link](const redisReply* reply) {
    const auto by = link.lock();
    if (reply != nullptr && is_error(*reply) && by && !by->closed()) {
      const auto known = nodes_.find(by->at());
      if (known != nodes_.end() && follow(known->second.get(), *reply, sent)) return;
    }
    sent->answered(reply);
  });
}

bool Nodes::follow(Node* refused_by, const redisReply& reply, const std::shared_ptr<Sent>& sent) {
  // A master that became a replica: its Sentinels, its Cluster or its name lead to the new one.
  if (is_error(reply, "READONLY")) {
    refused_by->commands->lose("it is no master any more");
    return false;
  }
  const bool moved = is_error(reply, "MOVED"), ask = is_error(reply, "ASK");
  if (!moved && !ask) return false;
  if (moved) look_soon();
  const auto target = target_of(text_of(reply), refused_by->at);
  const auto known = target ? nodes_.find(*target) : nodes_.end();
  if (known == nodes_.end() || !known->second->takes_commands() || sent->detours_left-- == 0) {
    look_soon();
    return false;
  }
  send_to(known->second.get(), sent, ask);
  return true;
}

void Nodes::look_soon() { look_after(look_again_after); }

void Nodes::look_after(milliseconds delay) {
  if (look_due_ || discovery_.running()) return;
  look_due_ = true;
  timer_.expires_after(delay);
  timer_.async_wait([this](boost::system::error_code cancelled) {
    if (cancelled) return;
    look_due_ = false;
    look();
  });
}

void Nodes::look() {
  std::vector<Address> known;
  if (cluster())
    for (const auto& [address, node] : nodes_)
      if (node->takes_commands()) known.push_back(address);
  discovery_.run(std::move(known), [this](const Result<SlotTable>& table) { take(table); });
}

void Nodes::take(const Result<SlotTable>& table) {
  if (!table) {
    events_.trouble(table.error().text);
    return look_after(backoff_.next());
  }
  keep_only(table->nodes);
  for (const Address& address : table->nodes) {
    auto& node = nodes_[address];
    if (!node) node = std::make_unique<Node>(Node{address, nullptr, nullptr});
    link_up(*node);
  }
  for (std::size_t slot = 0; slot < cluster_slots; ++slot) {
    const auto index = table->owner[slot];
    owner_[slot] = index == SlotTable::nobody ? nullptr : nodes_[table->nodes[index]].get();
  }
  found_ = true;
  events_.moved();
  events_.judge();
}

void Nodes::keep_only(const std::vector<Address>& addresses) {
  for (auto each = nodes_.begin(); each != nodes_.end();) {
    if (std::find(addresses.begin(), addresses.end(), each->first) != addresses.end()) {
      ++each;
      continue;
    }
    const std::unique_ptr<Node> node = std::move(each->second);
    each = nodes_.erase(each);
    std::replace(owner_.begin(), owner_.end(), node.get(), static_cast<Node*>(nullptr));
    events_.gone(*node);
    for (const auto& link : {node->commands, node->subscriber})
      if (link) link->close();
  }
}

void Nodes::link_up(Node& node) {
  if (!node.commands || node.commands->closed()) node.commands = open(node, false);
  if (!node.subscriber || node.subscriber->closed()) node.subscriber = open(node, true);
}

std::shared_ptr<Link> Nodes::open(Node& node, bool subscribes) {
  auto greetings = greetings_of(url_);
  if (url_.kind == RedisUrl::Kind::sentinel) greetings.push_back({command({"ROLE"}), master_only});
  if (!subscribes && !prepare_.empty()) greetings.push_back({prepare_, nullptr});
  Link::Events events;
  events.ready = [this, &node, subscribes] {
    if (whole()) backoff_.reset();
    (subscribes ? events_.takes_subscriptions : events_.takes_commands)(node);
    events_.judge();
  };
  events.lost = [this, &node, subscribes](const std::string& why) { lost(node, subscribes, why); };
  if (subscribes) events.pushed = [this, &node](const redisReply& reply) { events_.pushed(node, reply); };
  auto link = std::make_shared<Link>(around_, node.at, std::move(greetings), std::move(events));
  link->open();
  return link;
}

void Nodes::lost(Node& node, bool subscribed, const std::string& why) {
  events_.trouble(why);
  if (subscribed) events_.subscriber_lost(node);
  events_.judge();
  if (!look_due_ && !discovery_.running()) look_after(backoff_.next());
}

}  // namespace fieldcast::bus::redis
