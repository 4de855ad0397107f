#include "fieldcast/bus/redis_keys.hpp"

#include <gtest/gtest.h>
#include <set>

namespace fieldcast::bus {
namespace {

// The answers of CLUSTER KEYSLOT.
TEST(RedisSlot, IsThatOfRedis) {
  EXPECT_EQ(slot_of("123456789"), 12'739);
  EXPECT_EQ(slot_of(""), 0);
  EXPECT_EQ(slot_of("foo"), 12'182);
  EXPECT_EQ(slot_of("somekey"), 11'058);
}

TEST(RedisSlot, IsThatOfTheFirstTag) {
  EXPECT_EQ(slot_of("{user1000}.following"), slot_of("user1000"));
  EXPECT_EQ(slot_of("foo{{bar}}zap"), slot_of("{bar"));
  EXPECT_EQ(slot_of("foo{bar}{zap}"), slot_of("bar"));
  EXPECT_NE(slot_of("foo{}{bar}"), slot_of("bar"));
  EXPECT_NE(slot_of("foo{bar"), slot_of("bar"));
}

TEST(TeamKeys, LieInOneSlot) {
  const TeamKeys keys("fc:", {OrgId("acme"), TeamId("north")});
  EXPECT_EQ(keys.live, "fc:{acme/north}:live");
  EXPECT_EQ(keys.last, "fc:{acme/north}:last");
  EXPECT_EQ(keys.seen, "fc:{acme/north}:seen");
  EXPECT_EQ(keys.geo, "fc:{acme/north}:geo");
  for (const auto& key : {keys.live, keys.last, keys.seen, keys.geo}) EXPECT_EQ(slot_of(key), keys.slot);
}

TEST(TeamKeys, AreOfOneTeamOnly) {
  std::set<std::string> names;
  const std::vector<std::pair<const char*, const char*>> teams{
      {"a", "b/c"}, {"a/b", "c"}, {"a", "b%2fc"}, {"a}", "b"},    {"a", "}b"}, {"a{", "b"},
      {"a", "{b"},  {"a b", "c"}, {"a", "b c"},   {"a%20b", "c"}, {"}", "{"},  {"%", "%"}};
  for (const auto& [org, team] : teams) {
    const TeamKeys keys("", {OrgId(org), TeamId(team)});
    names.insert(keys.live);
    EXPECT_EQ(slot_of(keys.live), keys.slot);
    EXPECT_EQ(keys.live.find('{'), 0U);
    EXPECT_EQ(keys.live.find('}'), keys.live.rfind('}'));
    EXPECT_EQ(keys.live.find(' '), std::string::npos);
  }
  EXPECT_EQ(names.size(), teams.size());
}

TEST(RedisNames, CarryThePrefix) {
  EXPECT_EQ(control_channel("fc:"), "fc:control");
  EXPECT_EQ(once_key("fc:", "x"), "fc:once:x");
}

}  // namespace
}  // namespace fieldcast::bus
