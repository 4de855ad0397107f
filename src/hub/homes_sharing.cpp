// What other instances know of this shard's teams, brought home.
//
// A team that is watched here is subscribed at the bus, and in step once the cache was read after the
// subscription began. Any other team is read from the cache when somebody asks, and from the store when the
// cache cannot be read or may have forgotten what was heard since the team was last known to be current.
#include "homes.hpp"

namespace fieldcast::hub {

bool Hub::Homes::is_behind(const TeamKey& team) const {
  if (!hub_.wiring_.bus->shared()) return false;
  const TeamHome* home = find(team);
  return home == nullptr || !home->in_step;
}

void Hub::Homes::when_current(const TeamKey& team, std::function<void()> then) {
  if (!is_behind(team)) return then();
  TeamHome& home = home_of(team);
  home.when_current.push_back(std::move(then));
  if (home.when_current.size() > 1) return;
  read_elsewhere(team, [this, team](bool) {
    const auto waiting = std::exchange(home_of(team).when_current, {});
    for (const auto& each : waiting) each();
    drop_when_unused(team);
  });
}

void Hub::Homes::when_current_near(const TeamKey& team, const Circle& circle, std::function<void()> then) {
  if (!is_behind(team)) return then();
  TeamHome& home = home_of(team);
  const Now now = read_clock();
  if (home.asks_store || now.steady - home.current_at > settings_.cache_valid)
    return when_current(team, std::move(then));
  std::vector<AgentId> also;
  for (const rooms::Neighbour& near : home.nearby.nearest(circle.at, circle.radius_m, circle.limit, {}))
    also.push_back(home.home.table().slot(near.slot).agent);
  const auto answered = [this, team, then = std::move(then)](std::optional<std::vector<bus::CachedPosition>> known) {
    hub_.loop().post([this, team, then, known = std::move(known)] {
      const Now here = read_clock();
      if (known) merge(team, *known, here.steady, here);
      then();
      drop_when_unused(team);
    });
  };
  hub_.wiring_.bus->cached_near(team, circle.at, circle.radius_m, circle.limit, std::move(also), answered);
}

void Hub::Homes::heal(const TeamKey& team) {
  const TeamHome* home = find(team);
  if (home == nullptr || !home->mirrored()) return;
  read_elsewhere(team, [this, team](bool current) {
    TeamHome& healed = home_of(team);
    if (current) healed.in_step = healed.mirrored();
    drop_when_unused(team);
  });
}

void Hub::Homes::distrust_cache() {
  for (auto& [team, home] : homes_) home->asks_store = true;
}

void Hub::Homes::read_elsewhere(const TeamKey& team, Read done) {
  const TeamHome& home = home_of(team);
  const SteadyTime asked_at = read_clock().steady;
  // Who was heard longer ago than the cache remembers is as it was here, or in the store.
  const bool forgotten = home.asks_store || (!home.in_step && asked_at - home.current_at > settings_.cache_valid);
  const auto answered = [this, team, asked_at, forgotten,
                         done = std::move(done)](std::optional<std::vector<bus::CachedPosition>> known) {
    hub_.loop().post([this, team, asked_at, forgotten, done, known = std::move(known)] {
      const Now now = read_clock();
      if (known) merge(team, *known, now.steady, now);
      if (!known || forgotten) return read_store(team, asked_at, done);
      become_current(team, asked_at);
      done(true);
    });
  };
  hub_.wiring_.bus->cached(team, answered);
}

void Hub::Homes::read_store(const TeamKey& team, SteadyTime asked_at, Read done) {
  const auto read = [this, team, asked_at, done](store::Reader& reader) {
    std::vector<bus::CachedPosition> known;
    const auto visit = [&known](const AgentIdentityPtr& agent, const std::optional<Position>& position) {
      if (position) known.push_back({{agent, *position}, position->received_at});
    };
    const bool complete = reader.agents(team, visit).has_value();
    hub_.loop().post([this, team, asked_at, done, complete, known = std::move(known)] {
      const Now now = read_clock();
      merge(team, known, now.steady, now);
      if (complete) become_current(team, asked_at);
      done(complete);
    });
  };
  if (!hub_.wiring_.store->read(read)) done(false);
}

void Hub::Homes::become_current(const TeamKey& team, SteadyTime asked_at) {
  TeamHome& home = home_of(team);
  home.current_at = std::max(home.current_at, asked_at);
  home.asks_store = false;
}

void Hub::Homes::merge(const TeamKey& team, const std::vector<bus::CachedPosition>& known, SteadyTime decoded_at,
                       Now now) {
  if (known.empty()) return;
  TeamHome& home = home_of(team);
  std::size_t newer_count = 0;
  for (const bus::CachedPosition& each : known) {
    // Word of a team that the agent has left comes late at times; who moved it said so to the directory.
    const AgentIdentityPtr agent = hub_.wiring_.directory->find_or_put(*each.position.agent);
    if (agent->team != team.team) continue;
    const AgentPosition position{agent, each.position.position};
    const bool newer = home.home.is_newer(agent->agent, position.position.fix.recorded_at);
    if (newer) place(home, position);
    newer_count += newer ? 1 : 0;
    heard(home, position, newer, std::min(each.heard_at, now.wall), now.wall);
  }
  metrics::count(hub_.metrics().positions_shared, newer_count);
  changed(home, decoded_at, now.steady);
}

void Hub::Homes::take_shared(const bus::Publication& publication, SteadyTime arrived_at, Now now) {
  std::vector<bus::CachedPosition> known;
  known.reserve(publication.positions.size());
  for (const AgentPosition& position : publication.positions)
    known.push_back({position, position.position.received_at});
  merge(publication.team, known, arrived_at, now);
  drop_when_unused(publication.team);
}

}  // namespace fieldcast::hub
