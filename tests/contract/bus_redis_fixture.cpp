#include "contract/bus_redis_fixture.hpp"

namespace fieldcast::bus::contract {

RedisServer& shared_server() {
  static RedisServer server;
  return server;
}

RedisSettings settings_for(const std::string& url) {
  static int count = 0;
  RedisSettings settings;
  settings.url = url;
  settings.prefix = "test" + std::to_string(++count) + ":";
  settings.ping_every = seconds{1};
  settings.connect_within = milliseconds{1'000};
  settings.backoff_first = milliseconds{20};
  settings.backoff_longest = milliseconds{200};
  return settings;
}

RedisInstance::RedisInstance(const RedisSettings& settings, bool wait) {
  Observer observer{.published = [this](std::size_t, std::size_t positions) { published += positions; },
                    .lost = [this](std::size_t publications) { lost += publications; },
                    .connected = [this](const std::string&) { ++connected; },
                    .disconnected =
                        [this](const std::string& why) {
                          const std::lock_guard lock(mutex);
                          failures.push_back(why);
                        }};
  auto made = make_redis_bus(settings, heard.listener(), std::move(observer));
  if (!made) throw std::runtime_error(made.error().text);
  bus = std::move(*made);
  if (wait) wait_until_healthy();
}

void RedisInstance::wait_until_healthy() {
  EXPECT_TRUE(eventually([this] { return bus->healthy(); }, seconds{30})) << bus->last_failure();
}

void RedisInstance::subscribe(const TeamKey& team) {
  const std::size_t before = heard.heals(team);
  bus->subscribe(team);
  heard.wait_for_heal(team, before);
}

Timestamp now() { return read_clock().wall; }

PublicationPtr publication_of(const std::string& agent, const TeamKey& team, Coordinates at) {
  AgentPosition position = make_position(make_agent(agent, team), now(), at);
  position.position.received_at = now();
  return std::make_shared<const Publication>(Publication{team, {position}});
}

}  // namespace fieldcast::bus::contract
