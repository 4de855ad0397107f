// Which channels are listened to, and where. Each is asked for at the server that owns its slot (sharded in a
// Cluster), again whenever that server is another one or was lost.
//
// Threads: the context's.
#pragma once

#include "nodes.hpp"

#include <unordered_map>

namespace fieldcast::bus::redis {

class Subscriptions {
 public:
  struct Handlers {
    std::function<void()> begun{};  // from now on every message comes, until it begins anew
    std::function<void()> ended{};  // the server was lost, or the channel has moved: it will begin anew
    std::function<void(std::string_view payload)> message{};
  };
  Subscriptions(boost::asio::io_context& io, Nodes& nodes) : nodes_(nodes), retry_(io) {}

  void want(const std::string& channel, Handlers handlers);
  void unwant(const std::string& channel);

  // What nodes tell.
  void takes_subscriptions(Node& node);
  void lost(Node& node);
  void moved();
  void pushed(Node& node, const redisReply& reply);

 private:
  struct Channel {
    Handlers handlers;
    std::uint16_t slot = 0;
    Node* at = nullptr;  // where it was asked for
    bool begun = false;
  };
  struct Asked {
    bool subscribe;
    std::string channel;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using Channels = std::unordered_map<std::string, Channel, Hash, std::equal_to<>>;

  void ask(const std::string& name, Channel& channel);
  void ask_again_later();
  void ended(Channel& channel);
  void say(Node& node, bool subscribe, const std::string& name);
  void confirmed(Node& node, bool subscribe, std::string_view name);
  void refused(Node& node, const redisReply& reply);

  Nodes& nodes_;
  boost::asio::steady_timer retry_;
  bool retry_due_ = false;
  Channels channels_;
  std::unordered_map<Node*, std::deque<Asked>> asked_;  // of each, what it has not answered
};

}  // namespace fieldcast::bus::redis
