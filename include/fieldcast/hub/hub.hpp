// The hub: routes between phones, homes of teams, mirrors and watchers, over all shards.
//
//   shard A: submit ─▶ judge ─▶ store (queue) … committed ─▶ answer
//                        └─▶ home shard of the team: newer? version, presence, serialise once
//                              └─▶ one post per mirroring shard ─▶ its watchers, by local loops
//
// Each Hub belongs to one shard and is used on its thread only, except what says otherwise.
#pragma once

#include "fieldcast/bus/bus.hpp"
#include "fieldcast/codec/client_message.hpp"
#include "fieldcast/codec/server_message.hpp"
#include "fieldcast/hub/client.hpp"
#include "fieldcast/hub/loop.hpp"
#include "fieldcast/hub/room_key.hpp"
#include "fieldcast/hub/settings.hpp"
#include "fieldcast/hub/team_home.hpp"
#include "fieldcast/metrics/metrics.hpp"
#include "fieldcast/store/directory.hpp"
#include "fieldcast/store/store.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace fieldcast::hub {

class Hub;

/// What all shards share. Filled before the loops start, constant afterwards.
struct Wiring {
  Settings settings;
  std::vector<Loop*> loops;
  std::vector<Hub*> hubs;  // hubs[i] on loops[i]
  store::Store* store = nullptr;
  store::Directory* directory = nullptr;
  bus::Bus* bus = nullptr;
  metrics::Metrics* metrics = nullptr;
  std::function<std::uint64_t()> random;  // threads: any

  std::size_t home_of(const TeamKey& team) const { return std::hash<TeamKey>{}(team) % hubs.size(); }
  Hub& seat_keeper_of(const AgentKey& agent) const { return *hubs[std::hash<AgentKey>{}(agent) % hubs.size()]; }
};

/// What became of a submitted batch.
struct SubmitAnswer {
  const Outcome* failure = nullptr;  // set: nothing of it is stored (store_unavailable)
  std::size_t accepted = 0;
  std::size_t duplicates = 0;
  std::vector<codec::Quarantined> quarantined;
};
using Answered = std::function<void(const SubmitAnswer&)>;

struct Circle {
  Coordinates at;
  double radius_m = 0;
  std::size_t limit = 0;  // of the nearest in it, so many are wanted
};

class Hub {
 public:
  Hub(Wiring& wiring, std::size_t shard);
  ~Hub();
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  /// Starts its timers. After the loop started, on its thread.
  void start();
  /// Drops timers and rooms; on its thread, when no client is left.
  void stop();

  std::size_t shard() const { return shard_; }
  Loop& loop() { return *wiring_.loops[shard_]; }
  metrics::ShardMetrics& metrics() { return wiring_.metrics->shard(shard_); }
  Wiring& wiring() { return wiring_; }

  // ---- clients ----

  enum class Seat : std::uint8_t { none, take };
  /// A signed-in client. With Seat::take an agent's earlier connection, wherever it is, is closed with `replaced`.
  ClientId join(Client& client, access::ClaimsPtr claims, Seat seat);
  /// New rights of the same user; rooms no longer permitted are left, each with an error message.
  void renew(ClientId client, access::ClaimsPtr claims);
  void leave(ClientId client);
  /// The client keeps up again.
  void writable(ClientId client);

  /// Answers with a snapshot, then updates, or with an error message. A room already watched gets a new snapshot.
  void subscribe(ClientId client, const codec::Subscribe& request);
  void set_view(ClientId client, const codec::View& request);
  void unsubscribe(ClientId client, const codec::Unsubscribe& request);

  // ---- fixes ----

  /// The registered agent behind claims of role agent: its team from the token, else as known, else `default`.
  AgentIdentityPtr register_agent(const access::Claims& claims);

  /// Judges, stores and publishes a batch. `self`: who reports (an agent), null for a gateway.
  /// `answered` is called once on this shard: after the commit, or with store_unavailable.
  void submit(const access::ClaimsPtr& claims, const AgentIdentityPtr& self, codec::FixBatch& batch, Now now,
              Answered answered);

  // ---- questions to a team's home ----

  /// Runs `ask(const TeamHome*)` on the home shard (null: nobody of the team was ever heard) once the team is there as
  /// the whole fleet knows it (with `near`: those within that circle), and `answer(result)` back here. What other
  /// instances know is waited for a few milliseconds, 2 s at most when the bus stalls, and done without when it
  /// is away. The team's permission was checked by the caller.
  template <class Ask, class Answer>
  void at_home(const TeamKey& team, const std::optional<Circle>& near, Ask ask, Answer answer) {
    const std::size_t home = wiring_.home_of(team);
    Hub& there = *wiring_.hubs[home];
    wiring_.loops[home]->post([this, &there, team, near, ask = std::move(ask), answer = std::move(answer)] {
      there.when_current(team, near, [this, &there, team, ask, answer] {
        auto result = ask(there.find_home(team));
        loop().post([result = std::move(result), answer]() mutable { answer(std::move(result)); });
      });
    });
  }

  // ---- between hubs, and from store and bus ----

  /// What the store holds at start: who is registered, last-known positions. Before the loops start; on the first hub,
  /// for all. Returns how many positions there were.
  Result<std::size_t> restore(store::Reader& reader, Timestamp now);
  /// Results of a commit. On this shard.
  void committed(const std::vector<store::WriteResult>& results);
  /// Positions of a team whose home is here. On this shard.
  void take_live(const bus::PublicationPtr& publication, SteadyTime decoded_at);
  /// What the bus tells. Threads: any, for what it holds.
  static bus::Listener listener(Wiring& wiring);

 private:
  friend struct HubTest;
  class Homes;     // teams whose home is here
  class Mirrors;   // rooms that clients of this shard watch
  class Intake;    // batches on their way to the store
  class Registry;  // who was registered or erased meanwhile: the first hub's
  const TeamHome* find_home(const TeamKey& team) const;
  void when_current(const TeamKey& team, const std::optional<Circle>& near, std::function<void()> then);

  Wiring& wiring_;
  const std::size_t shard_;
  std::unique_ptr<Homes> homes_;
  std::unique_ptr<Mirrors> mirrors_;
  std::unique_ptr<Intake> intake_;
  std::unique_ptr<Registry> registry_;
};

}  // namespace fieldcast::hub
