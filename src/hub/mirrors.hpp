// The rooms that clients of this shard watch, and their watchers.
//
// A mirror is the shard's own copy of a room: every snapshot, resumption and
// catch-up is answered from it, by local loops without locks.
#pragma once

#include "fieldcast/hub/hub.hpp"
#include "fieldcast/hub/room_update.hpp"
#include "fieldcast/rooms/watch.hpp"

#include <boost/asio/steady_timer.hpp>
#include <map>
#include <set>

namespace fieldcast::hub {

class Hub::Mirrors {
 public:
  explicit Mirrors(Hub& hub);
  ~Mirrors();

  ClientId join(Client& client, access::ClaimsPtr claims, Seat seat);
  void renew(ClientId id, access::ClaimsPtr claims);
  void leave(ClientId id);
  void close(ClientId id, const Outcome& outcome);
  void writable(ClientId id);

  void subscribe(ClientId id, const codec::Subscribe& request);
  void set_view(ClientId id, const codec::View& request);
  void unsubscribe(ClientId id, const codec::Unsubscribe& request);

  /// From a room's home.
  void take(const RoomUpdate& update);
  void stop();

 private:
  struct Mirror;
  struct Member;

  /// One client's watch of one room.
  struct Watcher {
    Watcher(Member& member_, Mirror& mirror_, const codec::Subscribe& request_)
        : member(member_), mirror(mirror_), request(request_), watch(0, request_.viewport, request_.min_interval) {}
    Member& member;
    Mirror& mirror;
    codec::Subscribe request;  // kept until the room is whole and the snapshot under way
    rooms::Watch watch;
    SteadyTime due{};  // in due_ when set
  };

  struct Mirror {
    RoomKey key;
    std::string name;
    TeamKey team;
    std::uint64_t epoch = 0;  // 0: not whole yet
    rooms::LatestTable table;
    std::vector<Watcher*> watchers;
  };

  struct Member {
    ClientId id;
    Client& client;
    access::ClaimsPtr claims;
    bool seated;  // an agent's one connection
    std::vector<std::unique_ptr<Watcher>> watchers;
  };

  Member* find(ClientId id);
  Watcher* find_watcher(Member& member, std::string_view room);
  const Outcome* resolve(const Member& member, std::string_view name, RoomKey& room, TeamKey& team) const;
  void refuse(Member& member, std::optional<std::int64_t> request_id, const Outcome& outcome, std::string_view room);
  void send(Member& member, std::string_view text);
  void remove_watcher(Member& member, Watcher& watcher);

  void start_whole(Mirror& mirror, const RoomUpdate& update);
  void start_watch(Watcher& watcher);
  void moved_away(Mirror& mirror);
  void deliver_changes(Mirror& mirror, const RoomUpdate& update);
  void advance(Watcher& watcher);
  void tell(Watcher& watcher, rooms::Version before);
  void tell_snapshot(Watcher& watcher, std::string_view cursor);
  void tell_update(Watcher& watcher, std::string_view before, std::string_view after);
  void wait_until(Watcher& watcher, SteadyTime due);
  void forget_due(Watcher& watcher);
  void arm();

  Hub& hub_;
  const Settings& settings_;
  std::unordered_map<ClientId, std::unique_ptr<Member>> members_;
  std::unordered_map<RoomKey, std::unique_ptr<Mirror>> mirrors_;
  ClientId next_client_;
  std::set<std::pair<SteadyTime, Watcher*>> due_;
  boost::asio::steady_timer timer_;
  SteadyTime armed_for_{};
  // Reused by every tell.
  rooms::Collected collected_;
  std::vector<std::string_view> fragments_, left_;
  std::string agents_json_;
};

}  // namespace fieldcast::hub
