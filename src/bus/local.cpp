#include "fieldcast/base/ownership.hpp"
#include "fieldcast/bus/bus.hpp"

#include <atomic>
#include <deque>
#include <pthread.h>
#include <set>
#include <thread>
#include <unordered_map>

namespace fieldcast::bus {
namespace {

/// Positions that may wait for one listener. Beyond: publications are left out and their teams get a gap.
constexpr std::size_t positions_waiting_max = 65'536;

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

  void put(const PublicationPtr& publication) FIELDCAST_EXCLUDES(mutex_) {
    const std::size_t weight = publication->positions.size();
    {
      MutexLock lock(mutex_);
      if (!waiting_.empty() && weight_ + weight > positions_waiting_max) {
        gaps_.insert(publication->team);
      } else {
        waiting_.push_back(publication);
        weight_ += weight;
      }
    }
    ready_.notify_one();
  }

 private:
  void tell() FIELDCAST_EXCLUDES(mutex_) {
    ::pthread_setname_np(::pthread_self(), "bus-local");
    for (;;) {
      PublicationPtr publication;
      std::set<TeamKey> gaps;
      {
        MutexLock lock(mutex_);
        ready_.wait(mutex_,
                    [this]() FIELDCAST_REQUIRES(mutex_) { return closed_ || !waiting_.empty() || !gaps_.empty(); });
        if (closed_) return;
        gaps.swap(gaps_);
        publication = take_front();
      }
      if (publication && listener_.received) listener_.received(std::move(publication));
      if (listener_.gap)
        for (const TeamKey& team : gaps) listener_.gap(team);
    }
  }

  PublicationPtr take_front() FIELDCAST_REQUIRES(mutex_) {
    if (waiting_.empty()) return nullptr;
    PublicationPtr publication = std::move(waiting_.front());
    waiting_.pop_front();
    weight_ -= publication->positions.size();
    return publication;
  }

  const Listener listener_;
  Mutex mutex_;
  std::condition_variable_any ready_;
  std::deque<PublicationPtr> waiting_ FIELDCAST_GUARDED_BY(mutex_);
  std::size_t weight_ FIELDCAST_GUARDED_BY(mutex_) = 0;  // positions in waiting_
  std::set<TeamKey> gaps_ FIELDCAST_GUARDED_BY(mutex_);
  bool closed_ FIELDCAST_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace

class LocalExchange {
 public:
  void join() { buses_.fetch_add(1, std::memory_order_relaxed); }

  void leave(const Inbox* inbox) FIELDCAST_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
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
  std::unordered_map<TeamKey, std::vector<Subscriber>> subscribers_ FIELDCAST_GUARDED_BY(mutex_);
  std::atomic<std::size_t> buses_{0};
};

namespace {

class LocalBus final : public Bus {
 public:
  LocalBus(std::shared_ptr<LocalExchange> exchange, Listener listener)
      : exchange_(std::move(exchange)), inbox_(std::move(listener)) {
    exchange_->join();
  }
  /// After leave() nobody can reach the inbox.
  ~LocalBus() override { exchange_->leave(&inbox_); }

  void publish(PublicationPtr publication) override { exchange_->publish(&inbox_, publication); }
  void subscribe(const TeamKey& team) override { exchange_->subscribe(&inbox_, team); }
  void unsubscribe(const TeamKey& team) override { exchange_->unsubscribe(&inbox_, team); }
  bool healthy() const override { return true; }
  std::string_view name() const override { return "local"; }

 private:
  const std::shared_ptr<LocalExchange> exchange_;
  Inbox inbox_;
};

}  // namespace

std::shared_ptr<LocalExchange> make_local_exchange() { return std::make_shared<LocalExchange>(); }

std::unique_ptr<Bus> make_local_bus(std::shared_ptr<LocalExchange> exchange, Listener listener) {
  return std::make_unique<LocalBus>(std::move(exchange), std::move(listener));
}

}  // namespace fieldcast::bus
