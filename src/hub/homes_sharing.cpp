// What other instances know of this shard's teams, brought home.
//
// A team that is watched here is subscribed at the bus, and in step once the cache was read after the
// subscription began. Any other team is read from the cache when somebody asks, and from the store when the
// cache cannot be read or may have forgotten what was heard since the team was last known to be current.
#include "homes.hpp"

namespace fieldcast::hub {

namespace {
constexpr milliseconds patience{2'000};        // of who asks: then what is known must do
constexpr seconds store_asked_again_after{5};  // for the same team, by questions, while the cache is away
constexpr milliseconds heal_together{200};     // what else comes meanwhile is healed with it
constexpr milliseconds heal_retry{1'000};      // the cache did not answer
constexpr seconds heal_store_retry{15};        // the store did not
}  // namespace

bool Hub::Homes::is_behind(const TeamKey& team) const {
  if (!hub_.wiring_.bus->shared()) return false;
  const TeamHome* home = find(team);
  return home == nullptr || !home->sharing.in_step;
}

void Hub::Homes::when_current(const TeamKey& team, std::function<void()> then) {
  if (!is_behind(team)) return then();
  Sharing& sharing = home_of(team).sharing;
  sharing.waiting.push_back(std::move(then));
  if (sharing.waiting.size() == 1) {
    after(patience, [this, team, turn = sharing.turn] {
      if (find(team) != nullptr && find(team)->sharing.turn == turn) answer_waiting(team);
    });
  }
  if (std::exchange(sharing.reading, true)) return;
  read_elsewhere(team, true, [this, team](Reading) {
    home_of(team).sharing.reading = false;
    answer_waiting(team);
    drop_when_unused(team);
  });
}

void Hub::Homes::answer_waiting(const TeamKey& team) {
  Sharing& sharing = home_of(team).sharing;
  ++sharing.turn;
  const auto waiting = std::exchange(sharing.waiting, {});
  for (const auto& each : waiting) each();
}

void Hub::Homes::when_current_near(const TeamKey& team, const Circle& circle, std::function<void()> then) {
  if (!is_behind(team)) return then();
  TeamHome& home = home_of(team);
  if (may_be_forgotten(home.sharing, read_clock().steady)) return when_current(team, std::move(then));
  std::vector<AgentId> also;
  for (const rooms::Neighbour& near : home.nearby.nearest(circle.at, circle.radius_m, circle.limit, {}))
    also.push_back(home.home.table().slot(near.slot).agent);
  const auto answer = [then = std::make_shared<std::function<void()>>(std::move(then))] {
    if (const auto once = std::exchange(*then, {})) once();
  };
  after(patience, answer);
  const auto answered = [this, team, answer](std::optional<std::vector<bus::CachedPosition>> known) {
    hub_.loop().post([this, team, answer, known = std::move(known)] {
      const Now now = read_clock();
      if (known) merge(team, *known, now.steady, now);
      answer();
      drop_when_unused(team);
    });
  };
  hub_.wiring_.bus->cached_near(team, circle.at, circle.radius_m, circle.limit, std::move(also), answered);
}

void Hub::Homes::heal(const TeamKey& team, bool cache_may_be_new) {
  const TeamHome* found = find(team);
  if (found == nullptr || !found->mirrored() || !hub_.wiring_.bus->shared()) return;
  Sharing& sharing = home_of(team).sharing;
  const SteadyTime now = read_clock().steady;
  if (std::exchange(sharing.in_step, false)) sharing.current_at = now;
  if (cache_may_be_new) sharing.distrusted_at = now;
  if (std::exchange(sharing.healing, true)) {
    sharing.heal_again = true;
    return;
  }
  read_elsewhere(team, false, [this, team](Reading reading) { healed(team, reading); });
}

void Hub::Homes::healed(const TeamKey& team, Reading reading) {
  TeamHome& home = home_of(team);
  Sharing& sharing = home.sharing;
  sharing.healing = false;
  const bool again = std::exchange(sharing.heal_again, false);
  if (home.mirrored()) {
    sharing.in_step = reading.cache && !again;
    // A bus that is away begins the subscription anew, and then calls for a heal by itself.
    if (again) {
      heal_later(team, heal_together);
    } else if (!reading.cache && hub_.wiring_.bus->healthy()) {
      heal_later(team, heal_retry + milliseconds(hub_.wiring_.random() % 1'000));
    } else if (reading.cache && !reading.complete) {
      heal_later(team, heal_store_retry);
    }
  }
  drop_when_unused(team);
}

void Hub::Homes::heal_later(const TeamKey& team, milliseconds wait) {
  if (std::exchange(home_of(team).sharing.heal_planned, true)) return;
  after(wait, [this, team] {
    if (find(team) == nullptr) return;
    home_of(team).sharing.heal_planned = false;
    heal(team, false);
  });
}

void Hub::Homes::distrust_cache() {
  for (auto& [team, home] : homes_) home->sharing.distrusted_at = read_clock().steady;
}

// With room for clocks of instances that differ, and for what they held back for a while.
bool Hub::Homes::may_be_forgotten(const Sharing& sharing, SteadyTime now) const {
  const bool long_ago = !sharing.in_step && now - sharing.current_at > settings_.cache_valid * 4 / 5;
  return long_ago || sharing.distrusted_at != SteadyTime{};
}

void Hub::Homes::read_elsewhere(const TeamKey& team, bool store_instead, Read done) {
  const SteadyTime asked_at = read_clock().steady;
  const bool forgotten = may_be_forgotten(home_of(team).sharing, asked_at);
  const auto answered = [this, team, asked_at, forgotten, store_instead,
                         done = std::move(done)](std::optional<std::vector<bus::CachedPosition>> known) {
    hub_.loop().post([this, team, asked_at, forgotten, store_instead, done, known = std::move(known)] {
      const Now now = read_clock();
      if (known) merge(team, *known, now.steady, now);
      const bool stale = asked_at - home_of(team).sharing.current_at > store_asked_again_after;
      if (known ? forgotten : store_instead && stale) return read_store(team, asked_at, known.has_value(), done);
      if (known) become_current(team, asked_at);
      done({known.has_value(), known.has_value()});
    });
  };
  hub_.wiring_.bus->cached(team, answered);
}

void Hub::Homes::read_store(const TeamKey& team, SteadyTime asked_at, bool cache, Read done) {
  const auto read = [this, team, asked_at, cache, done](store::Reader& reader) {
    std::vector<bus::CachedPosition> known;
    const auto visit = [&known](const AgentIdentityPtr& agent, const std::optional<Position>& position) {
      if (position) known.push_back({{agent, *position}, position->received_at});
    };
    const bool complete = reader.agents(team, visit).has_value();
    hub_.loop().post([this, team, asked_at, cache, done, complete, known = std::move(known)] {
      const Now now = read_clock();
      merge(team, known, now.steady, now);
      complete ? become_current(team, asked_at) : stay_incomplete(team, asked_at);
      done({cache, complete});
    });
  };
  if (hub_.wiring_.store->read(read)) return;
  stay_incomplete(team, asked_at);
  done({cache, false});
}

void Hub::Homes::become_current(const TeamKey& team, SteadyTime asked_at) {
  Sharing& sharing = home_of(team).sharing;
  sharing.current_at = std::max(sharing.current_at, asked_at);
  if (asked_at >= sharing.distrusted_at) sharing.distrusted_at = SteadyTime{};
}

void Hub::Homes::stay_incomplete(const TeamKey& team, SteadyTime asked_at) {
  Sharing& sharing = home_of(team).sharing;
  sharing.distrusted_at = std::max(sharing.distrusted_at, asked_at);
}

void Hub::Homes::after(milliseconds wait, std::function<void()> run) {
  auto timer = std::make_shared<boost::asio::steady_timer>(hub_.loop().context(), wait);
  timer->async_wait([timer, run = std::move(run)](const boost::system::error_code& error) {
    if (!error) run();
  });
}

void Hub::Homes::merge(const TeamKey& team, const std::vector<bus::CachedPosition>& known, SteadyTime decoded_at,
                       Now now) {
  merge_as(team, known, decoded_at, now, [this](const Position& position, const AgentIdentity& agent) {
    return hub_.wiring_.directory->find_or_put(agent, position.received_at);
  });
}

template <class Resolve>
void Hub::Homes::merge_as(const TeamKey& team, const std::vector<bus::CachedPosition>& known, SteadyTime decoded_at,
                          Now now, const Resolve& resolve) {
  if (known.empty()) return;
  TeamHome& home = home_of(team);
  std::size_t newer_count = 0;
  for (const bus::CachedPosition& each : known) {
    // Word of a team that the agent has left comes late at times; who moved it said so to the directory.
    const AgentIdentityPtr agent = resolve(each.position.position, *each.position.agent);
    if (!agent || agent->team != team.team) continue;
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

void Hub::Homes::take_stored(const AgentPosition& position, Now now) {
  const TeamKey team = position.agent->team_key();
  merge_as(team, {{position, position.position.received_at}}, now.steady, now,
           [this](const Position&, const AgentIdentity& agent) { return hub_.wiring_.directory->find(agent.key()); });
  drop_when_unused(team);
}

}  // namespace fieldcast::hub
