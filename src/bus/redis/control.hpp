// What instances tell each other beside positions: registrations and seats, on one channel that brings our own back.
// While that channel is not there they wait, the newest of each agent; then they go out, marked as late. Others may
// come back later than we: what goes out in the first seconds is said once more.
//
// Threads: the context's, but for announced().
// Limits: 100,000 wait; beyond, the oldest is thrown away and counted as lost.
#pragma once

#include "fieldcast/base/ownership.hpp"
#include "fieldcast/bus/seat_order.hpp"
#include "fieldcast/bus/sequences.hpp"
#include "subscriptions.hpp"

#include <list>
#include <vector>

namespace fieldcast::bus::redis {

class Control {
 public:
  struct Events {
    std::function<void(const AgentIdentityPtr&)> registered{};
    std::function<void(const SeatTaken&)> replaced{};
    std::function<void()> begun{};   // the channel is there
    std::function<void()> ended{};   // and is not
    std::function<void()> missed{};  // something may have been missed
    std::function<void(std::size_t messages)> lost{};
    std::function<void(const std::string& why)> trouble{};
  };
  Control(boost::asio::io_context& io, Nodes& nodes, Subscriptions& subscriptions, const std::string& prefix,
          std::uint64_t origin, milliseconds others_back_within, Events events);

  void start();
  /// Threads: any. From now on older seats of others are no news. Its number, for take_seat().
  std::uint64_t announced(const AgentKey& agent) FIELDCAST_EXCLUDES(mutex_);
  void take_seat(const AgentKey& agent, Timestamp taken_at, std::uint64_t number);
  void leave_seat(const AgentKey& agent, std::uint64_t number);
  void announce(const AgentIdentityPtr& agent);
  /// What waits to be announced of it is withdrawn.
  void forget(const AgentKey& agent);
  void takes_commands() { pump(); }

 private:
  struct Message {
    wire::Control control;
    SteadyTime since;
    std::uint64_t number = 0;  // of a seat
    bool again = false;
  };
  struct Sent {
    Message message;
    std::uint64_t epoch;  // of the subscription
    bool answered = false;
  };
  using Queue = std::list<Message>;
  using Places = std::unordered_map<AgentKey, Queue::iterator>;

  void put(Message message);
  void put_back(Message message);
  void retry_later();
  void repeat_later();
  Places& places_of(const Message& message) { return message.number != 0 ? seats_ : registrations_; }
  void pump();
  void send(Message message);
  void answered(std::uint64_t sequence, const redisReply* reply);
  void begun();
  void received(std::string_view payload);
  void came_back(std::uint64_t sequence);
  void settle(const Sent& sent) FIELDCAST_EXCLUDES(mutex_);

  Nodes& nodes_;
  Subscriptions& subscriptions_;
  const std::string channel_;
  const std::uint16_t slot_;
  const std::uint64_t origin_;
  const Events events_;
  Sequences sequences_;
  const milliseconds others_back_within_;
  boost::asio::steady_timer retry_, repeat_;
  bool there_ = false, retry_due_ = false;
  std::uint64_t epoch_ = 0, sequence_ = 0;
  Queue queue_;
  Places seats_, registrations_;
  bool repeating_ = false;  // others may still be on their way
  std::vector<Message> to_repeat_;
  std::map<std::uint64_t, Sent> sent_;  // by sequence: not answered, or not come back
  std::size_t unanswered_ = 0;
  Mutex mutex_;
  SeatOrder order_ FIELDCAST_GUARDED_BY(mutex_);
};

}  // namespace fieldcast::bus::redis
