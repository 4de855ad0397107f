// Who was registered or erased by others: asked of the store every few seconds, by one hub for all.
//
// What is erased is forgotten twice: at once, and when the store is asked next, for a position that was on its way to
// the team's home then has arrived.
#pragma once

#include "fieldcast/hub/hub.hpp"

#include <boost/asio/steady_timer.hpp>

namespace fieldcast::hub {

/// Threads: the shard's; restore() on that of its caller, before the loops start.
class Hub::Registry {
 public:
  explicit Registry(Hub& hub);

  Result<std::size_t> restore(store::Reader& reader, Timestamp now);
  void start() { arm(); }
  void stop() { timer_.cancel(); }
  /// Everything once more, now: another instance's word was missed.
  void read_anew();

 private:
  void arm();
  void read();
  Result<void> read_changes(store::Reader& reader);
  void forget(const AgentIdentityPtr& agent);
  void take(const AgentIdentityPtr& agent, const std::optional<Position>& position);

  Hub& hub_;
  boost::asio::steady_timer timer_;
  bool reading_ = false;  // then what follows is the reader's thread's
  bool anew_ = false;
  store::RegistryReading registry_;
  std::vector<AgentIdentityPtr> forgotten_;  // by the reading before
};

}  // namespace fieldcast::hub
