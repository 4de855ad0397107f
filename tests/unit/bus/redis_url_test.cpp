#include "fieldcast/bus/redis_url.hpp"

#include "fieldcast/bus/bus.hpp"

#include <gmock/gmock.h>

namespace fieldcast::bus {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(RedisUrl, ReadsASingleServer) {
  const auto url = parse_redis_url("redis://fleet:p%40ss%3A@cache.example.org:7000/3").value();
  EXPECT_EQ(url.kind, RedisUrl::Kind::single);
  EXPECT_FALSE(url.tls);
  EXPECT_EQ(url.user, "fleet");
  EXPECT_EQ(url.password, "p@ss:");
  EXPECT_THAT(url.addresses, ElementsAre(Address{"cache.example.org", 7000}));
  EXPECT_EQ(url.database, 3);
}

TEST(RedisUrl, HasDefaults) {
  EXPECT_THAT(parse_redis_url("redis://localhost").value().addresses, ElementsAre(Address{"localhost", 6379}));
  EXPECT_THAT(parse_redis_url("rediss://localhost/").value().addresses, ElementsAre(Address{"localhost", 6379}));
  EXPECT_TRUE(parse_redis_url("rediss://localhost").value().tls);
  EXPECT_THAT(parse_redis_url("redis-sentinel://a,b:1/m").value().addresses,
              ElementsAre(Address{"a", 26379}, Address{"b", 1}));
  EXPECT_THAT(parse_redis_url("rediss-cluster://a,b:1").value().addresses,
              ElementsAre(Address{"a", 6379}, Address{"b", 1}));
}

TEST(RedisUrl, ReadsAPasswordWithoutAUser) {
  const auto url = parse_redis_url("redis://:a@b@h").value();
  EXPECT_EQ(url.user, "");
  EXPECT_EQ(url.password, "a@b");
  EXPECT_THAT(url.addresses, ElementsAre(Address{"h", 6379}));
}

TEST(RedisUrl, ReadsSentinels) {
  const auto url = parse_redis_url("rediss-sentinel://u:p@[::1]:5,10.0.0.1/my%20fleet/2").value();
  EXPECT_EQ(url.kind, RedisUrl::Kind::sentinel);
  EXPECT_TRUE(url.tls);
  EXPECT_EQ(url.master, "my fleet");
  EXPECT_EQ(url.database, 2);
  EXPECT_THAT(url.addresses, ElementsAre(Address{"::1", 5}, Address{"10.0.0.1", 26379}));
  EXPECT_EQ(to_string(url.addresses[0]), "[::1]:5");
  EXPECT_EQ(to_string(url.addresses[1]), "10.0.0.1:26379");
}

class WrongRedisUrl : public testing::TestWithParam<const char*> {};
TEST_P(WrongRedisUrl, IsRefusedWithoutSayingThePassword) {
  const auto url = parse_redis_url(GetParam());
  ASSERT_TRUE(url.has_error());
  EXPECT_EQ(url.error().code, "bad_setting");
  EXPECT_THAT(url.error().text, Not(HasSubstr("secret")));
  EXPECT_EQ(wrong_with_redis_url(GetParam()), url.error().text);
}
INSTANTIATE_TEST_SUITE_P(
    All, WrongRedisUrl,
    testing::Values("", "secret", "http://secret", "redis:/secret", "redis://", "redis://u:secret@", "redis://u@h",
                    "redis://:secret@h:0", "redis://:secret@h:65536", "redis://:secret@h:1x",
                    "redis://:secret@h:", "redis://:secret%@h", "redis://:secret%4@h", "redis://:secret%zz@h",
                    "redis://:secret%00@h", "redis://:secret@h/1024", "redis://:secret@h/-1", "redis://:secret@h/1/2",
                    "redis://:secret@a,b", "redis://:secret@[::1", "redis://:secret@[::1]x", "redis://:secret@[]",
                    "redis://:secret@a b", "redis-sentinel://:secret@h", "redis-sentinel://:secret@h/",
                    "redis-sentinel://:secret@h//1", "redis-sentinel://:secret@h,/m", "redis-cluster://:secret@h/1",
                    "redis-cluster://:secret@,h", "redis://:secret@h?x=1", "redis://:secret#@h#"));

TEST(RedisUrl, BoundsTheAddresses) {
  std::string url = "redis-cluster://h";
  for (int i = 0; i < 63; ++i) url += ",h";
  EXPECT_TRUE(parse_redis_url(url).has_value());
  EXPECT_TRUE(parse_redis_url(url + ",h").has_error());
}

TEST(RedisUrl, HasNothingAgainstARightOne) { EXPECT_EQ(wrong_with_redis_url("redis://localhost"), std::nullopt); }

}  // namespace
}  // namespace fieldcast::bus
