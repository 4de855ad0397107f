// The servers that own our slots, with two links to each: one for commands, one that subscribes. Finds them, holds
// on to them, looks for them again when a link is lost or a server says that a slot has moved.
//
// Threads: the context's.
#pragma once

#include "discovery.hpp"

#include <map>
#include <random>

namespace fieldcast::bus::redis {

struct Node {
  Address at;
  std::shared_ptr<Link> commands, subscriber;
  bool takes_commands() const { return commands && commands->ready(); }
  bool takes_subscriptions() const { return subscriber && subscriber->ready(); }
};

/// Full jitter: anything up to the double of the last bound.
class Backoff {
 public:
  Backoff(milliseconds first, milliseconds longest) : first_(first), longest_(longest), bound_(first) {}
  milliseconds next() {
    const milliseconds bound = std::exchange(bound_, std::min(longest_, 2 * bound_));
    return milliseconds(std::uniform_int_distribution<std::int64_t>(bound.count() / 8, bound.count())(random_));
  }
  void reset() { bound_ = first_; }

 private:
  const milliseconds first_, longest_;
  milliseconds bound_;
  std::mt19937_64 random_{std::random_device{}()};
};

class Nodes {
 public:
  struct Events {
    std::function<void(Node&)> takes_commands{};
    std::function<void(Node&)> takes_subscriptions{};
    std::function<void(Node&)> subscriber_lost{};
    std::function<void(Node&, const redisReply&)> pushed{};
    std::function<void(Node&)> gone{};  // forget it
    std::function<void()> moved{};      // owner() may answer otherwise
    std::function<void()> judge{};      // whole() may answer otherwise
    std::function<void(const std::string& why)> trouble{};
  };
  /// `prepare`: said on every link for commands before any other.
  Nodes(const Surroundings& around, const RedisUrl& url, Backoff backoff, std::string prepare, Events events);

  void start() { look(); }
  bool cluster() const { return url_.kind == RedisUrl::Kind::cluster; }
  Node* owner(std::uint16_t slot) const { return owner_[slot]; }
  /// All servers that we know of can be used.
  bool whole() const;
  std::string endpoints() const;

  /// To the owner of the slot, and after it when it has moved meanwhile. Other refusals are for the caller.
  void send(std::uint16_t slot, std::string command, Answered answered);
  /// Looks at once (ten times a second at most) who owns what.
  void look_soon();
  void complain(const std::string& why) { events_.trouble(why); }

 private:
  struct Sent {
    std::string command;
    Answered answered;
    std::uint16_t slot;
    int detours_left;
  };
  void send_to(Node* node, const std::shared_ptr<Sent>& sent, bool asking);
  bool follow(Node* refused_by, const redisReply& reply, const std::shared_ptr<Sent>& sent);
  void look();
  void take(const Result<SlotTable>& table);
  void keep_only(const std::vector<Address>& addresses);
  void link_up(Node& node);
  std::shared_ptr<Link> open(Node& node, bool subscribes);
  void lost(Node& node, bool subscribed, const std::string& why);
  void look_after(milliseconds delay);

  const Surroundings around_;
  const RedisUrl url_;
  const std::string prepare_;
  const Events events_;
  Backoff backoff_;
  Discovery discovery_;
  boost::asio::steady_timer timer_;
  bool look_due_ = false, found_ = false;
  std::map<Address, std::unique_ptr<Node>> nodes_;
  std::vector<Node*> owner_ = std::vector<Node*>(cluster_slots, nullptr);
};

}  // namespace fieldcast::bus::redis
