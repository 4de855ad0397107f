// Who is let in: users with few rights, wrong passwords, TLS.
#include "contract/bus_redis_fixture.hpp"

#include <gmock/gmock.h>

namespace fieldcast::bus::contract {
namespace {

using testing::HasSubstr;
using testing::Not;

// As RedisSettings says.
const std::vector<std::string> rights{
    "+ping",          "+role",       "+select",       "+client|setname", "+publish", "+subscribe", "+unsubscribe",
    "+spublish",      "+ssubscribe", "+sunsubscribe", "+cluster|slots",  "+asking",  "+eval",      "+evalsha",
    "+script|load",   "+hmget",      "+hset",         "+hdel",           "+zadd",    "+zrange",    "+zrem",
    "+zrangebyscore", "+zmscore",    "+geoadd",       "+geosearch",      "+expire",  "+set",       "+getdel"};

TEST(RedisAccess, NeedsOnlyTheRightsThatAreDocumented) {
  RedisServer server;
  RedisSettings settings = settings_for("redis://field%40cast:p%3A%40ss@127.0.0.1:" + std::to_string(server.port()));
  std::vector<std::string> user{
      "ACL", "SETUSER", "field@cast", "on", ">p:@ss", "~" + settings.prefix + "*", "&" + settings.prefix + "*"};
  user.insert(user.end(), rights.begin(), rights.end());
  ASSERT_EQ(server.ask(user), "OK");
  ASSERT_EQ(server.ask({"ACL", "SETUSER", "default", "nopass", "-@all", "+acl", "+ping"}), "OK");
  RedisInstance one(settings), two(settings);
  const TeamKey north = make_team("north");
  two.subscribe(north);
  one->publish(publication_of("asha", north));
  two.heard.wait_for(1);
  const auto found = cached_until(*two, north, [](const auto& all) { return all.size() == 1; });
  EXPECT_EQ(found.value().size(), 1U);
  Awaited<Cached> near;
  two->cached_near(north, {12.5, 77.5}, 100, 5, {}, near.callback());
  EXPECT_EQ(near.get().value().size(), 1U);
  EXPECT_TRUE(keep_once(*one, "ticket", "value"));
  EXPECT_EQ(take_once(*two, "ticket"), "value");
  one->take_seat({OrgId("acme"), AgentId("asha")}, now());
  two.heard.wait_for_replaced(1);
  one->announce(make_agent("asha", make_team("south")), make_agent("asha", north));
  two.heard.wait_for_registered(1);
  EXPECT_TRUE(eventually([&] { return cached(*two, north).value().empty(); }));
  two->unsubscribe(north);
  EXPECT_EQ(one->last_failure(), "");
  EXPECT_EQ(two->last_failure(), "");
  EXPECT_EQ(server.ask({"ACL", "LOG"}), "");
}

TEST(RedisAccess, SaysThatAChannelIsNotAllowed) {
  RedisServer server;
  const RedisSettings settings = settings_for("redis://fc:secret@127.0.0.1:" + std::to_string(server.port()));
  server.ask({"ACL", "SETUSER", "fc", "on", ">secret", "~*", "&other:*", "+@all"});
  RedisInstance one(settings, false);
  EXPECT_TRUE(eventually([&] { return one->last_failure().find("NOPERM") != std::string::npos; }));
  EXPECT_FALSE(one->healthy());
  server.ask({"ACL", "SETUSER", "fc", "&*"});
  one.wait_until_healthy();
}

TEST(RedisAccess, PublishesOnceAndSaysSoWhenTheCacheIsRefused) {
  RedisServer server;
  const RedisSettings settings = settings_for(server.url());
  RedisInstance one(settings), two(settings);
  const TeamKey north = make_team("north");
  two.subscribe(north);
  server.ask({"CONFIG", "SET", "maxmemory", "1"});
  one->publish(publication_of("asha", north));
  two.heard.wait_for(1);
  EXPECT_TRUE(eventually([&] { return !one->healthy(); }));
  EXPECT_NE(one->last_failure().find("OOM"), std::string::npos) << one->last_failure();
  one->publish(publication_of("ravi", north));
  EXPECT_EQ(two.heard.wait_for(2).size(), 2U) << "the first came again";
  server.ask({"CONFIG", "SET", "maxmemory", "0"});
  one->publish(publication_of("mira", north));
  one.wait_until_healthy();
}

TEST(RedisAccess, KeepsDatabasesApart) {
  RedisServer server;
  RedisSettings other = settings_for(server.url() + "/2");
  other.prefix = "same:";
  RedisSettings here = settings_for(server.url() + "/1");
  here.prefix = "same:";
  RedisInstance second(other), third(here), fourth(here);
  const TeamKey north = make_team("north");
  second.subscribe(north);
  third.subscribe(north);
  fourth->publish(publication_of("asha", north));
  third.heard.wait_for(1);
  EXPECT_TRUE(second.heard.numbers_of(north).empty());
}

TEST(RedisAccess, SaysThatThePasswordIsWrongAndNotWhichOne) {
  RedisServer server;
  server.ask({"ACL", "SETUSER", "fc", "on", ">right", "~*", "&*", "+@all"});
  for (const std::string user : {"fc:hunter2", ":hunter2", "nobody:hunter2"}) {
    RedisInstance one(settings_for("redis://" + user + "@127.0.0.1:" + std::to_string(server.port())), false);
    EXPECT_TRUE(eventually([&] { return one->last_failure().find("is refused") != std::string::npos; })) << user;
    EXPECT_FALSE(one->healthy());
    EXPECT_THAT(one->last_failure(), HasSubstr("127.0.0.1:"));
    const std::lock_guard lock(one.mutex);
    for (const std::string& failure : one.failures) EXPECT_THAT(failure, Not(HasSubstr("hunter2")));
  }
}

TEST(RedisAccess, SaysThatAPasswordIsMissing) {
  RedisServer server;
  server.ask({"CONFIG", "SET", "requirepass", "secret"});
  RedisInstance one(settings_for(server.url()), false);
  EXPECT_TRUE(eventually([&] { return one->last_failure().find("NOAUTH") != std::string::npos; }));
  RedisInstance two(settings_for("redis://:secret@127.0.0.1:" + std::to_string(server.port()) + "/3"));
  EXPECT_TRUE(keep_once(*two, "ticket", "value"));
  server.client_options = {"--no-auth-warning", "-a", "secret", "-n", "3"};
  EXPECT_EQ(server.ask({"DBSIZE"}), "1");
}

class TlsServer {
 public:
  TlsServer() {
    openssl({"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-keyout",
             file("ca.key"), "-out", file("ca.crt"), "-subj", "/CN=test authority"});
    openssl({"req",
             "-x509",
             "-newkey",
             "ec",
             "-pkeyopt",
             "ec_paramgen_curve:P-256",
             "-nodes",
             "-days",
             "2",
             "-keyout",
             file("server.key"),
             "-out",
             file("server.crt"),
             "-subj",
             "/CN=redis",
             "-addext",
             "subjectAltName=DNS:localhost",
             "-CA",
             file("ca.crt"),
             "-CAkey",
             file("ca.key")});
    port = free_port();
    server = std::make_unique<RedisServer>(std::vector<std::string>{
        "--tls-port", std::to_string(port), "--tls-cert-file", file("server.crt"), "--tls-key-file", file("server.key"),
        "--tls-ca-cert-file", file("ca.crt"), "--tls-auth-clients", "no"});
  }
  std::string file(const std::string& name) const { return directory.file(name); }
  void openssl(std::vector<std::string> words) const {
    words.insert(words.begin(), "openssl");
    run(words);
  }
  RedisSettings settings(const std::string& host) const {
    auto settings = settings_for("rediss://" + host + ":" + std::to_string(port));
    settings.ca_file = file("ca.crt");
    return settings;
  }

  TemporaryDirectory directory;
  std::uint16_t port = 0;
  std::unique_ptr<RedisServer> server;
};

TEST(RedisAccess, SpeaksTls) {
  TlsServer tls;
  const RedisSettings settings = tls.settings("localhost");
  RedisInstance one(settings), two(settings);
  const TeamKey north = make_team("north");
  two.subscribe(north);
  for (int i = 0; i < 500; ++i) one->publish(publication_of(std::to_string(i), north));
  two.heard.wait_for(500);
  EXPECT_EQ(cached_until(*two, north, [](const auto& all) { return all.size() == 500; }).value().size(), 500U);
  const std::size_t healed = two.heard.heals(north);
  tls.server->stop();
  tls.server->start();
  two.heard.wait_for_heal(north, healed);
}

TEST(RedisAccess, RefusesACertificateOfAnotherNameOrAuthority) {
  TlsServer tls;
  RedisInstance other_name(tls.settings("127.0.0.1"), false);
  RedisSettings settings = tls.settings("localhost");
  settings.ca_file.clear();
  RedisInstance other_authority(settings, false);
  for (RedisInstance* each : {&other_name, &other_authority}) {
    EXPECT_TRUE(eventually([&] { return (*each)->last_failure().find("certificate") != std::string::npos; }))
        << (*each)->last_failure();
    EXPECT_FALSE((*each)->healthy());
  }
}

}  // namespace
}  // namespace fieldcast::bus::contract
