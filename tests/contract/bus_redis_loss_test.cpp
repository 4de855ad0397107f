// What a bus does when its Redis, or a connection to it, goes away.
#include "contract/bus_redis_fixture.hpp"

#include <csignal>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace fieldcast::bus::contract {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const AgentKey asha{OrgId("acme"), AgentId("asha")};

TEST(RedisLoss, BringsTheNewestOfEachAgentWhenRedisIsBack) {
  RedisServer server;
  const RedisSettings settings = settings_for(server.url());
  RedisInstance one(settings), two(settings);
  const TeamKey north = make_team("north"), south = make_team("south");
  two.subscribe(north);
  two.subscribe(south);
  one->publish(publication_of("before", north));
  two.heard.wait_for(1);
  server.stop();
  EXPECT_TRUE(eventually([&] { return !one->healthy() && !two->healthy(); }));
  EXPECT_THAT(one->last_failure(), Not(IsEmpty()));
  EXPECT_FALSE(keep_once(*one, "ticket", "value"));
  EXPECT_EQ(cached(*one, north), std::nullopt);
  const std::size_t healed_north = two.heard.heals(north), healed_south = two.heard.heals(south);
  AgentPosition last;
  for (int round = 0; round < 100; ++round)
    for (int agent = 0; agent < 50; ++agent) {
      last = make_position(make_agent(std::to_string(agent), north), now(), {round / 10.0, 1});
      one->publish(std::make_shared<const Publication>(Publication{north, {last}}));
    }
  one->take_seat(asha, now());
  one->announce(make_agent("ravi"), nullptr);
  one->announce(make_agent("meena"), nullptr);
  server.start();
  one.wait_until_healthy();
  two.wait_until_healthy();
  two.heard.wait_for_heal(north, healed_north);
  two.heard.wait_for_heal(south, healed_south);
  // By the channel or by the cache that a heal reads.
  const auto found = cached_until(*two, north, [&](const auto& all) { return all.size() == 50; });
  ASSERT_TRUE(found.has_value());
  for (const CachedPosition& each : *found) EXPECT_EQ(each.position.position.fix.at.latitude_deg, 9.9);
  EXPECT_EQ(found->size(), 50U);
  EXPECT_EQ(one.lost, 0U);
  EXPECT_GE(two.heard.reconnected(), 1U);
  EXPECT_TRUE(keep_once(*one, "ticket", "value"));
  EXPECT_EQ(take_once(*two, "ticket"), "value");
  one->publish(publication_of("after", south));
  EXPECT_TRUE(eventually([&] { return two.heard.numbers_of(south).size() == 1; }));
}

TEST(RedisLoss, PassesOnRegistrationsAndSeatsThatWaited) {
  RedisServer server;
  RedisSettings settings = settings_for(server.url());
  RedisInstance two(settings);
  // Comes back last, so that the other one listens when it speaks.
  settings.backoff_first = settings.backoff_longest = milliseconds{4'000};
  RedisInstance one(settings);
  server.stop();
  EXPECT_TRUE(eventually([&] { return !one->healthy(); }));
  const Timestamp first = now();
  one->take_seat(asha, first - seconds{5});
  one->take_seat(asha, first);
  for (int i = 0; i < 10; ++i) one->announce(make_agent("ravi"), nullptr);
  one->announce(make_agent("meena"), nullptr);
  std::this_thread::sleep_for(milliseconds{2'100});  // late from then on
  two->take_seat(asha, first + seconds{1});
  server.start();
  two.heard.wait_for_replaced(1);
  two.heard.wait_for_registered(2);
  const auto replaced = two.heard.replaced();
  EXPECT_EQ(replaced.at(0).taken_at, first);
  EXPECT_TRUE(replaced.at(0).late);
  EXPECT_EQ(replaced.size(), 1U);
}

TEST(RedisLoss, TellsOfASeatWhoeverComesBackLater) {
  RedisServer server;
  RedisSettings settings = settings_for(server.url());
  settings.backoff_longest = milliseconds{3'000};  // as long as the last one may take
  RedisInstance one(settings);
  settings.backoff_first = settings.backoff_longest;
  RedisInstance two(settings);
  server.stop();
  EXPECT_TRUE(eventually([&] { return !one->healthy() && !two->healthy(); }));
  const Timestamp taken_at = now();
  one->take_seat(asha, taken_at);
  server.start();
  EXPECT_EQ(two.heard.wait_for_replaced(1).at(0).taken_at, taken_at);
}

TEST(RedisLoss, BoundsWhatWaitsAndSaysWhatItThrewAway) {
  RedisServer server;
  RedisSettings settings = settings_for(server.url());
  RedisInstance listening(settings);
  settings.positions_waiting_max = 100;
  RedisInstance one(settings);
  const TeamKey north = make_team("north");
  listening.subscribe(north);
  one->publish(publication_of("first", north));
  listening.heard.wait_for(1);
  EXPECT_TRUE(eventually([&] { return one.published == 1; }));
  server.signal(SIGSTOP);
  for (int round = 0; round < 5; ++round)
    for (int agent = 0; agent < 150; ++agent) {
      one->publish(publication_of(std::to_string(agent), north));
      Awaited<Cached> passed;  // one at a time: the inbox is bounded, too
      if (agent % 50 == 0) one->cached(make_team("x"), passed.callback()), passed.get();
    }
  EXPECT_TRUE(eventually([&] { return one.lost >= 1; }));
  const std::size_t healed = listening.heard.heals(north);
  server.signal(SIGCONT);
  EXPECT_TRUE(eventually([&] { return one->healthy() && listening->healthy(); }));
  one->publish(publication_of("last", north));
  listening.heard.wait_for_heal(north, healed);
}

TEST(RedisLoss, HealsWhenConnectionsAreKilled) {
  const RedisSettings settings = settings_for(shared_server().url());
  RedisInstance two(settings), three(settings);
  const TeamKey north = make_team("north");
  two.subscribe(north);
  for (int round = 0; round < 5; ++round) {
    const std::size_t healed = two.heard.heals(north), reconnected = two.heard.reconnected();
    shared_server().ask({"CLIENT", "KILL", "TYPE", "pubsub"});
    if (round % 2 == 0) shared_server().ask({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
    three->publish(publication_of("asha", north));
    two.heard.wait_for_heal(north, healed);
    two.heard.wait_for_reconnected(reconnected);
  }
  EXPECT_TRUE(eventually([&] { return cached(*two, north).value_or(std::vector<CachedPosition>{}).size() == 1; }));
  three.wait_until_healthy();
  two.wait_until_healthy();
  const std::size_t before = two.heard.numbers_of(north).size();
  three->publish(publication_of("ravi", north));
  EXPECT_TRUE(eventually([&] { return two.heard.numbers_of(north).size() > before; }));
  // The seat of an instance whose echo was lost with its connection is not held against others for ever.
  three->take_seat(asha, now());
  two.heard.wait_for_replaced(1);
  two->take_seat(asha, now());
  three.heard.wait_for_replaced(1);
}

TEST(RedisLoss, HealsASlowSubscriberThatRedisDropped) {
  RedisServer server({"--client-output-buffer-limit", "pubsub 64kb 0 0"});
  const RedisSettings settings = settings_for(server.url());
  RedisInstance origin(settings);
  Heard heard;
  std::promise<void> let_go;
  auto held = let_go.get_future().share();
  Listener slow = heard.listener();
  slow.received = [held](const PublicationPtr&) { held.wait(); };
  auto bus = make_redis_bus(settings, slow, {});
  ASSERT_TRUE(bus.has_value());
  const TeamKey north = make_team("north");
  (*bus)->subscribe(north);
  heard.wait_for_heal(north);
  const std::size_t healed = heard.heals(north);
  // More than the sockets hold and the limit allows.
  const std::string padding(1'800, 'x');
  for (int i = 0; server.ask({"CLIENT", "LIST", "TYPE", "pubsub"}).find("sub=2") != std::string::npos && i < 400; ++i) {
    auto publication = std::make_shared<Publication>(Publication{north, {}});
    for (int agent = 0; agent < 100; ++agent) {
      publication->positions.push_back(make_position(make_agent(std::to_string(agent), north), now()));
      publication->positions.back().position.fix.attributes = "\"" + padding + "\"";
    }
    origin->publish(publication);
  }
  let_go.set_value();
  heard.wait_for_heal(north, healed);
}

/// Takes connections, and says nothing.
class SilentServer {
 public:
  SilentServer() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
    ::listen(socket_, 64);
    socklen_t size = sizeof(address);
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  ~SilentServer() { ::close(socket_); }
  std::string url() const { return "redis://127.0.0.1:" + std::to_string(port_); }

 private:
  int socket_;
  std::uint16_t port_ = 0;
};

TEST(RedisLoss, GivesUpAServerThatTakesTheConnectionAndIsSilent) {
  const SilentServer server;
  RedisInstance one(settings_for(server.url()), false);
  EXPECT_TRUE(eventually([&] { return one->last_failure().find("no connection in time") != std::string::npos; }));
  EXPECT_FALSE(one->healthy());
}

TEST(RedisLoss, NoticesAServerThatFallsSilent) {
  RedisServer server;
  RedisInstance one(settings_for(server.url()));
  server.signal(SIGSTOP);
  EXPECT_TRUE(eventually([&] { return !one->healthy(); }));
  EXPECT_THAT(one->last_failure(), Not(IsEmpty()));
  server.signal(SIGCONT);
  one.wait_until_healthy();
  EXPECT_EQ(one->last_failure(), "");
}

TEST(RedisLoss, AnswersWithinItsTimeWhenRedisHangs) {
  RedisServer server;
  RedisSettings settings = settings_for(server.url());
  settings.ping_every = seconds{30};
  RedisInstance one(settings);
  server.signal(SIGSTOP);
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(cached(*one, make_team("north")), std::nullopt);
  EXPECT_EQ(take_once(*one, "ticket"), std::nullopt);
  EXPECT_LT(std::chrono::steady_clock::now() - began, seconds{6});
  server.signal(SIGCONT);
}

TEST(RedisLoss, EndsPromptlyWhateverItWaitsFor) {
  const SilentServer silent;
  for (const std::string& url :
       {silent.url(), std::string("redis://127.0.0.1:1"), std::string("redis://no-such-host.invalid:6379"),
        std::string("redis-sentinel://no-such-host.invalid:6379/master"), shared_server().url()}) {
    auto settings = settings_for(url);
    settings.connect_within = seconds{30};
    const auto began = std::chrono::steady_clock::now();
    for (int i = 0; i < 3; ++i) {
      RedisInstance one(settings, false);
      one->subscribe(make_team("north"));
      one->publish(publication_of("asha", make_team("north")));
      one->cached(make_team("north"), [](const Cached&) {});
    }
    EXPECT_LT(std::chrono::steady_clock::now() - began, seconds{2}) << url;
  }
}

TEST(RedisLoss, RefusesSettingsThatCannotWork) {
  for (const char* url : {"http://x", "redis://", "redis://:secret@h:99999", "rediss://h/x"}) {
    const auto bus = make_redis_bus(settings_for(url), {}, {});
    ASSERT_TRUE(bus.has_error()) << url;
    EXPECT_EQ(bus.error().code, "bad_setting");
    EXPECT_THAT(bus.error().text, Not(HasSubstr("secret")));
  }
  RedisSettings settings = settings_for("rediss://localhost");
  settings.ca_file = "/no/such/file";
  EXPECT_EQ(make_redis_bus(settings, {}, {}).error().code, "bad_setting");
  settings = settings_for("redis://localhost");
  settings.prefix = "{x}";
  EXPECT_EQ(make_redis_bus(settings, {}, {}).error().code, "bad_setting");
}

}  // namespace
}  // namespace fieldcast::bus::contract
