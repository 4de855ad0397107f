// What links instances: positions of a team, from the instance that took them to those that have watchers
// of the team; the live cache that all of them fill; who is registered, and which connection of an agent is
// the newest. The contract that every body passes (tests/contract/bus_contract.hpp).
//
// Guarantees: publications of one origin and team arrive in order; none comes back to its origin; one may be
// lost only together with a `heal` call for its team. Positions may arrive twice, older than known, or
// coalesced to the newest of an agent: a team's home decides "newer or not".
#pragma once

#include "fieldcast/base/result.hpp"
#include "fieldcast/domain/position.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace fieldcast::bus {

struct Publication {
  TeamKey team;
  std::vector<AgentPosition> positions;
};
using PublicationPtr = std::shared_ptr<const Publication>;

/// What the live cache knows of an agent: its newest position, and when anything came from it last (a flushed
/// backlog is a sign of life with no newer position).
struct CachedPosition {
  AgentPosition position;
  Timestamp heard_at{};
};

/// Another instance has a newer connection of this agent.
struct SeatTaken {
  AgentKey agent;
  Timestamp taken_at{};  // by that instance's clock
  /// False: it was announced after every announcement of ours that the bus has passed on. True: it waited for
  /// the bus to come back, so only the times tell which connection is newer.
  bool late = false;
  /// The number of our own newest announcement, of any agent, when it was heard: what has a greater one is newer.
  std::uint64_t heard_after = 0;
};

/// Called on the one thread of the bus; must not block. May call the bus. After an unsubscribe what is under
/// way still arrives. Any may be empty.
struct Listener {
  std::function<void(PublicationPtr)> received{};
  /// From now on nothing of the team is missed; before, something may have been: read the cache. Called when a
  /// subscription begins (not by a bus that is not shared), begins anew, or a publication was lost. `cache_may_be_new`:
  /// it was lost and begins anew, so the cache may know less than before, or we were away for long.
  std::function<void(const TeamKey&, bool cache_may_be_new)> heal{};
  std::function<void(const AgentIdentityPtr&)> registered{};
  std::function<void(const SeatTaken&)> replaced{};
  /// Connected, or connected again: registrations may have been missed.
  std::function<void()> reconnected{};
};

class Bus {
 public:
  /// The listener is not called any more after this; not to be called by the listener itself. Answers that are
  /// still owed are dropped.
  virtual ~Bus() = default;

  // Threads: any for all of the following; none blocks.

  /// To the subscribers of the team and into the live cache. While other instances cannot be reached, the newest
  /// position of each agent is kept and goes out when they can be; beyond the bound positions are dropped, from the
  /// cache, too, and counted as lost: the store has them.
  virtual void publish(PublicationPtr publication) = 0;
  /// Counted: as many unsubscribes as subscribes end it.
  virtual void subscribe(const TeamKey& team) = 0;
  virtual void unsubscribe(const TeamKey& team) = 0;

  /// The agent is of this team, with this name, from now on. `before`: what it was, null for a new one; it leaves
  /// that team's cache. Never lost while the process lives (kept within a bound when others cannot be reached).
  virtual void announce(AgentIdentityPtr agent, AgentIdentityPtr before) = 0;
  /// A connection of this agent was taken here; every other instance hears `replaced`, unless it has
  /// announced a newer one itself.
  /// Returns the announcement's number, greater than that of any before.
  virtual std::uint64_t take_seat(const AgentKey& agent, Timestamp taken_at) = 0;
  /// The connection of that announcement is gone: while it still waits, or waits to be said again, it is withdrawn.
  virtual void leave_seat(const AgentKey& agent, std::uint64_t number) = 0;

  // The answers below come on the bus' thread, soon (2 s at most), and nothing when the cache cannot be read.

  template <class T>
  using Answer = std::function<void(std::optional<T>)>;
  /// Every agent of the team that was heard within the time to live.
  virtual void cached(const TeamKey& team, Answer<std::vector<CachedPosition>> answer) = 0;
  /// Those of them within `radius_m`, nearest first, and those named in `also`.
  virtual void cached_near(const TeamKey& team, Coordinates at, double radius_m, std::size_t limit,
                           std::vector<AgentId> also, Answer<std::vector<CachedPosition>> answer) = 0;

  /// Keeps a value under a name that nobody guesses; `answer(true)` once any instance can take it.
  virtual void keep_once(std::string name, std::string value, seconds valid_for, std::function<void(bool)> answer) = 0;
  /// Takes it: one taker gets it, once. Nothing: unknown, taken, over time, or the bus cannot be asked.
  virtual void take_once(std::string name, Answer<std::string> answer) = 0;

  /// Other instances may be there: what is in memory here may be behind them. Constant.
  virtual bool shared() const = 0;
  virtual bool healthy() const = 0;
  virtual std::string_view name() const = 0;
  /// Text of the last error, empty when none.
  virtual std::string last_failure() const = 0;

  /// The agent was erased: it leaves its team's cache, and its registration is announced no more. For this instance;
  /// the others are told by the store.
  virtual void forget(AgentIdentityPtr agent) = 0;
};

/// Where local buses meet, never null; instances in one process (tests) share one. A local bus has no cache
/// (`cached` and `take_once` answer nothing, `keep_once` false) and is not shared.
class LocalExchange;
std::shared_ptr<LocalExchange> make_local_exchange();
std::unique_ptr<Bus> make_local_bus(std::shared_ptr<LocalExchange> exchange, Listener listener);

/// What a bus reports of itself; called on its thread. Level 3 does not know metrics: app connects the two.
struct Observer {
  std::function<void(std::size_t publications, std::size_t positions)> published{};
  std::function<void(std::size_t publications, std::size_t positions)> received{};
  std::function<void(std::size_t publications)> lost{};  // seen by a gap in the sequence, or thrown away at the bound
  std::function<void(const std::string& endpoint)> connected{};
  std::function<void(const std::string& why)> disconnected{};
};

/// Redis 7.0 or later. With an ACL, all that is needed is (for the prefix `fieldcast:`, in one line):
///   user fieldcast on >password ~fieldcast:* &fieldcast:* +ping +role +select +client|setname +cluster|slots +asking
///   +publish +subscribe +unsubscribe +spublish +ssubscribe +sunsubscribe +eval +evalsha +script|load +hmget +hset
///   +hdel +zadd +zrange +zrangebyscore +zrem +zmscore +geoadd +geosearch +expire +set +getdel
struct RedisSettings {
  /// redis://[user[:password]@]host[:port][/db], rediss:// (TLS),
  /// redis-sentinel://[user[:password]@]host:port,host:port…/master[/db] (also rediss-sentinel),
  /// redis-cluster://[user[:password]@]host:port,host:port… (also rediss-cluster). Default port 6379, 26379.
  std::string url;
  std::string prefix = "fieldcast:";  // of every key and channel
  std::string ca_file;                // of the server's certificate; empty: the system's
  seconds cache_valid{300};
  seconds ping_every{5};  // silent for two of them, the connection is gone
  milliseconds connect_within{3'000};
  milliseconds backoff_first{100}, backoff_longest{5'000};  // full jitter
  std::size_t positions_waiting_max = 200'000;              // coalesced, while Redis is away
};
/// Error bad_setting for an URL that cannot be read.
Result<std::unique_ptr<Bus>> make_redis_bus(RedisSettings settings, Listener listener, Observer observer);
/// What is wrong with an URL, or nothing.
std::optional<std::string> wrong_with_redis_url(const std::string& url);

}  // namespace fieldcast::bus
