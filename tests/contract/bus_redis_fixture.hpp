// Buses on a Redis server, with settings of tests: impatient.
#pragma once

#include "contract/bus_contract.hpp"
#include "contract/bus_redis_server.hpp"

#include <atomic>

namespace fieldcast::bus::contract {

/// One server for all tests that leave it as it is.
RedisServer& shared_server();
/// A prefix that no other test has; short times.
RedisSettings settings_for(const std::string& url);

/// A bus with what it told.
struct RedisInstance {
  explicit RedisInstance(const RedisSettings& settings, bool wait_until_healthy = true);
  Bus* operator->() const { return bus.get(); }
  Bus& operator*() const { return *bus; }
  /// Returns once nothing of the team is missed.
  void subscribe(const TeamKey& team);
  void wait_until_healthy();

  std::atomic<std::size_t> lost{0}, published{0}, connected{0};
  std::mutex mutex;
  std::vector<std::string> failures;  // what `disconnected` was told
  Heard heard;
  std::unique_ptr<Bus> bus;  // last: it uses all of the above
};

/// One position of the agent, recorded now.
PublicationPtr publication_of(const std::string& agent, const TeamKey& team, Coordinates at = {12.5, 77.5});
Timestamp now();

}  // namespace fieldcast::bus::contract
