#include "homes.hpp"

#include "mirrors.hpp"
#include "update_builder.hpp"

namespace fieldcast::hub {

namespace {
constexpr seconds clocks_apart_max{30};  // of instances
}  // namespace

Hub::Homes::Homes(Hub& hub)
    : hub_(hub),
      settings_(hub.wiring_.settings),
      flush_timer_(hub.loop().context()),
      presence_timer_(hub.loop().context()) {}

void Hub::Homes::start() { arm_presence(); }

void Hub::Homes::stop() {
  flush_timer_.cancel();
  presence_timer_.cancel();
  flushes_.clear();
  homes_.clear();
}

const TeamHome* Hub::Homes::find(const TeamKey& team) const {
  const auto found = homes_.find(team);
  return found == homes_.end() ? nullptr : found->second.get();
}

TeamHome& Hub::Homes::home_of(const TeamKey& team) {
  auto& home = homes_[team];
  if (!home) {
    home = std::make_unique<TeamHome>(team, hub_.wiring_.random() | 1, settings_.presence);
    home->sharing.current_at = restored_at_;
  }
  return *home;
}

void Hub::Homes::drop_when_unused(const TeamKey& team) {
  const auto found = homes_.find(team);
  if (found == homes_.end()) return;
  const TeamHome& home = *found->second;
  // A room that somebody watched by mistake leaves nothing behind; one with agents or a queued flush stays.
  if (home.home.table().slot_count() == 0 && !home.mirrored() && !home.flush_due && home.sharing.waiting.empty() &&
      !home.sharing.reading && !home.sharing.healing)
    homes_.erase(found);
}

void Hub::Homes::restore(const AgentIdentityPtr& agent, const Position& position, Timestamp now) {
  TeamHome& home = home_of(agent->team_key());
  place(home, {agent, position});
  const rooms::SlotIndex slot = home.home.table().find(agent->agent);
  home.presence.restore(slot, position.fix.at, position.received_at, now);
  const presence::State state = home.presence.state(slot);
  home.home.set_presence(agent->agent, state.state, state.since);
}

void Hub::Homes::place(TeamHome& home, const AgentPosition& position) {
  auto fragment = std::make_shared<const std::string>(codec::position_fragment(*position.agent, position.position));
  const Fix& fix = position.position.fix;
  const std::size_t agents_before = home.home.table().agents();
  const rooms::SlotIndex slot = home.home.move(position.agent->agent, std::move(fragment), fix.at, fix.recorded_at);
  home.nearby.put(slot, fix.at);
  metrics::count(hub_.metrics().agents_known, home.home.table().agents() - agents_before);
}

void Hub::Homes::take_live(const bus::Publication& publication, SteadyTime decoded_at, Now now) {
  TeamHome& home = home_of(publication.team);
  std::size_t newer_count = 0;
  for (const AgentPosition& position : publication.positions) {
    const bool newer = home.home.is_newer(position.agent->agent, position.position.fix.recorded_at);
    if (newer) {
      place(home, position);
      ++newer_count;
    }
    heard(home, position, newer, now.wall, now.wall);
  }
  metrics::count(hub_.metrics().positions_live, newer_count);
  metrics::count(hub_.metrics().positions_not_newer, publication.positions.size() - newer_count);
  changed(home, decoded_at, now.steady);
}

void Hub::Homes::heard(TeamHome& home, const AgentPosition& position, bool newer, Timestamp heard_at, Timestamp now) {
  const rooms::SlotIndex slot = home.home.table().find(position.agent->agent);
  if (slot == rooms::no_slot || home.home.table().slot(slot).gone) return;
  // A flushed backlog says that the phone is there, not that it is where it was an hour ago.
  const auto at = newer ? std::optional(position.position.fix.at) : std::nullopt;
  const auto state =
      heard_at == now ? home.presence.heard(slot, at, now) : home.presence.heard_elsewhere(slot, at, heard_at, now);
  if (state) home.home.set_presence(position.agent->agent, state->state, state->since);
}

void Hub::Homes::changed(TeamHome& home, SteadyTime decoded_at, SteadyTime now) {
  if (!home.mirrored()) return home.home.skip_changes();
  if (!home.home.has_changes()) return;
  if (home.oldest_pending == SteadyTime{}) home.oldest_pending = decoded_at;
  if (home.flush_due) return;
  const SteadyTime due = home.flushed_at + settings_.window;
  if (due <= now) {
    flush(home, now);
    return;
  }
  home.flush_due = true;
  flushes_.push_back({due, home.key});
  arm_flush();
}

void Hub::Homes::arm_flush() {
  if (flush_armed_ || flushes_.empty()) return;
  flush_armed_ = true;
  flush_timer_.expires_at(flushes_.front().at);
  flush_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    flush_armed_ = false;
    const SteadyTime now = read_clock().steady;
    while (!flushes_.empty() && flushes_.front().at <= now) {
      const TeamKey team = std::move(flushes_.front().team);
      flushes_.pop_front();
      TeamHome& home = home_of(team);
      home.flush_due = false;
      flush(home, now);
      drop_when_unused(team);
    }
    arm_flush();
  });
}

void Hub::Homes::flush(TeamHome& home, SteadyTime now) {
  home.flushed_at = now;
  const rooms::Version before = home.home.taken();
  std::vector<rooms::Change> changes = home.home.take_changes();
  if (!changes.empty() && home.mirrored()) send_changes(home, before, std::move(changes));
  home.oldest_pending = SteadyTime{};
}

void Hub::Homes::send_changes(TeamHome& home, rooms::Version before, std::vector<rooms::Change> changes) {
  if (!home.agent_mirrors.empty()) send_agent_rooms(home, before, changes);
  if (home.mirrors.none()) return;
  const RoomKey room{home.key.org, RoomKey::Kind::team, home.key.team.str()};
  post_update(build_update(room, home, before, std::move(changes)), home.mirrors);
}

void Hub::Homes::send_agent_rooms(TeamHome& home, rooms::Version before, const std::vector<rooms::Change>& changes) {
  for (const rooms::Change& change : changes) {
    const auto watched = home.agent_mirrors.find(change.agent);
    if (watched == home.agent_mirrors.end()) continue;
    const RoomKey room{home.key.org, RoomKey::Kind::agent, change.agent.str()};
    post_update(build_update(room, home, before, {change}), watched->second);
  }
}

void Hub::Homes::post_update(const RoomUpdatePtr& update, const ShardSet& shards) {
  const auto& wiring = hub_.wiring_;
  for (std::size_t shard = 0; shard < wiring.hubs.size(); ++shard) {
    if (!shards.test(shard)) continue;
    Hub& there = *wiring.hubs[shard];
    if (shard == hub_.shard_) {
      there.mirrors_->take(*update);
    } else {
      wiring.loops[shard]->post([&there, update] { there.mirrors_->take(*update); });
    }
  }
}

void Hub::Homes::mirror(const RoomKey& room, const TeamKey& team, std::size_t shard) {
  if (room.kind == RoomKey::Kind::agent) {
    // The agent may have moved between the subscription and now; the directory knew before remove_agent came here.
    const AgentIdentityPtr known = hub_.wiring_.directory->find({room.org, AgentId(room.id)});
    if (known && known->team_key() != team) return post_update(build_moved(room, team), ShardSet().set(shard));
  }
  TeamHome& home = home_of(team);
  if (!home.mirrored()) hub_.wiring_.bus->subscribe(team);
  if (room.kind == RoomKey::Kind::team) {
    home.mirrors.set(shard);
  } else {
    home.agent_mirrors[AgentId(room.id)].set(shard);
  }
  when_current(team, [this, room, team, shard] { send_whole(room, team, shard); });
}

void Hub::Homes::send_whole(const RoomKey& room, const TeamKey& team, std::size_t shard) {
  TeamHome& home = home_of(team);
  const AgentId agent(room.id);
  const bool of_team = room.kind == RoomKey::Kind::team;
  const auto watched = home.agent_mirrors.find(agent);
  const bool wanted =
      of_team ? home.mirrors.test(shard) : watched != home.agent_mirrors.end() && watched->second.test(shard);
  if (!wanted) return;  // it left, or its agent did, while the team was brought up to date
  // What waits for its window goes out first: a new mirror starts from what all others have been told.
  flush(home, read_clock().steady);
  std::vector<rooms::Change> all = home.home.all();
  // Those without agent speak of forgotten tombstones, and so of an agent's room too.
  if (!of_team)
    std::erase_if(all, [&](const rooms::Change& change) { return !change.agent.empty() && change.agent != agent; });
  post_update(build_whole(room, home, std::move(all)), ShardSet().set(shard));
}

void Hub::Homes::unmirror(const RoomKey& room, const TeamKey& team, std::size_t shard) {
  TeamHome& home = home_of(team);
  const bool mirrored = home.mirrored();
  if (room.kind == RoomKey::Kind::team) {
    home.mirrors.reset(shard);
  } else if (const auto watched = home.agent_mirrors.find(AgentId(room.id)); watched != home.agent_mirrors.end()) {
    watched->second.reset(shard);
    if (watched->second.none()) home.agent_mirrors.erase(watched);
  }
  if (mirrored && !home.mirrored()) stop_listening(home);
  drop_when_unused(team);
}

void Hub::Homes::stop_listening(TeamHome& home) {
  hub_.wiring_.bus->unsubscribe(home.key);
  if (std::exchange(home.sharing.in_step, false)) home.sharing.current_at = read_clock().steady;
}

void Hub::Homes::remove_agent(const TeamKey& team, const AgentId& agent) {
  TeamHome& home = home_of(team);
  const rooms::SlotIndex slot = home.home.table().find(agent);
  if (slot != rooms::no_slot && !home.home.table().slot(slot).gone) {
    home.presence.forget(slot);
    home.nearby.erase(slot);
    home.home.remove(agent);
    hub_.metrics().agents_known.fetch_sub(1, std::memory_order_relaxed);
  }
  const Now now = read_clock();
  if (const auto watched = home.agent_mirrors.find(agent); watched != home.agent_mirrors.end()) {
    const ShardSet shards = watched->second;
    home.agent_mirrors.erase(watched);
    if (!home.mirrored()) stop_listening(home);
    post_update(build_moved({team.org, RoomKey::Kind::agent, agent.str()}, team), shards);
  }
  changed(home, now.steady, now.steady);
  drop_when_unused(team);
}

void Hub::Homes::take_seat(const AgentKey& agent, Seat seat) {
  seat.number = hub_.wiring_.bus->take_seat(agent, seat.taken_at);
  auto [place, fresh] = seats_.try_emplace(agent, seat);
  if (fresh) return;
  const Seat before = std::exchange(place->second, seat);
  if (before.client != seat.client) close(before);
}

void Hub::Homes::seat_taken_elsewhere(const bus::SeatTaken& taken) {
  const auto place = seats_.find(taken.agent);
  if (place == seats_.end()) return;
  const Seat before = place->second;
  // Closing a phone's only connection for good is worse than keeping two: clocks must leave no doubt.
  const bool newer =
      taken.late ? taken.taken_at > before.taken_at + clocks_apart_max : before.number <= taken.heard_after;
  if (!newer) return;
  seats_.erase(place);
  close(before);
}

void Hub::Homes::close(const Seat& seat) {
  Hub& there = *hub_.wiring_.hubs[seat.shard];
  there.loop().post([&there, client = seat.client] { there.mirrors_->close(client, outcome::replaced); });
}

void Hub::Homes::leave_seat(const AgentKey& agent, Seat seat) {
  const auto place = seats_.find(agent);
  if (place == seats_.end() || place->second.client != seat.client) return;
  hub_.wiring_.bus->leave_seat(agent, place->second.number);
  seats_.erase(place);
}

void Hub::Homes::arm_presence() {
  presence_timer_.expires_after(settings_.presence_tick);
  presence_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    expire_presence();
    arm_presence();
  });
}

void Hub::Homes::expire_presence() {
  const Now now = read_clock();
  for (auto& [key, home] : homes_) {
    const auto due = home->presence.next_due();
    if (!due || *due > now.wall) continue;
    expired_.clear();
    home->presence.expire(now.wall, expired_);
    for (const presence::Change& change : expired_) {
      home->home.set_presence(home->home.table().slot(change.agent).agent, change.state.state, change.state.since);
    }
    changed(*home, now.steady, now.steady);
  }
}

}  // namespace fieldcast::hub
