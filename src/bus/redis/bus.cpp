#include "control.hpp"
#include "publisher.hpp"
#include "questions.hpp"
#include "script.hpp"

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <pthread.h>
#include <thread>

namespace fieldcast::bus {
namespace {

using namespace redis;
namespace asio = boost::asio;

std::uint64_t random_origin() {
  std::random_device device;
  return static_cast<std::uint64_t>(device()) << 32U | device();
}

constexpr std::chrono::microseconds look_every{500};

/// `function`, or one that does nothing when there is none.
template <class... Args>
std::function<void(Args...)> or_nothing(std::function<void(Args...)> function) {
  if (function) return function;
  return [](Args...) {};
}

/// Publications from any thread, until the bus' thread takes them all at once.
class Inbox {
 public:
  explicit Inbox(std::size_t positions_max) : positions_max_(positions_max) {}

  /// True: nobody is on the way to take it.
  bool put(PublicationPtr publication) FIELDCAST_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    const std::size_t weight = publication->positions.size();
    if (!waiting_.empty() && positions_ + weight > positions_max_) {
      skipped_.push_back(publication->team);
    } else {
      positions_ += weight;
      waiting_.push_back(std::move(publication));
    }
    return !std::exchange(called_, true);
  }
  void take(std::vector<PublicationPtr>& waiting, std::vector<TeamKey>& skipped) FIELDCAST_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    waiting.swap(waiting_);
    skipped.swap(skipped_);
    positions_ = 0;
  }
  /// True: nothing came since, and the next publication has to call.
  bool rest() FIELDCAST_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    if (waiting_.empty() && skipped_.empty()) called_ = false;
    return !called_;
  }

 private:
  const std::size_t positions_max_;
  Mutex mutex_;
  std::vector<PublicationPtr> waiting_ FIELDCAST_GUARDED_BY(mutex_);
  std::vector<TeamKey> skipped_ FIELDCAST_GUARDED_BY(mutex_);
  std::size_t positions_ FIELDCAST_GUARDED_BY(mutex_) = 0;
  bool called_ FIELDCAST_GUARDED_BY(mutex_) = false;
};

class RedisBus final : public Bus {
 public:
  RedisBus(const RedisSettings& settings, const RedisUrl& url, std::shared_ptr<asio::ssl::context> tls,
           Listener listener, Observer observer)
      : settings_(settings),
        tls_(std::move(tls)),
        listener_{or_nothing(listener.received), or_nothing(listener.heal), or_nothing(listener.registered),
                  or_nothing(listener.replaced), or_nothing(listener.reconnected)},
        observer_{or_nothing(observer.published), or_nothing(observer.received), or_nothing(observer.lost),
                  or_nothing(observer.connected), or_nothing(observer.disconnected)},
        inbox_(settings.positions_waiting_max),
        resolver_(io_),
        nodes_({io_, resolver_, tls_.get(), settings.connect_within, settings.ping_every}, url,
               Backoff(settings.backoff_first, settings.backoff_longest), load_command(), nodes_events()),
        subscriptions_(io_, nodes_),
        publisher_(
            io_, nodes_, {settings.prefix, settings.cache_valid, settings.positions_waiting_max, origin_},
            {observer_.published, observer_.lost, [this](const std::string& why) { note(why); }, [this] { judge(); }}),
        questions_(io_, nodes_, settings.prefix, settings.cache_valid),
        control_(io_, nodes_, subscriptions_, settings.prefix, origin_,
                 settings.backoff_longest + settings.connect_within, control_events()),
        thread_([this] { run(); }) {}

  ~RedisBus() override {
    io_.stop();
    thread_.join();
  }
  RedisBus(const RedisBus&) = delete;
  RedisBus& operator=(const RedisBus&) = delete;

  void publish(PublicationPtr publication) override {
    if (inbox_.put(std::move(publication))) asio::post(io_, [this] { serve_inbox(); });
  }
  void subscribe(const TeamKey& team) override {
    asio::post(io_, [this, team] { begin(team); });
  }
  void unsubscribe(const TeamKey& team) override {
    asio::post(io_, [this, team] { end(team); });
  }
  void announce(AgentIdentityPtr agent, AgentIdentityPtr before) override {
    asio::post(io_, [this, agent = std::move(agent), before = std::move(before)] {
      take_inbox();  // what was published before this is of before this
      if (before && before->team_key() != agent->team_key()) publisher_.remove(before->team_key(), before->agent);
      control_.announce(agent);
    });
  }
  void forget(AgentIdentityPtr agent) override {
    asio::post(io_, [this, agent = std::move(agent)] {
      take_inbox();
      publisher_.remove(agent->team_key(), agent->agent);
      control_.forget(agent->key());
    });
  }
  std::uint64_t take_seat(const AgentKey& agent, Timestamp taken_at) override {
    const std::uint64_t number = control_.announced(agent);
    asio::post(io_, [this, agent, taken_at, number] { control_.take_seat(agent, taken_at, number); });
    return number;
  }
  void leave_seat(const AgentKey& agent, std::uint64_t number) override {
    asio::post(io_, [this, agent, number] { control_.leave_seat(agent, number); });
  }

  void cached(const TeamKey& team, Answer<std::vector<CachedPosition>> answer) override {
    asio::post(io_, [this, team, answer = std::move(answer)] { questions_.cached(team, answer); });
  }
  void cached_near(const TeamKey& team, Coordinates at, double radius_m, std::size_t limit, std::vector<AgentId> also,
                   Answer<std::vector<CachedPosition>> answer) override {
    asio::post(io_, [this, team, near = Questions::Near{at, radius_m, limit, std::move(also)},
                     answer = std::move(answer)] { questions_.cached_near(team, near, answer); });
  }
  void keep_once(std::string name, std::string value, seconds valid_for, std::function<void(bool)> answer) override {
    asio::post(io_, [this, name = std::move(name), value = std::move(value), valid_for, answer = std::move(answer)] {
      questions_.keep_once(name, value, valid_for, answer);
    });
  }
  void take_once(std::string name, Answer<std::string> answer) override {
    asio::post(io_, [this, name = std::move(name), answer = std::move(answer)] { questions_.take_once(name, answer); });
  }

  bool shared() const override { return true; }
  bool healthy() const override { return healthy_; }
  std::string_view name() const override { return "redis"; }
  std::string last_failure() const override {
    const MutexLock lock(failure_mutex_);
    return failure_;
  }

 private:
  struct Team {
    std::size_t count = 0;
    bool begun = false;  // once
    Sequences sequences{};
  };

  void run() {
    ::pthread_setname_np(::pthread_self(), "bus-redis");
    control_.start();
    nodes_.start();
    io_.run();
  }

  Nodes::Events nodes_events() {
    return {.takes_commands =
                [this](Node& node) {
                  publisher_.takes_commands(node);
                  control_.takes_commands();
                },
            .takes_subscriptions = [this](Node& node) { subscriptions_.takes_subscriptions(node); },
            .subscriber_lost = [this](Node& node) { subscriptions_.lost(node); },
            .pushed = [this](Node& node, const redisReply& reply) { subscriptions_.pushed(node, reply); },
            .gone =
                [this](Node& node) {
                  subscriptions_.lost(node);
                  publisher_.gone(node);
                },
            .moved =
                [this] {
                  subscriptions_.moved();
                  publisher_.moved();
                },
            .judge = [this] { judge(); },
            .trouble = [this](const std::string& why) { note(why); }};
  }

  Control::Events control_events() {
    return {.registered = listener_.registered,
            .replaced = listener_.replaced,
            .begun =
                [this] {
                  control_there_ = true;
                  judge();
                },
            .ended =
                [this] {
                  control_there_ = false;
                  judge();
                },
            .missed = listener_.reconnected,
            .lost = observer_.lost,
            .trouble = [this](const std::string& why) { note(why); }};
  }

  /// While publications keep coming nobody has to wake this thread: it looks by itself. To wake it costs the
  /// publisher a system call, a hundred times the rest of publish().
  void serve_inbox() {
    take_inbox();
    inbox_timer_.expires_after(look_every);
    inbox_timer_.async_wait([this](boost::system::error_code cancelled) {
      if (!cancelled && !inbox_.rest()) serve_inbox();
    });
  }

  void take_inbox() {
    inbox_.take(taken_, skipped_);
    for (const PublicationPtr& publication : taken_) publisher_.add(*publication);
    for (const TeamKey& team : skipped_) publisher_.skip(team);
    taken_.clear();
    skipped_.clear();
  }

  void begin(const TeamKey& key) {
    auto& team = teams_[key];
    if (!team) team = std::make_shared<Team>();
    if (team->count++ > 0) return;
    // Both may be ended by whom they tell, and then stay until they return.
    subscriptions_.want(TeamKeys(settings_.prefix, key).live,
                        {.begun =
                             [this, key, team] {
                               team->sequences.forget();
                               listener_.heal(key, std::exchange(team->begun, true));
                             },
                         .message = [this, key, team](std::string_view payload) { receive(key, *team, payload); }});
  }

  void end(const TeamKey& key) {
    const auto team = teams_.find(key);
    if (team == teams_.end() || --team->second->count > 0) return;
    subscriptions_.unwant(TeamKeys(settings_.prefix, key).live);
    teams_.erase(team);
  }

  void receive(const TeamKey& key, Team& team, std::string_view payload) {
    const auto stamp = wire::decode_stamp(payload);
    if (stamp && stamp->origin == origin_) return;
    auto decoded = wire::decode_positions(payload, key);
    const auto missing = (stamp ? team.sequences.missing_before(*stamp) : 0) + (decoded ? 0 : 1);
    if (decoded) {
      const std::size_t positions = decoded->positions.size();
      listener_.received(std::make_shared<const Publication>(Publication{key, std::move(decoded->positions)}));
      observer_.received(1, positions);
    } else {
      note(decoded.error().text);
    }
    if (missing == 0) return;
    observer_.lost(missing);
    listener_.heal(key, false);
  }

  void judge() {
    const bool healthy = control_there_ && nodes_.whole() && !publisher_.refuses();
    if (healthy == healthy_) return;
    healthy_ = healthy;
    if (!healthy) return observer_.disconnected(last_failure());
    {
      const MutexLock lock(failure_mutex_);
      failure_.clear();
    }
    observer_.connected(nodes_.endpoints());
  }

  /// Says it to the observer when it is news.
  void note(const std::string& why) {
    {
      const MutexLock lock(failure_mutex_);
      if (failure_ == why) return;
      failure_ = why;
    }
    if (!healthy_) observer_.disconnected(why);
  }

  const RedisSettings settings_;
  const std::shared_ptr<asio::ssl::context> tls_;
  const Listener listener_;
  const Observer observer_;
  const std::uint64_t origin_ = random_origin();
  Inbox inbox_;
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_ = asio::make_work_guard(io_);
  asio::steady_timer inbox_timer_{io_};
  Resolver resolver_;
  Nodes nodes_;
  Subscriptions subscriptions_;
  Publisher publisher_;
  Questions questions_;
  Control control_;
  std::unordered_map<TeamKey, std::shared_ptr<Team>> teams_;
  std::vector<PublicationPtr> taken_;
  std::vector<TeamKey> skipped_;
  bool control_there_ = false;
  std::atomic<bool> healthy_{false};
  mutable Mutex failure_mutex_;
  std::string failure_ FIELDCAST_GUARDED_BY(failure_mutex_);
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace

Result<std::unique_ptr<Bus>> make_redis_bus(RedisSettings settings, Listener listener, Observer observer) {
  const auto url = parse_redis_url(settings.url);
  if (!url) return url.error();
  if (settings.prefix.find_first_of("{}") != std::string::npos)
    return Error{"bad_setting", "The prefix of keys in Redis must not contain braces."};
  // Channels know no databases: without this, two that share a server would hear each other.
  if (url->database != 0) settings.prefix += std::to_string(url->database) + ":";
  std::shared_ptr<asio::ssl::context> tls;
  if (url->tls) {
    auto made = make_tls(settings.ca_file);
    if (!made) return made.error();
    tls = std::move(*made);
  }
  return Result<std::unique_ptr<Bus>>(
      boost::system::in_place_value,
      std::make_unique<RedisBus>(settings, *url, std::move(tls), std::move(listener), std::move(observer)));
}

}  // namespace fieldcast::bus
