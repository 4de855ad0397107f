#include "fieldcast/domain/ids.hpp"

#include <gtest/gtest.h>
#include <unordered_set>

namespace fieldcast {
namespace {

TEST(IsValidId, TakesOneTo128BytesOfText) {
  EXPECT_TRUE(is_valid_id("a"));
  EXPECT_TRUE(is_valid_id("KA-01 / 42"));
  EXPECT_TRUE(is_valid_id("वाहन-७"));
  EXPECT_TRUE(is_valid_id("\xf0\x9f\x9a\x9a"));
  EXPECT_TRUE(is_valid_id(std::string(128, 'x')));
  EXPECT_FALSE(is_valid_id(""));
  EXPECT_FALSE(is_valid_id(std::string(129, 'x')));
}

TEST(IsValidId, RefusesControlCharacters) {
  for (int c = 0; c < 0x20; ++c) EXPECT_FALSE(is_valid_id(std::string("a") + static_cast<char>(c))) << c;
  EXPECT_FALSE(is_valid_id("a\x7f"));
  EXPECT_FALSE(is_valid_id("a\xc2\x80"));
  EXPECT_FALSE(is_valid_id("a\xc2\x9f"));
  EXPECT_TRUE(is_valid_id("a\xc2\xa0"));
}

TEST(IsValidId, RefusesWhatIsNotUtf8) {
  EXPECT_FALSE(is_valid_id("a\xff"));
  EXPECT_FALSE(is_valid_id("\xc3"));
  EXPECT_FALSE(is_valid_id("\xed\xa0\x80"));
  // Cut at its end, within the limit.
  EXPECT_FALSE(is_valid_id(std::string(127, 'x') + "\xc3"));
}

TEST(AgentKey, KeepsOrganisationsApart) {
  const AgentKey a{OrgId("one"), AgentId("7")}, b{OrgId("two"), AgentId("7")};
  EXPECT_NE(a, b);
  EXPECT_EQ((std::unordered_set<AgentKey>{a, b, a}.size()), 2U);
  EXPECT_EQ((std::unordered_set<TeamKey>{{OrgId("x"), TeamId("y")}, {OrgId("y"), TeamId("x")}}.size()), 2U);
}

TEST(AgentIdentity, GivesItsKeys) {
  const AgentIdentity identity{OrgId("o"), TeamId("t"), AgentId("a"), "Asha"};
  EXPECT_EQ(identity.key(), (AgentKey{OrgId("o"), AgentId("a")}));
  EXPECT_EQ(identity.team_key(), (TeamKey{OrgId("o"), TeamId("t")}));
}

}  // namespace
}  // namespace fieldcast
