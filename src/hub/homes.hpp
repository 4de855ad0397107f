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
    Timestamp taken_at{};
    std::uint64_t number = 0;  // of its announcement
  };
  void take_seat(const AgentKey& agent, Seat seat);
  void leave_seat(const AgentKey& agent, Seat seat);
  /// Another instance has a connection of the agent, perhaps a newer one.
  void seat_taken_elsewhere(const bus::SeatTaken& taken);

  // What other instances know (homes_sharing.cpp).

  /// A publication of another instance.
  void take_shared(const bus::Publication& publication, SteadyTime arrived_at, Now now);
  /// The store's word: nothing of it went with an erasure.
  void take_stored(const AgentPosition& position, Now now);
  /// From now on nothing of the team is missed; before, something may have been. Goes on until the cache was read.
  void heal(const TeamKey& team, bool cache_may_be_new);
  /// The cache may be a new and empty one.
  void distrust_cache();
  /// Runs `then` once the team is as the whole fleet knows it, or at once when nobody else knows more.
  void when_current(const TeamKey& team, std::function<void()> then);
  /// The same for those agents who are, here or elsewhere, thought to be within the circle.
  void when_current_near(const TeamKey& team, const Circle& circle, std::function<void()> then);

 private:
  TeamHome& home_of(const TeamKey& team);
  void drop_when_unused(const TeamKey& team);
  void send_whole(const RoomKey& room, const TeamKey& team, std::size_t shard);
  void stop_listening(TeamHome& home);
  void close(const Seat& seat);
  void place(TeamHome& home, const AgentPosition& position);
  void heard(TeamHome& home, const AgentPosition& position, bool newer, Timestamp heard_at, Timestamp now);
  bool is_behind(const TeamKey& team) const;
  bool may_be_forgotten(const Sharing& sharing, SteadyTime now) const;
  struct Reading {
    bool cache = false;     // it was read
    bool complete = false;  // and the store, where it was needed
  };
  using Read = std::function<void(Reading)>;
  /// `store_instead`: of the cache, when that is away.
  void read_elsewhere(const TeamKey& team, bool store_instead, Read done);
  void read_store(const TeamKey& team, SteadyTime asked_at, bool cache, Read done);
  void become_current(const TeamKey& team, SteadyTime asked_at);
  void stay_incomplete(const TeamKey& team, SteadyTime asked_at);
  void answer_waiting(const TeamKey& team);
  void healed(const TeamKey& team, Reading reading);
  void heal_later(const TeamKey& team, milliseconds wait);
  void after(milliseconds wait, std::function<void()> run);
  void merge(const TeamKey& team, const std::vector<bus::CachedPosition>& known, SteadyTime decoded_at, Now now);
  template <class Resolve>
  void merge_as(const TeamKey& team, const std::vector<bus::CachedPosition>& known, SteadyTime decoded_at, Now now,
                const Resolve& resolve);
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

  /// The store was read then: what was not heard since is as new here as anywhere.
  const SteadyTime restored_at_ = read_clock().steady;

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
