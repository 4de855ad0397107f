#include "publisher.hpp"

#include "fieldcast/bus/wire.hpp"
#include "script.hpp"

#include <algorithm>

namespace fieldcast::bus::redis {
namespace {

constexpr std::size_t coalesce_above = 1'000;
constexpr std::size_t unanswered_max = 512;  // two for each batch
constexpr std::size_t unsent_bytes_max = std::size_t{1} << 20U;
constexpr std::size_t removed_at_once = 1'000;
constexpr milliseconds retry_after{250};

/// Will not be otherwise when it is said again.
bool is_final(const redisReply& reply) {
  return is_error(reply, "ERR") || is_error(reply, "NOPERM") || is_error(reply, "WRONGTYPE");
}

bool has_room(const Node& node) {
  return node.takes_commands() && node.commands->unanswered() < unanswered_max &&
         node.commands->unsent_bytes() < unsent_bytes_max;
}

}  // namespace

Publisher::Team::Team(std::string_view prefix, const TeamKey& key) : keys(prefix, key), pending(coalesce_above) {}

/// One batch of a team, until Redis has answered for all of it.
struct Publisher::Flight {
  Team& team;
  std::vector<AgentPosition> positions;
  std::vector<AgentId> removed;
  int unanswered = 0;
  bool failed = false;
  bool cached = true;
};

Publisher::Team& Publisher::team_of(const TeamKey& key) {
  auto& team = teams_[key];
  if (!team) team = std::make_unique<Team>(settings_.prefix, key);
  return *team;
}

void Publisher::add(const Publication& publication) {
  Team& team = team_of(publication.team);
  const Node* owner = nodes_.owner(team.keys.slot);
  const std::size_t before = team.pending.size();
  waiting_ -= before;
  if (waiting_ + before + publication.positions.size() > settings_.positions_waiting_max || owner == nullptr ||
      !owner->takes_commands())
    team.pending.coalesce();
  if (waiting_ + team.pending.size() + team.pending.growth_by(publication.positions) >
      settings_.positions_waiting_max) {
    ++team.sequence;
    events_.lost(1);
  } else {
    for (const AgentPosition& position : publication.positions) {
      if (!position.agent) continue;
      if (!team.removed.empty()) std::erase(team.removed, position.agent->agent);
      team.pending.add(position);
    }
  }
  waiting_ += team.pending.size();
  queue(team);
}

void Publisher::skip(const TeamKey& team) {
  ++team_of(team).sequence;
  events_.lost(1);
}

void Publisher::remove(const TeamKey& key, const AgentId& agent) {
  Team& team = team_of(key);
  if (team.removed.size() < settings_.positions_waiting_max) team.removed.push_back(agent);
  queue(team);
}

void Publisher::queue(Team& team) {
  if (team.flying || team.put_off || (team.pending.empty() && team.removed.empty())) return;
  Node* const owner = nodes_.owner(team.keys.slot);
  if (std::exchange(team.queued, true)) return pump(owner);
  lanes_[owner].push_back(&team);
  pump(owner);
}

/// Its teams wait for an owner: moved() follows.
void Publisher::gone(Node& node) {
  auto lane = lanes_.extract(&node);
  if (lane.empty()) return;
  auto& ownerless = lanes_[nullptr];
  ownerless.insert(ownerless.end(), lane.mapped().begin(), lane.mapped().end());
}

void Publisher::moved() {
  std::vector<Team*> waiting;
  for (auto& [node, lane] : lanes_) waiting.insert(waiting.end(), lane.begin(), lane.end());
  lanes_.clear();
  for (Team* team : waiting) lanes_[nodes_.owner(team->keys.slot)].push_back(team);
  std::vector<Node*> nodes;
  for (auto& [node, lane] : lanes_) nodes.push_back(node);
  for (Node* node : nodes) pump(node);
}

void Publisher::pump(Node* node) {
  if (node == nullptr) return;
  auto& lane = lanes_[node];
  while (!lane.empty() && has_room(*node)) {
    Team& team = *lane.front();
    lane.pop_front();
    team.queued = false;
    flush(team);
  }
  // What takes the room may be others' commands, whose answers nobody tells here.
  if (!lane.empty() && node->takes_commands()) retry_soon();
}

void Publisher::flush(Team& team) {
  team.flying = true;
  auto flight = std::make_shared<Flight>(Flight{team, team.pending.take(positions_per_write), {}});
  // Once all that is pending went: a removal comes after what it takes out.
  const auto removed =
      !team.pending.empty() ? 0 : static_cast<std::ptrdiff_t>(std::min(team.removed.size(), removed_at_once));
  flight->removed.assign(team.removed.begin(), team.removed.begin() + removed);
  team.removed.erase(team.removed.begin(), team.removed.begin() + removed);
  flight->unanswered = flight->positions.empty() ? 1 : 2;
  write_cache(flight, true);
  if (flight->positions.empty()) return;
  const std::string payload = wire::encode_positions({settings_.origin, ++team.sequence}, flight->positions);
  nodes_.send(team.keys.slot, command({nodes_.cluster() ? "SPUBLISH" : "PUBLISH", team.keys.live, payload}),
              [this, flight](const redisReply* reply) { answered(flight, reply); });
}

void Publisher::write_cache(const FlightPtr& flight, bool by_name) {
  const CacheWrite write{flight->positions, flight->removed, read_clock().wall, settings_.cache_valid};
  nodes_.send(flight->team.keys.slot, write_command(flight->team.keys, write, by_name),
              [this, flight, by_name](const redisReply* reply) {
                if (by_name && reply != nullptr && is_error(*reply, "NOSCRIPT")) return write_cache(flight, false);
                // Refused (no memory, no rights): what was published must not be published again for it. The store has
                // it.
                if (reply != nullptr && is_error(*reply) && !flight->positions.empty()) flight->cached = false;
                answered(flight, reply);
              });
}

void Publisher::answered(const FlightPtr& flight, const redisReply* reply) {
  if (reply == nullptr) {
    flight->failed = true;
  } else if (is_error(*reply)) {
    const auto text = text_of(*reply);
    events_.trouble("a write is refused (" + std::string(text.substr(0, text.find(' '))) + ")");
    be_refused(true);
    if (!is_final(*reply) && flight->cached) flight->failed = true;
  } else if (flight->cached) {
    be_refused(false);
  }
  if (--flight->unanswered == 0) land(*flight);
}

void Publisher::land(Flight& flight) {
  Team& team = flight.team;
  team.flying = false;
  waiting_ -= flight.positions.size() + team.pending.size();
  if (flight.failed) {
    for (const AgentId& agent : flight.removed) {
      const auto again = [&](const AgentPosition& position) { return position.agent->agent == agent; };
      if (std::none_of(flight.positions.begin(), flight.positions.end(), again)) team.removed.push_back(agent);
    }
    team.pending.put_back(std::move(flight.positions));
    waiting_ += team.pending.size();
    return put_off(team);
  }
  waiting_ += team.pending.size();
  if (!flight.cached) events_.lost(1);
  if (!flight.positions.empty()) events_.published(1, flight.positions.size());
  queue(team);
  pump(nodes_.owner(team.keys.slot));
}

/// A connection that broke is soon another one; a server that refuses gets time.
void Publisher::put_off(Team& team) {
  team.put_off = true;
  retry_soon();
}

void Publisher::be_refused(bool refused) {
  if (std::exchange(refused_, refused) != refused) events_.judge();
}

void Publisher::retry_soon() {
  if (std::exchange(retry_due_, true)) return;
  retry_.expires_after(retry_after);
  retry_.async_wait([this](boost::system::error_code cancelled) {
    if (cancelled) return;
    retry_due_ = false;
    for (auto& [key, each] : teams_)
      if (std::exchange(each->put_off, false)) queue(*each);
    moved();
  });
}

}  // namespace fieldcast::bus::redis
