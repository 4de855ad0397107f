// A bus whose other instances are the test.
#pragma once

#include "fieldcast/bus/bus.hpp"

#include <map>
#include <mutex>
#include <utility>

namespace fieldcast::hub {

class SharedBus final : public bus::Bus {
 public:
  using Cached = std::vector<bus::CachedPosition>;

  void publish(bus::PublicationPtr publication) override { published.push_back(std::move(publication)); }
  void subscribe(const TeamKey& team) override { ++subscriptions[team]; }
  void unsubscribe(const TeamKey& team) override { --subscriptions[team]; }
  void announce(AgentIdentityPtr agent, AgentIdentityPtr before) override {
    announced.emplace_back(std::move(agent), std::move(before));
  }
  void forget(AgentIdentityPtr agent) override {
    const std::lock_guard lock(mutex_);
    forgotten_.push_back(agent->agent);
  }
  std::uint64_t take_seat(const AgentKey& agent, Timestamp) override {
    seats.push_back(agent);
    return seats.size();
  }
  void leave_seat(const AgentKey&, std::uint64_t number) override { left_seats.push_back(number); }
  void cached(const TeamKey&, Answer<Cached> answer) override {
    ++readings;
    if (holds_answers) return held.push_back(std::move(answer));
    if (fails_next > 0 && fails_next-- > 0) return answer(std::nullopt);
    answer(away ? std::nullopt : std::optional(cache));
  }
  void cached_near(const TeamKey&, Coordinates, double, std::size_t, std::vector<AgentId> also,
                   Answer<Cached> answer) override {
    asked_also = std::move(also);
    answer(away ? std::nullopt : std::optional(cache));
  }
  void keep_once(std::string, std::string, seconds, std::function<void(bool)> answer) override { answer(!away); }
  void take_once(std::string, Answer<std::string> answer) override { answer(std::nullopt); }
  bool shared() const override { return true; }
  bool healthy() const override { return !away; }
  std::string_view name() const override { return "test"; }
  std::string last_failure() const override { return {}; }

  std::vector<AgentId> forgotten() const {
    const std::lock_guard lock(mutex_);
    return forgotten_;
  }
  void answer_held() {
    for (auto& answer : std::exchange(held, {})) answer(cache);
  }

  Cached cache;
  bool away = false;
  bool holds_answers = false;
  int fails_next = 0;
  int readings = 0;
  std::vector<Answer<Cached>> held;
  std::vector<AgentId> asked_also;
  std::vector<bus::PublicationPtr> published;
  std::vector<std::pair<AgentIdentityPtr, AgentIdentityPtr>> announced;
  std::vector<AgentKey> seats;
  std::vector<std::uint64_t> left_seats;
  std::map<TeamKey, int> subscriptions;

 private:
  mutable std::mutex mutex_;
  std::vector<AgentId> forgotten_;  // told by a reader's thread
};

}  // namespace fieldcast::hub
