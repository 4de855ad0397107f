// Two shards, run by the test's own thread: every hand-over between them happens
// when the test says so, and nothing waits for a clock.
#pragma once

#include "fieldcast/hub/hub.hpp"

#include <atomic>
#include <gtest/gtest.h>
#include <mutex>
#include <nlohmann/json.hpp>

namespace fieldcast::hub {

/// An engine that only counts, and fails when it is told to.
class CountingEngine : public store::Engine {
 public:
  struct Switch {
    std::atomic<bool> failing{false};
    std::atomic<std::size_t> positions{0};
    std::atomic<std::size_t> agents_asked{0};
    // What the database tells of who is registered; the test and a reader's thread use it.
    std::mutex mutex;
    std::vector<std::pair<AgentIdentityPtr, std::optional<Position>>> agents;  // the first has the number 1
    std::vector<store::Erasure> erasures;
    std::size_t registry_asked = 0;
  };
  explicit CountingEngine(Switch& toggle) : switch_(toggle) {}

  Result<void> migrate() override { return {}; }
  Result<void> maintain() override { return {}; }
  std::string_view name() const override { return "counting"; }
  Result<std::vector<std::string>> pending_migrations() override { return std::vector<std::string>{}; }
  std::size_t writers_useful() const override { return 1; }
  Result<std::unique_ptr<store::Writer>> open_writer() override {
    return std::unique_ptr<store::Writer>(new Writing(switch_));
  }
  Result<std::unique_ptr<store::Reader>> open_reader() override {
    return std::unique_ptr<store::Reader>(new Reading(switch_));
  }

 private:
  struct Writing : store::Writer {
    explicit Writing(Switch& toggle) : state(toggle) {}
    Result<void> commit(std::span<const store::WriteRequest> requests, std::span<store::WriteResult> results) override {
      if (state.failing) return Error{"store_unavailable", "told to fail"};
      for (std::size_t i = 0; i < requests.size(); ++i) {
        results[i].accepted = static_cast<std::uint32_t>(requests[i].positions.size());
        state.positions += requests[i].positions.size();
      }
      return {};
    }
    Result<void> set_membership(const OrgId&, const UserId&, const TeamId&, bool) override { return {}; }
    Switch& state;
  };
  struct Reading : store::Reader {
    Result<std::vector<Position>> history(const store::HistoryQuery&) override { return std::vector<Position>{}; }
    Result<std::vector<store::QuarantineRecord>> quarantine(const store::QuarantineQuery&) override {
      return std::vector<store::QuarantineRecord>{};
    }
    explicit Reading(Switch& toggle) : state(toggle) {}
    Result<void> agents(const std::optional<TeamKey>&, const VisitAgent&) override {
      ++state.agents_asked;
      return {};
    }
    Result<std::int64_t> agents_after(std::int64_t number, const VisitAgent& visit) override {
      const std::lock_guard lock(state.mutex);
      const auto count = static_cast<std::int64_t>(state.agents.size());
      for (auto nth = number; nth < count; ++nth) {
        const auto& [agent, position] = state.agents[static_cast<std::size_t>(nth)];
        visit(agent, position);
      }
      return std::max(number, count);
    }
    Result<std::vector<store::Erasure>> erasures() override {
      const std::lock_guard lock(state.mutex);
      ++state.registry_asked;
      return state.erasures;
    }
    Result<std::vector<TeamId>> teams_of(const OrgId&, const UserId&) override { return std::vector<TeamId>{}; }
    Result<Counts> counts() override { return Counts{}; }
    Switch& state;
  };
  Switch& switch_;
};

/// A watcher that remembers what it was told.
class Listener : public Client {
 public:
  void deliver(const Delivery& delivery) override {
    messages.push_back(delivery.message);
    if (!delivery.cursor.empty()) cursor = delivery.cursor;
  }
  bool ready() const override { return keeps_up; }
  void close(const Outcome& outcome) override { closed_with = &outcome; }

  nlohmann::json message(std::size_t index) const { return nlohmann::json::parse(messages.at(index)->payload()); }
  nlohmann::json last() const { return message(messages.size() - 1); }
  std::vector<nlohmann::json> of_type(std::string_view type) const {
    std::vector<nlohmann::json> found;
    for (std::size_t i = 0; i < messages.size(); ++i) {
      if (message(i)["type"] == type) found.push_back(message(i));
    }
    return found;
  }

  std::vector<MessagePtr> messages;
  std::string cursor;
  bool keeps_up = true;
  const Outcome* closed_with = nullptr;
};

class HubTestBase : public ::testing::Test {
 protected:
  HubTestBase() : metrics(2) {
    std::uint64_t next = 7;
    wiring.settings.window = milliseconds(0);
    wiring.directory = &directory;
    wiring.metrics = &metrics;
    wiring.random = [next]() mutable { return next += 2; };
    for (std::size_t i = 0; i < 2; ++i) {
      loops.push_back(std::make_unique<Loop>(i));
      wiring.loops.push_back(loops.back().get());
    }
    for (std::size_t i = 0; i < 2; ++i) {
      hubs.push_back(std::make_unique<Hub>(wiring, i));
      wiring.hubs.push_back(hubs.back().get());
    }
    const auto deliver = [this](std::uint32_t shard, std::vector<store::WriteResult> results) {
      loops[shard]->post([this, shard, results = std::move(results)] { hubs[shard]->committed(results); });
    };
    store = std::make_unique<store::Store>(std::make_unique<CountingEngine>(engine), store::Settings{}, deliver,
                                           store::Observer{});
    wiring.store = store.get();
    bus = bus::make_local_bus(bus::make_local_exchange(), Hub::listener(wiring));
    wiring.bus = bus.get();
  }
  ~HubTestBase() override { store->stop(); }

  /// Runs both shards until neither has anything to do.
  void settle() {
    while (loops[0]->context().poll() + loops[1]->context().poll() != 0) {
    }
  }

  static access::ClaimsPtr manager(std::vector<std::string> teams, std::string org = "default") {
    auto claims = std::make_shared<access::Claims>();
    claims->user = UserId("boss");
    claims->role = access::Role::manager;
    claims->org = OrgId(std::move(org));
    for (auto& team : teams) claims->teams.emplace_back(std::move(team));
    return claims;
  }
  static access::ClaimsPtr agent(std::string id, std::string team, std::string org = "default") {
    auto claims = std::make_shared<access::Claims>();
    claims->user = UserId(std::move(id));
    claims->team = TeamId(std::move(team));
    claims->org = OrgId(std::move(org));
    return claims;
  }

  ClientId watch(Listener& listener, std::size_t shard, const access::ClaimsPtr& claims, std::string room,
                 std::string since = "") {
    const ClientId id = hubs[shard]->join(listener, claims, Hub::Seat::none);
    codec::Subscribe request;
    request.request_id = 1;
    request.room = std::move(room);
    request.since = std::move(since);
    hubs[shard]->subscribe(id, request);
    settle();
    return id;
  }

  /// Reports one fix of `second` seconds after a fixed moment; returns the answer once it came.
  SubmitAnswer report(std::size_t shard, const access::ClaimsPtr& claims, int second, double latitude = 12.5,
                      std::string named = "") {
    std::optional<SubmitAnswer> answer;
    const AgentIdentityPtr self = claims->role == access::Role::agent ? hubs[shard]->register_agent(*claims) : nullptr;
    codec::FixBatch batch;
    batch.fixes.resize(1);
    batch.fixes[0].fix.at = {latitude, 77.5};
    batch.fixes[0].fix.recorded_at = start + seconds(second);
    batch.fixes[0].agent = std::move(named);
    const Now now{start + seconds(second), SteadyTime{} + seconds(second + 1)};
    hubs[shard]->submit(claims, self, batch, now, [&answer](const SubmitAnswer& given) { answer = given; });
    settle();
    while (!answer) loops[shard]->context().run_one();  // the store's thread answers through this loop
    settle();
    return *answer;
  }

  const Timestamp start = from_unix_ms(1'790'000'000'000);
  CountingEngine::Switch engine;
  metrics::Metrics metrics;
  store::Directory directory;
  Wiring wiring;
  std::vector<std::unique_ptr<Loop>> loops;
  std::vector<std::unique_ptr<Hub>> hubs;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<bus::Bus> bus;
};

}  // namespace fieldcast::hub
