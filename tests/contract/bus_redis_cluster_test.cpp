// A Redis Cluster of three masters and three replicas, and a master that Sentinels watch; real processes.
#include "contract/bus_redis_fixture.hpp"

#include <fstream>
#include <memory>

namespace fieldcast::bus::contract {
namespace {

class Cluster {
 public:
  explicit Cluster(int nodes, int replicas) {
    std::vector<std::string> create{"redis-cli", "--cluster", "create"};
    for (int i = 0; i < nodes; ++i) {
      servers.push_back(std::make_unique<RedisServer>(
          std::vector<std::string>{"--cluster-enabled", "yes", "--cluster-node-timeout", "1500",
                                   "--repl-diskless-sync-delay", "0", "--cluster-replica-validity-factor", "0"}));
      create.push_back("127.0.0.1:" + std::to_string(servers.back()->port()));
    }
    create.insert(create.end(), {"--cluster-replicas", std::to_string(replicas), "--cluster-yes"});
    run(create);
    for (const auto& server : servers)
      EXPECT_TRUE(eventually([&] {
        return server->ask({"CLUSTER", "INFO"}).find("cluster_state:ok") != std::string::npos;
      }));
  }
  std::string url() const {
    std::string text = "redis-cluster://";
    for (const auto& server : servers) text += "127.0.0.1:" + std::to_string(server->port()) + ",";
    text.pop_back();
    return text;
  }
  RedisServer& on(std::uint16_t port) const {
    for (const auto& server : servers)
      if (server->port() == port) return *server;
    throw std::runtime_error("no such node");
  }
  /// Whose slots have the name in them, as `by` sees it.
  RedisServer& owner_of(const std::string& name, RedisServer& by) const {
    const std::string answer = by.ask({"GET", name});
    if (answer.find("MOVED") == std::string::npos) return by;
    return on(static_cast<std::uint16_t>(std::stoi(answer.substr(answer.rfind(':') + 1))));
  }

  std::vector<std::unique_ptr<RedisServer>> servers;
};

TeamKey nth_team(int i) { return make_team(("team" + std::to_string(i)).c_str()); }

void expect_all_teams_live(RedisInstance& from, RedisInstance& to, int teams, const std::string& agent) {
  for (int i = 0; i < teams; ++i) {
    const std::size_t before = to.heard.numbers_of(nth_team(i)).size();
    EXPECT_TRUE(eventually([&] {
      from->publish(publication_of(agent, nth_team(i)));
      return to.heard.numbers_of(nth_team(i)).size() > before;
    })) << "team "
        << i << ": " << from->last_failure() << " / " << to->last_failure();
  }
}

std::string live_key(const RedisSettings& settings, int team) {
  return settings.prefix + "{acme/team" + std::to_string(team) + "}:last";
}

TEST(RedisCluster, SpreadsTeamsOverItsNodes) {
  const Cluster cluster(3, 0);
  const RedisSettings settings = settings_for(cluster.url());
  RedisInstance one(settings), two(settings);
  constexpr int teams = 30;
  for (int i = 0; i < teams; ++i) two.subscribe(nth_team(i));
  expect_all_teams_live(one, two, teams, "asha");
  for (int i = 0; i < teams; ++i) EXPECT_EQ(cached(*two, nth_team(i)).value().size(), 1U) << i;
  for (const auto& server : cluster.servers) EXPECT_NE(server->ask({"DBSIZE"}), "0");
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(keep_once(*one, "ticket" + std::to_string(i), "value"));
    EXPECT_EQ(take_once(*two, "ticket" + std::to_string(i)), "value");
  }
  one->take_seat({OrgId("acme"), AgentId("asha")}, now());
  two.heard.wait_for_replaced(1);
  for (int i = 0; i < teams; ++i) two->unsubscribe(nth_team(i));
  EXPECT_TRUE(eventually([&] {
    std::string channels;
    for (const auto& server : cluster.servers) channels += server->ask({"PUBSUB", "SHARDCHANNELS"});
    return channels.find("live") == std::string::npos && channels.find("control") != std::string::npos;
  }));
}

TEST(RedisCluster, FollowsSlotsThatMove) {
  const Cluster cluster(3, 0);
  const RedisSettings settings = settings_for(cluster.url());
  RedisInstance one(settings), two(settings);
  constexpr int teams = 10;
  for (int i = 0; i < teams; ++i) two.subscribe(nth_team(i));
  expect_all_teams_live(one, two, teams, "asha");
  RedisServer& from = cluster.owner_of(live_key(settings, 0), *cluster.servers[0]);
  RedisServer& to = *(cluster.servers[0].get() == &from ? cluster.servers[1] : cluster.servers[0]);
  const std::string slot = from.ask({"CLUSTER", "KEYSLOT", live_key(settings, 0)});
  const std::string from_id = from.ask({"CLUSTER", "MYID"}), to_id = to.ask({"CLUSTER", "MYID"});
  const std::size_t healed = two.heard.heals(nth_team(0));
  to.ask({"CLUSTER", "SETSLOT", slot, "IMPORTING", from_id});
  from.ask({"CLUSTER", "SETSLOT", slot, "MIGRATING", to_id});
  one->publish(publication_of("while it moves", nth_team(0)));
  from.ask({"MIGRATE", "127.0.0.1", std::to_string(to.port()), "", "0", "5000", "KEYS", live_key(settings, 0),
            settings.prefix + "{acme/team0}:seen", settings.prefix + "{acme/team0}:geo"});
  one->publish(publication_of("asked there", nth_team(0)));
  for (const auto& server : cluster.servers) server->ask({"CLUSTER", "SETSLOT", slot, "NODE", to_id});
  two.heard.wait_for_heal(nth_team(0), healed);
  expect_all_teams_live(one, two, teams, "after");
  const auto found = cached_until(*two, nth_team(0), [](const auto& all) { return all.size() == 4; });
  EXPECT_EQ(found.value_or(std::vector<CachedPosition>{}).size(), 4U);
  EXPECT_TRUE(one->healthy() && two->healthy());
}

TEST(RedisCluster, GoesOnWhenAMasterDies) {
  const Cluster cluster(6, 1);
  const RedisSettings settings = settings_for(cluster.url());
  RedisInstance one(settings), two(settings);
  constexpr int teams = 12;
  for (int i = 0; i < teams; ++i) two.subscribe(nth_team(i));
  expect_all_teams_live(one, two, teams, "asha");
  const std::size_t healed = two.heard.heals(nth_team(0));
  cluster.owner_of(live_key(settings, 0), *cluster.servers[0]).stop();
  one->publish(publication_of("while it was dead", nth_team(0)));
  two.heard.wait_for_heal(nth_team(0), healed);
  expect_all_teams_live(one, two, teams, "after");
  EXPECT_TRUE(eventually([&] {
    bool there = false;
    for (const CachedPosition& each : cached(*two, nth_team(0)).value_or(std::vector<CachedPosition>{}))
      there = there || each.position.agent->agent == AgentId("while it was dead");
    return there;
  }));
}

/// A Sentinel writes into its configuration: each has its own.
class Sentinel {
 public:
  explicit Sentinel(std::uint16_t master) : port_(free_port()) {
    const std::string file = directory_.file("sentinel.conf");
    std::ofstream(file) << "port " << port_ << "\nbind 127.0.0.1\ndir " << directory_.file(".")
                        << "\nsentinel monitor fleet 127.0.0.1 " << master
                        << " 2\nsentinel down-after-milliseconds fleet 500\nsentinel failover-timeout fleet 2000\n";
    process_ = std::make_unique<ChildProcess>(std::vector<std::string>{"redis-server", file, "--sentinel"});
  }
  std::uint16_t port() const { return port_; }
  std::string ask(std::vector<std::string> words) const {
    words.insert(words.begin(), {"redis-cli", "-p", std::to_string(port_)});
    return run(words);
  }

 private:
  TemporaryDirectory directory_;
  std::uint16_t port_;
  std::unique_ptr<ChildProcess> process_;
};

TEST(RedisSentinel, FollowsAFailover) {
  RedisServer master,
      replica({"--replicaof", "127.0.0.1 " + std::to_string(master.port()), "--repl-diskless-sync-delay", "0"});
  std::vector<std::unique_ptr<Sentinel>> sentinels;
  std::string url = "redis-sentinel://127.0.0.1:1";  // one that is not there
  for (int i = 0; i < 3; ++i) {
    sentinels.push_back(std::make_unique<Sentinel>(master.port()));
    url += ",127.0.0.1:" + std::to_string(sentinels.back()->port());
  }
  for (const auto& sentinel : sentinels)
    ASSERT_TRUE(eventually([&] {
      try {
        const std::string state = sentinel->ask({"SENTINEL", "MASTER", "fleet"});
        return state.find("num-slaves\n1") != std::string::npos &&
               state.find("num-other-sentinels\n2") != std::string::npos;
      } catch (const std::runtime_error&) {
        return false;
      }
    }));
  const RedisSettings settings = settings_for(url + "/fleet");
  RedisInstance one(settings), two(settings);
  const TeamKey north = make_team("north");
  two.subscribe(north);
  one->publish(publication_of("before", north));
  two.heard.wait_for(1);
  const std::size_t healed = two.heard.heals(north);
  master.stop();
  one->publish(publication_of("meanwhile", north));
  two.heard.wait_for_heal(north, healed);
  one.wait_until_healthy();
  two.wait_until_healthy();
  EXPECT_TRUE(eventually([&] { return replica.ask({"ROLE"}).find("master") == 0; }));
  EXPECT_TRUE(eventually([&] {
    one->publish(publication_of("after", north));
    return cached(*two, north).value_or(std::vector<CachedPosition>{}).size() >= 2;
  }));
  const auto found = cached_until(*two, north, [](const auto& all) { return all.size() >= 2; });
  bool meanwhile = false;
  for (const CachedPosition& each : *found) meanwhile = meanwhile || each.position.agent->agent == AgentId("meanwhile");
  EXPECT_TRUE(meanwhile);
  // The old master comes back as a replica, and nobody goes there.
  master.start();
  one->publish(publication_of("last", north));
  EXPECT_TRUE(eventually([&] { return cached(*two, north).value_or(std::vector<CachedPosition>{}).size() >= 3; }));
}

TEST(RedisSentinel, SaysThatNobodyKnowsTheMaster) {
  RedisServer master;
  const Sentinel sentinel(master.port());
  RedisInstance one(settings_for("redis-sentinel://127.0.0.1:" + std::to_string(sentinel.port()) + "/other"), false);
  EXPECT_TRUE(eventually([&] { return one->last_failure().find("knows no such master") != std::string::npos; }));
}

TEST(RedisCluster, SaysThatAServerIsNoCluster) {
  RedisInstance one(settings_for("redis-cluster://127.0.0.1:" + std::to_string(shared_server().port())), false);
  EXPECT_TRUE(
      eventually([&] { return one->last_failure().find("no member of a Redis Cluster") != std::string::npos; }));
}

}  // namespace
}  // namespace fieldcast::bus::contract
