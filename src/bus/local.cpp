#include "fieldcast/base/ownership.hpp"
#include "fieldcast/bus/bus.hpp"

#include <atomic>
#include <deque>
#include <pthread.h>
#include <set>
#include <thread>
#include <unordered_map>
#include <variant>

namespace fieldcast::bus {
namespace {

/// Positions, registrations and seats that may wait for one listener. Beyond: publications are left out and their
/// teams healed; for registrations and seats left out `reconnected` is told. Answers always find room.
constexpr std::size_t waiting_max = 65'536;

using Owed = std::function<void()>;  // an answer
using Message = std::variant<PublicationPtr, AgentIdentityPtr, SeatTaken, Owed>;

std::size_t weight_of(const Message& message) {
  const auto* publication = std::get_if<PublicationPtr>(&message);
  return publication != nullptr ? (*publication)->positions.size() : 1;
}

/// What one bus has yet to tell its listener, and the thread that tells it.
/// What nobody was told when it ends is dropped: a bus that goes has no watchers left.
class Inbox {
 public:
  explicit Inbox(Listener listener) : listener_(std::move(listener)), thread_([this] { tell(); }) {}
  ~Inbox() {
    {
      MutexLock lock(mutex_);
      closed_ = true;
    }
    ready_.notify_one();
    thread_.join();
  }
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  void put(Message message) FIELDCAST_EXCLUDES(mutex_) {
    const std::size_t weight = weight_of(message);
    {
      MutexLock lock(mutex_);
      if (waiting_.empty() || weight_ + weight <= waiting_max || std::holds_alternative<Owed>(message)) {
        waiting_.push_back(std::move(message));
        weight_ += weight;
      } else if (const auto* publication = std::get_if<PublicationPtr>(&message)) {
        to_heal_.insert((*publication)->team);
      } else {
        missed_ = true;
      }
    }
    ready_.notify_one();
  }

  /// A newer seat was taken here: nobody is told of those taken elsewhere before.
  void forget_seats_of(const AgentKey& agent) FIELDCAST_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    weight_ -= std::erase_if(waiting_, [&](const Message& message) {
      const auto* seat = std::get_if<SeatTaken>(&message);
      return seat != nullptr && seat->agent == agent;
    });
  }

 private:
  void tell() FIELDCAST_EXCLUDES(mutex_) {
    ::pthread_setname_np(::pthread_self(), "bus-local");
    for (;;) {
      std::optional<Message> message;
      std::set<TeamKey> to_heal;
      bool missed = false;
      {
        MutexLock lock(mutex_);
        ready_.wait(mutex_, [this]() FIELDCAST_REQUIRES(mutex_) {
          return closed_ || !waiting_.empty() || !to_heal_.empty() || missed_;
        });
        if (closed_) return;
        to_heal.swap(to_heal_);
        missed = std::exchange(missed_, false);
        message = take_front();
      }
      if (message) std::visit([this](auto& it) { tell_one(std::move(it)); }, *message);
      if (listener_.heal)
        for (const TeamKey& team : to_heal) listener_.heal(team, false);
      if (missed && listener_.reconnected) listener_.reconnected();
    }
  }

  void tell_one(PublicationPtr publication) {
    if (listener_.received) listener_.received(std::move(publication));
  }
  void tell_one(const AgentIdentityPtr& agent) {
    if (listener_.registered) listener_.registered(agent);
  }
  void tell_one(const SeatTaken& seat) {
    if (listener_.replaced) listener_.replaced(seat);
  }

  void tell_one(const Owed& answer) { answer(); }

  std::optional<Message> take_front() FIELDCAST_REQUIRES(mutex_) {
    if (waiting_.empty()) return std::nullopt;
    Message message = std::move(waiting_.front());
    waiting_.pop_front();
    weight_ -= weight_of(message);
    return message;
  }

  const Listener listener_;
  Mutex mutex_;
  std::condition_variable_any ready_;
  std::deque<Message> waiting_ FIELDCAST_GUARDED_BY(mutex_);
  std::size_t weight_ FIELDCAST_GUARDED_BY(mutex_) = 0;  // of waiting_
  std::set<TeamKey> to_heal_ FIELDCAST_GUARDED_BY(mutex_);
  bool missed_ FIELDCAST_GUARDED_BY(mutex_) = false;
  bool closed_ FIELDCAST_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace

class LocalExchange {
 public:
  void join(Inbox* inbox) FIELDCAST_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    members_.push_back(inbox);
    buses_.fetch_add(1, std::memory_order_relaxed);
  }

  void leave(const Inbox* inbox) FIELDCAST_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    std::erase(members_, inbox);
    for (auto team = subscribers_.begin(); team != subscribers_.end();) {
      std::erase_if(team->second, [&](const Subscriber& subscriber) { return subscriber.inbox == inbox; });
      team = team->second.empty() ? subscribers_.erase(team) : std::next(team);
    }
    buses_.fetch_sub(1, std::memory_order_relaxed);
  }

  void publish(const Inbox* origin, const PublicationPtr& publication) FIELDCAST_EXCLUDES(mutex_) {
    if (buses_.load(std::memory_order_relaxed) < 2) return;  // one instance alone: the usual case
    MutexLock lock(mutex_);
    const auto team = subscribers_.find(publication->team);
    if (team == subscribers_.end()) return;
    for (const Subscriber& subscriber : team->second)
      if (subscriber.inbox != origin) subscriber.inbox->put(publication);
  }

  void announce(const Inbox* origin, const AgentIdentityPtr& agent) FIELDCAST_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    for (Inbox* member : members_)
      if (member != origin) member->put(agent);
  }

  /// One order for all: whoever is later here is newer everywhere.
  std::uint64_t take_seat(Inbox* origin, SeatTaken seat) FIELDCAST_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    seat.heard_after = seats_announced_;
    for (Inbox* member : members_)
      if (member != origin) member->put(seat);
    origin->forget_seats_of(seat.agent);
    return ++seats_announced_;
  }

  void subscribe(Inbox* inbox, const TeamKey& team) FIELDCAST_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    auto& subscribers = subscribers_[team];
    for (Subscriber& subscriber : subscribers)
      if (subscriber.inbox == inbox) {
        ++subscriber.count;
        return;
      }
    subscribers.push_back({inbox, 1});
  }

  void unsubscribe(const Inbox* inbox, const TeamKey& key) FIELDCAST_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    const auto team = subscribers_.find(key);
    if (team == subscribers_.end()) return;
    std::erase_if(team->second,
                  [&](Subscriber& subscriber) { return subscriber.inbox == inbox && --subscriber.count == 0; });
    if (team->second.empty()) subscribers_.erase(team);
  }

 private:
  struct Subscriber {
    Inbox* inbox;
    std::size_t count;
  };
  Mutex mutex_;
  std::vector<Inbox*> members_ FIELDCAST_GUARDED_BY(mutex_);
  std::unordered_map<TeamKey, std::vector<Subscriber>> subscribers_ FIELDCAST_GUARDED_BY(mutex_);
  std::uint64_t seats_announced_ FIELDCAST_GUARDED_BY(mutex_) = 0;
  std::atomic<std::size_t> buses_{0};
};

namespace {

class LocalBus final : public Bus {
 public:
  LocalBus(std::shared_ptr<LocalExchange> exchange, Listener listener)
      : exchange_(std::move(exchange)), inbox_(std::move(listener)) {
    exchange_->join(&inbox_);
  }
  /// After leave() nobody can reach the inbox.
  ~LocalBus() override { exchange_->leave(&inbox_); }

  void publish(PublicationPtr publication) override { exchange_->publish(&inbox_, publication); }
  void subscribe(const TeamKey& team) override { exchange_->subscribe(&inbox_, team); }
  void unsubscribe(const TeamKey& team) override { exchange_->unsubscribe(&inbox_, team); }

  void announce(AgentIdentityPtr agent, AgentIdentityPtr) override { exchange_->announce(&inbox_, agent); }
  void forget(AgentIdentityPtr) override {}  // nothing is kept
  std::uint64_t take_seat(const AgentKey& agent, Timestamp taken_at) override {
    return exchange_->take_seat(&inbox_, {agent, taken_at, false, 0});
  }
  void leave_seat(const AgentKey&, std::uint64_t) override {}  // no announcement ever waits

  void cached(const TeamKey&, Answer<std::vector<CachedPosition>> answer) override { inbox_.put(nothing(answer)); }
  void cached_near(const TeamKey&, Coordinates, double, std::size_t, std::vector<AgentId>,
                   Answer<std::vector<CachedPosition>> answer) override {
    inbox_.put(nothing(answer));
  }
  void keep_once(std::string, std::string, seconds, std::function<void(bool)> answer) override {
    inbox_.put([answer = std::move(answer)] { answer(false); });
  }
  void take_once(std::string, Answer<std::string> answer) override { inbox_.put(nothing(answer)); }

  bool shared() const override { return false; }
  bool healthy() const override { return true; }
  std::string_view name() const override { return "local"; }
  std::string last_failure() const override { return {}; }

 private:
  template <class T>
  static Owed nothing(Answer<T>& answer) {
    return [answer = std::move(answer)] { answer(std::nullopt); };
  }

  const std::shared_ptr<LocalExchange> exchange_;
  Inbox inbox_;
};

}  // namespace

std::shared_ptr<LocalExchange> make_local_exchange() { return std::make_shared<LocalExchange>(); }

std::unique_ptr<Bus> make_local_bus(std::shared_ptr<LocalExchange> exchange, Listener listener) {
  return std::make_unique<LocalBus>(std::move(exchange), std::move(listener));
}

}  // namespace fieldcast::bus
