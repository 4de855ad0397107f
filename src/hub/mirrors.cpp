#include "mirrors.hpp"

#include "homes.hpp"

namespace fieldcast::hub {

Hub::Mirrors::Mirrors(Hub& hub)
    : hub_(hub),
      settings_(hub.wiring_.settings),
      next_client_((static_cast<ClientId>(hub.shard_) << 56) + 1),
      timer_(hub.loop().context()) {}

Hub::Mirrors::~Mirrors() = default;

void Hub::Mirrors::stop() {
  timer_.cancel();
  due_.clear();
}

Hub::Mirrors::Member* Hub::Mirrors::find(ClientId id) {
  const auto found = members_.find(id);
  return found == members_.end() ? nullptr : found->second.get();
}

ClientId Hub::Mirrors::join(Client& client, access::ClaimsPtr claims, Seat seat) {
  const ClientId id = next_client_++;
  const bool seated = seat == Seat::take && claims->role == access::Role::agent;
  const AgentKey agent{claims->org, AgentId(claims->user.str())};
  members_.emplace(id, std::make_unique<Member>(Member{id, client, std::move(claims), seated, {}}));
  if (!seated) return id;
  Hub& keeper = hub_.wiring_.seat_keeper_of(agent);
  keeper.loop().post([&keeper, agent, place = Homes::Seat{hub_.shard_, id, read_clock().wall, 0}] {
    keeper.homes_->take_seat(agent, place);
  });
  return id;
}

void Hub::Mirrors::leave(ClientId id) {
  Member* member = find(id);
  if (member == nullptr) return;
  while (!member->watchers.empty()) remove_watcher(*member, *member->watchers.back());
  if (member->seated) {
    const AgentKey agent{member->claims->org, AgentId(member->claims->user.str())};
    Hub& keeper = hub_.wiring_.seat_keeper_of(agent);
    keeper.loop().post(
        [&keeper, agent, place = Homes::Seat{hub_.shard_, id, {}, 0}] { keeper.homes_->leave_seat(agent, place); });
  }
  members_.erase(id);
}

void Hub::Mirrors::close(ClientId id, const Outcome& outcome) {
  if (Member* member = find(id)) member->client.close(outcome);
}

void Hub::Mirrors::renew(ClientId id, access::ClaimsPtr claims) {
  Member* member = find(id);
  if (member == nullptr) return;
  member->claims = std::move(claims);
  std::vector<std::string> lost;
  for (const auto& watcher : member->watchers) {
    RoomKey room;
    TeamKey team;
    if (resolve(*member, watcher->mirror.name, room, team) != nullptr) lost.push_back(watcher->mirror.name);
  }
  for (const std::string& room : lost) {
    remove_watcher(*member, *find_watcher(*member, room));
    refuse(*member, std::nullopt, outcome::forbidden, room);
  }
}

void Hub::Mirrors::writable(ClientId id) {
  Member* member = find(id);
  if (member == nullptr) return;
  for (std::size_t i = 0; i < member->watchers.size(); ++i) advance(*member->watchers[i]);
}

Hub::Mirrors::Watcher* Hub::Mirrors::find_watcher(Member& member, std::string_view room) {
  for (const auto& watcher : member.watchers) {
    if (watcher->mirror.name == room) return watcher.get();
  }
  return nullptr;
}

const Outcome* Hub::Mirrors::resolve(const Member& member, std::string_view name, RoomKey& room, TeamKey& team) const {
  const auto parsed = room_from(member.claims->org, name);
  if (!parsed) return &outcome::room_unknown;
  room = *parsed;
  if (room.kind == RoomKey::Kind::team) {
    team = {room.org, TeamId(room.id)};
    return access::may_see(*member.claims, team) ? nullptr : &outcome::forbidden;
  }
  const AgentIdentityPtr agent = hub_.wiring_.directory->find({room.org, AgentId(room.id)});
  // To somebody who may not see every team, an agent of another team and one that does not exist look alike.
  if (!agent) return member.claims->all_teams ? &outcome::room_unknown : &outcome::forbidden;
  team = agent->team_key();
  return access::may_see(*member.claims, *agent) ? nullptr : &outcome::forbidden;
}

void Hub::Mirrors::send(Member& member, std::string_view text) {
  member.client.deliver({make_message(text), {}, true});
}

void Hub::Mirrors::refuse(Member& member, std::optional<std::int64_t> request_id, const Outcome& outcome,
                          std::string_view room) {
  send(member, codec::error(request_id, outcome, {}, {}, room));
}

void Hub::Mirrors::subscribe(ClientId id, const codec::Subscribe& request) {
  Member* member = find(id);
  if (member == nullptr) return;
  RoomKey room;
  TeamKey team;
  if (const Outcome* why = resolve(*member, request.room, room, team)) {
    return refuse(*member, request.request_id, *why, request.room);
  }
  if (Watcher* already = find_watcher(*member, request.room)) remove_watcher(*member, *already);
  if (member->watchers.size() >= settings_.rooms_per_client_max) {
    return refuse(*member, request.request_id, outcome::too_many_rooms, request.room);
  }
  auto& mirror = mirrors_[room];
  const bool fresh = !mirror;
  if (fresh) {
    mirror = std::make_unique<Mirror>();
    mirror->key = room;
    mirror->name = room.name();
    mirror->team = team;
    metrics::count(hub_.metrics().rooms_watched);
  }
  Mirror& mirrored = *mirror;
  member->watchers.push_back(std::make_unique<Watcher>(*member, mirrored, request));
  Watcher& watcher = *member->watchers.back();
  mirrored.watchers.push_back(&watcher);
  if (mirrored.epoch != 0) return start_watch(watcher);
  if (!fresh) return;  // `whole` is on its way
  const std::size_t home = hub_.wiring_.home_of(team);
  Hub& there = *hub_.wiring_.hubs[home];
  there.loop().post([&there, room, team, shard = hub_.shard_] { there.homes_->mirror(room, team, shard); });
}

void Hub::Mirrors::set_view(ClientId id, const codec::View& request) {
  Member* member = find(id);
  if (member == nullptr) return;
  Watcher* watcher = find_watcher(*member, request.room);
  if (watcher == nullptr) return refuse(*member, request.request_id, outcome::room_unknown, request.room);
  watcher->request.viewport = request.viewport;
  watcher->request.min_interval = request.min_interval;
  watcher->watch.set_view(request.viewport, request.min_interval);
  if (request.request_id) send(*member, codec::ok(request.request_id));
  forget_due(*watcher);
  advance(*watcher);
}

void Hub::Mirrors::unsubscribe(ClientId id, const codec::Unsubscribe& request) {
  Member* member = find(id);
  if (member == nullptr) return;
  Watcher* watcher = find_watcher(*member, request.room);
  if (watcher == nullptr) return refuse(*member, request.request_id, outcome::room_unknown, request.room);
  remove_watcher(*member, *watcher);
  send(*member, codec::ok(request.request_id));
}

void Hub::Mirrors::remove_watcher(Member& member, Watcher& watcher) {
  forget_due(watcher);
  Mirror& mirror = watcher.mirror;
  std::erase(mirror.watchers, &watcher);
  std::erase_if(member.watchers, [&watcher](const auto& each) { return each.get() == &watcher; });
  if (!mirror.watchers.empty()) return;
  Hub& there = *hub_.wiring_.hubs[hub_.wiring_.home_of(mirror.team)];
  there.loop().post([&there, room = mirror.key, team = mirror.team, shard = hub_.shard_] {
    there.homes_->unmirror(room, team, shard);
  });
  hub_.metrics().rooms_watched.fetch_sub(1, std::memory_order_relaxed);
  mirrors_.erase(RoomKey(mirror.key));
}

void Hub::Mirrors::moved_away(Mirror& mirror) {
  std::vector<std::pair<ClientId, codec::Subscribe>> again;
  for (const Watcher* watcher : mirror.watchers) again.emplace_back(watcher->member.id, watcher->request);
  // All leave before the first comes back: the mirror of the old team must be gone by then.
  for (const auto& [client, request] : again) {
    Member& member = *find(client);
    remove_watcher(member, *find_watcher(member, request.room));
  }
  for (auto& [client, request] : again) {
    request.request_id.reset();
    request.since.clear();
    subscribe(client, request);
  }
}

}  // namespace fieldcast::hub
