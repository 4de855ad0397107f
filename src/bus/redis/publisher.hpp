// Positions on their way out: one batch of a team at a time, first into its live cache, then onto its channel, so
// that whoever reads the cache after a subscription misses nothing. What cannot go waits, coalesced.
//
// Threads: the context's.
// Limits: positions_waiting_max over all teams; beyond, publications are thrown away and leave a gap in their team's
// sequence. To a server: 256 batches or 1 MiB unanswered.
#pragma once

#include "fieldcast/bus/bus.hpp"
#include "fieldcast/bus/pending.hpp"
#include "nodes.hpp"

#include <unordered_map>

namespace fieldcast::bus::redis {

struct PublisherSettings {
  std::string prefix;
  seconds cache_valid;
  std::size_t positions_waiting_max;
  std::uint64_t origin;
};

class Publisher {
 public:
  struct Events {
    std::function<void(std::size_t publications, std::size_t positions)> published{};
    std::function<void(std::size_t publications)> lost{};
    std::function<void(const std::string& why)> trouble{};
    std::function<void()> judge{};  // refuses() has changed
  };
  Publisher(boost::asio::io_context& io, Nodes& nodes, PublisherSettings settings, Events events)
      : nodes_(nodes), settings_(std::move(settings)), events_(std::move(events)), retry_(io) {}

  void add(const Publication& publication);
  /// The publication was thrown away before it came here.
  void skip(const TeamKey& team);
  /// Takes the agent out of the team's cache.
  void remove(const TeamKey& team, const AgentId& agent);

  // What nodes tell.
  void takes_commands(Node& node) { pump(&node); }
  void moved();
  void gone(Node& node);
  /// Redis takes no writes, the last time it was asked.
  bool refuses() const { return refused_; }

 private:
  struct Team {
    Team(std::string_view prefix, const TeamKey& key);
    const TeamKeys keys;
    Pending pending;
    std::vector<AgentId> removed;
    std::uint64_t sequence = 0;
    bool queued = false, flying = false, put_off = false;
  };
  struct Flight;
  using FlightPtr = std::shared_ptr<Flight>;

  Team& team_of(const TeamKey& key);
  void queue(Team& team);
  void pump(Node* node);
  void flush(Team& team);
  void write_cache(const FlightPtr& flight, bool by_name);
  void answered(const FlightPtr& flight, const redisReply* reply);
  void land(Flight& flight);
  void put_off(Team& team);
  void retry_soon();
  void be_refused(bool refused);

  Nodes& nodes_;
  const PublisherSettings settings_;
  const Events events_;
  boost::asio::steady_timer retry_;
  bool retry_due_ = false, refused_ = false;
  std::unordered_map<TeamKey, std::unique_ptr<Team>> teams_;
  std::unordered_map<Node*, std::deque<Team*>> lanes_;  // teams that have something to say, by their owner
  std::size_t waiting_ = 0;                             // positions of all teams, those in flight included
};

}  // namespace fieldcast::bus::redis
