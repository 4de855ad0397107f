// What links instances: positions of a team, from the instance that took them to
// those that have watchers of the team. The contract that every body passes
// (tests/contract/bus_contract.hpp).
//
// Guarantees: publications of one origin and team arrive in order; none comes back
// to its origin; one may be lost only together with a `gap` call for its team.
// Positions may arrive twice or older than known: a team's home decides "newer or not".
#pragma once

#include "fieldcast/domain/position.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace fieldcast::bus {

struct Publication {
  TeamKey team;
  std::vector<AgentPosition> positions;
};
using PublicationPtr = std::shared_ptr<const Publication>;

/// Called on the one thread of the bus; must not block. May publish, subscribe and unsubscribe. After an
/// unsubscribe what is under way still arrives.
struct Listener {
  std::function<void(PublicationPtr)> received;
  std::function<void(const TeamKey&)> gap;  // something may be missing: heal the team from the live cache
};

class Bus {
 public:
  /// The listener is not called any more after this; not to be called by the listener itself.
  virtual ~Bus() = default;
  /// Threads: any; never blocks.
  virtual void publish(PublicationPtr publication) = 0;
  /// Counted: as many unsubscribes as subscribes end it. Threads: any.
  virtual void subscribe(const TeamKey& team) = 0;
  virtual void unsubscribe(const TeamKey& team) = 0;
  virtual bool healthy() const = 0;
  virtual std::string_view name() const = 0;
};

/// Where local buses meet, never null; instances in one process (tests) share one.
class LocalExchange;
std::shared_ptr<LocalExchange> make_local_exchange();
std::unique_ptr<Bus> make_local_bus(std::shared_ptr<LocalExchange> exchange, Listener listener);

}  // namespace fieldcast::bus
