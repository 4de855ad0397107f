#include "fieldcast/ageing/policy.hpp"

#include <gtest/gtest.h>

namespace fieldcast::ageing {
namespace {

constexpr Day today{days{20'000}};
constexpr Timestamp noon = today + std::chrono::hours{12};

store::TeamRule rule_of(const char* team, std::optional<days> positions) {
  store::TeamRule rule;
  rule.org = OrgId("acme");
  rule.team = TeamId(team);
  rule.positions = positions;
  return rule;
}

TEST(Policy, KeepsForEverWhatHasNoTime) {
  const Cut cut = cut_of(Kind::positions, Policy{}, {}, noon);
  EXPECT_EQ(cut.otherwise, Timestamp::min());
  EXPECT_EQ(certain(cut), Timestamp::min());
}

TEST(Policy, CutsAtTheBeginningOfADay) {
  Policy policy;
  policy.positions = days{30};
  EXPECT_EQ(cut_of(Kind::positions, policy, {}, noon).otherwise, today - days{30});
}

TEST(Policy, EachKindHasItsOwnTime) {
  Policy policy;
  policy.positions = days{1};
  policy.last_known = days{2};
  policy.quarantine = days{3};
  policy.summaries = days{4};
  EXPECT_EQ(cut_of(Kind::last_known, policy, {}, noon).otherwise, today - days{2});
  EXPECT_EQ(cut_of(Kind::quarantine, policy, {}, noon).otherwise, today - days{3});
  EXPECT_EQ(cut_of(Kind::summaries, policy, {}, noon).otherwise, today - days{4});
}

TEST(Policy, ATeamsRuleStandsBesideItsOrganisationsAndTheConfiguration) {
  Policy policy;
  policy.positions = days{30};
  const std::vector<store::TeamRule> rules{rule_of("", days{90}), rule_of("north", days{7}),
                                           rule_of("south", std::nullopt), rule_of("vip", days{0})};
  const Cut cut = cut_of(Kind::positions, policy, rules, noon);
  EXPECT_EQ(cut.otherwise, today - days{30});
  EXPECT_EQ(cut.teams.at({OrgId("acme"), TeamId("")}), today - days{90});
  EXPECT_EQ(cut.teams.at({OrgId("acme"), TeamId("north")}), today - days{7});
  EXPECT_EQ(cut.teams.at({OrgId("acme"), TeamId("vip")}), Timestamp::min());
  EXPECT_FALSE(cut.teams.contains({OrgId("acme"), TeamId("south")})) << "silent: as its organisation";
  EXPECT_EQ(certain(cut), Timestamp::min());
  EXPECT_EQ(possible(cut), today - days{7});
}

}  // namespace
}  // namespace fieldcast::ageing
