// What every bus must do: one suite, instantiated for each body.
#pragma once

#include "fieldcast/bus/bus.hpp"

#include <condition_variable>
#include <functional>
#include <future>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace fieldcast::bus::contract {

/// Instances that can hear each other, and nobody else.
class Network {
 public:
  virtual ~Network() = default;
  virtual std::unique_ptr<Bus> join(Listener listener) = 0;
};

struct Body {
  std::string name;
  std::function<std::unique_ptr<Network>()> make_network;
};

TeamKey make_team(const char* team, const char* org = "acme");
AgentIdentityPtr make_agent(const std::string& agent, const TeamKey& team = make_team("north"));
/// One position of the agent named like `number`, whose time is `number`.
PublicationPtr make_publication(const TeamKey& team, std::int64_t number);
AgentPosition make_position(const AgentIdentityPtr& agent, Timestamp recorded_at, Coordinates at = {12.5, 77.5});

/// Keeps what a listener was told.
class Heard {
 public:
  Listener listener();
  /// Waits until `count` positions came; their numbers, in order.
  std::vector<std::int64_t> wait_for(std::size_t count);
  std::vector<std::int64_t> numbers_of(const TeamKey& team);
  std::size_t heals(const TeamKey& team);
  /// Waits until the team was healed more than `before` times.
  void wait_for_heal(const TeamKey& team, std::size_t before = 0);
  std::vector<AgentIdentityPtr> wait_for_registered(std::size_t count);
  std::vector<SeatTaken> wait_for_replaced(std::size_t count);
  std::vector<SeatTaken> replaced();
  /// Waits until `reconnected` was called more than `before` times.
  void wait_for_reconnected(std::size_t before = 0);
  std::size_t reconnected();

 private:
  template <class Condition>
  void wait(const char* what, Condition condition);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<PublicationPtr> publications_;
  std::vector<AgentIdentityPtr> registered_;
  std::vector<SeatTaken> replaced_;
  std::map<TeamKey, std::size_t> heals_;
  std::size_t positions_ = 0, reconnected_ = 0;
};

/// An answer that comes on the bus' thread, waited for.
template <class T>
class Awaited {
 public:
  std::function<void(T)> callback() {
    return [state = state_](T value) { state->set_value(std::move(value)); };
  }
  T get() {
    auto future = state_->get_future();
    if (future.wait_for(seconds{20}) != std::future_status::ready) throw std::runtime_error("no answer came");
    return future.get();
  }

 private:
  std::shared_ptr<std::promise<T>> state_ = std::make_shared<std::promise<T>>();
};
using Cached = std::optional<std::vector<CachedPosition>>;
Cached cached(Bus& bus, const TeamKey& team);
/// Asks again and again until the answer pleases, at most 20 s; the last answer.
Cached cached_until(Bus& bus, const TeamKey& team,
                    const std::function<bool(const std::vector<CachedPosition>&)>& pleases);
bool keep_once(Bus& bus, const std::string& name, const std::string& value, seconds valid_for = seconds{30});
std::optional<std::string> take_once(Bus& bus, const std::string& name);
/// Waits until the condition holds, at most 20 s; whether it does.
bool eventually(const std::function<bool()>& condition, seconds within = seconds{20});

class BusContract : public testing::TestWithParam<Body> {
 protected:
  void SetUp() override { network_ = GetParam().make_network(); }
  std::unique_ptr<Bus> join(Heard& heard) { return join(heard.listener()); }
  /// Returns once the bus is healthy.
  std::unique_ptr<Bus> join(Listener listener);
  /// Returns once nothing of the team is missed.
  void subscribe(Bus& bus, Heard& heard, const TeamKey& team);

  std::unique_ptr<Network> network_;
};

/// For bodies that are shared.
class SharedBusContract : public BusContract {
 protected:
  void SetUp() override;
  std::vector<std::string> near(Coordinates at, double radius_m, std::size_t limit, std::vector<AgentId> also = {});
  void publish(std::vector<AgentPosition> positions);
  AgentPosition at(const std::string& agent, Coordinates place, milliseconds ago = milliseconds{0}) const;
  /// Asks until the cache of the team has so many agents.
  Cached cached_of(std::size_t agents);

  const Timestamp now_ = read_clock().wall;
  const TeamKey north_ = make_team("north");
  Heard heard_, heard_other_;
  std::unique_ptr<Bus> bus_, other_;
};

}  // namespace fieldcast::bus::contract
