// The teams whose home is this shard.
#pragma once

#include "fieldcast/hub/hub.hpp"
#include "fieldcast/hub/room_update.hpp"

#include <boost/asio/steady_timer.hpp>
#include <deque>

namespace fieldcast::hub {

class Hub::Homes {
 public:
  explicit Homes(Hub& hub);

  void start();
  void stop();

  const TeamHome* find(const TeamKey& team) const;
  void restore(const AgentIdentityPtr& agent, const Position& position, Timestamp now);
  void take_live(const bus::Publication& publication, SteadyTime decoded_at, Now now);

  /// A shard wants the room mirrored (its first watcher came): it gets `whole`, then every change.
  void mirror(const RoomKey& room, const TeamKey& team, std::size_t shard);
  void unmirror(const RoomKey& room, const TeamKey& team, std::size_t shard);

  /// The agent belongs to another team now.
  void remove_agent(const TeamKey& team, const AgentId& agent);

  /// The one connection of each connected agent, whatever its team: kept on the shard that the agent's key hashes to.
  struct Seat {
    std::size_t shard;
    ClientId client;
  };
  void take_seat(const AgentKey& agent, Seat seat);
  void leave_seat(const AgentKey& agent, Seat seat);

 private:
  TeamHome& home_of(const TeamKey& team);
  void drop_when_unused(const TeamKey& team);
  void place(TeamHome& home, const AgentPosition& position);
  void heard(TeamHome& home, const AgentPosition& position, bool newer, Timestamp now);
  void changed(TeamHome& home, SteadyTime decoded_at, SteadyTime now);
  void flush(TeamHome& home, SteadyTime now);
  void send_changes(TeamHome& home, rooms::Version before, std::vector<rooms::Change> changes);
  void send_agent_rooms(TeamHome& home, rooms::Version before, const std::vector<rooms::Change>& changes);
  void post_update(const RoomUpdatePtr& update, const ShardSet& shards);
  void arm_flush();
  void arm_presence();
  void expire_presence();

  Hub& hub_;
  const Settings& settings_;
  std::unordered_map<TeamKey, std::unique_ptr<TeamHome>> homes_;
  std::unordered_map<AgentKey, Seat> seats_;

  struct Due {
    SteadyTime at;
    TeamKey team;
  };
  std::deque<Due> flushes_;  // all windows are of one length, so the order of arrival is the order of time
  boost::asio::steady_timer flush_timer_;
  bool flush_armed_ = false;
  boost::asio::steady_timer presence_timer_;
  std::vector<presence::Change> expired_;
};

}  // namespace fieldcast::hub
