// One connection to one Redis server: found, connected, let in, kept awake; commands pipelined. It lives once: when it
// is lost, another is made.
//
// Threads: the context's. Errors: `lost`, once; every command that has no answer yet is told null before.
#pragma once

#include "fieldcast/base/clock.hpp"
#include "fieldcast/bus/redis_url.hpp"
#include "reply.hpp"
#include "resolver.hpp"
#include "stream.hpp"

#include <array>
#include <boost/asio/steady_timer.hpp>
#include <deque>

namespace fieldcast::bus::redis {

/// What all links of a bus share.
struct Surroundings {
  boost::asio::io_context& io;
  Resolver& resolver;
  boost::asio::ssl::context* tls;  // null: none
  milliseconds connect_within;     // from the name to being let in
  seconds ping_every;              // silent for two of them, it is lost
};

/// Sent when connected, before anything else.
struct Greeting {
  std::string command;
  /// What is wrong with the answer, empty when nothing is; the link is lost with that text.
  std::function<std::string(const redisReply&)> objection;
};

class Link : public std::enable_shared_from_this<Link> {
 public:
  struct Events {
    std::function<void()> ready{};
    std::function<void(const std::string& why)> lost{};
    /// Set for a link that subscribes: it gets every reply, and send() is not used.
    std::function<void(const redisReply&)> pushed{};
  };

  Link(const Surroundings& around, Address at, std::vector<Greeting> greetings, Events events);

  void open();
  void send(std::string_view command, Answered answered);
  /// For a link that subscribes.
  void say(std::string_view command);
  /// What is owed is told null; nothing else is told any more.
  void close();
  /// As if the connection had broken.
  void lose(const std::string& why);

  bool ready() const { return ready_ && !closed_; }
  bool closed() const { return closed_; }
  std::size_t unanswered() const { return owed_.size(); }
  std::size_t unsent_bytes() const { return filling_.size() + writing_.size(); }
  const Address& at() const { return at_; }

 private:
  void greet();
  void greeted();
  void read();
  void take(const redisReply& reply);
  void write_soon();
  void write();
  void watch(milliseconds after);
  void tick();
  void end();

  const Surroundings around_;
  const Address at_;
  const std::vector<Greeting> greetings_;
  Events events_;
  Stream stream_;
  boost::asio::steady_timer timer_;
  ReplyReader reader_;
  std::array<char, 65'536> input_;
  std::string filling_, writing_;  // what is written next; what is being written
  std::deque<Answered> owed_;
  SteadyTime heard_at_{};
  bool ready_ = false, closed_ = false, write_due_ = false;
};

/// AUTH, SELECT and a name, as an URL wants them.
std::vector<Greeting> greetings_of(const RedisUrl& url);

}  // namespace fieldcast::bus::redis
