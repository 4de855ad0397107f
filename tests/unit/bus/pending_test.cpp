#include "fieldcast/bus/pending.hpp"

#include <gmock/gmock.h>

namespace fieldcast::bus {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

AgentPosition position(const std::string& agent, int recorded, int received = 0) {
  AgentPosition made{std::make_shared<const AgentIdentity>(AgentIdentity{OrgId("o"), TeamId("t"), AgentId(agent), ""}),
                     {}};
  made.position.fix.recorded_at = from_unix_ms(recorded);
  made.position.received_at = from_unix_ms(received);
  return made;
}

std::vector<std::string> texts(const std::vector<AgentPosition>& positions) {
  std::vector<std::string> out;
  for (const AgentPosition& each : positions)
    out.push_back(each.agent->agent.str() + std::to_string(to_unix_ms(each.position.fix.recorded_at)) + "/" +
                  std::to_string(to_unix_ms(each.position.received_at)));
  return out;
}

TEST(Pending, KeepsEveryPositionInOrderWhileTheyAreFew) {
  Pending pending(3);
  for (int i = 1; i <= 3; ++i) pending.add(position("a", i));
  EXPECT_EQ(pending.size(), 3U);
  EXPECT_THAT(texts(pending.take(2)), ElementsAre("a1/0", "a2/0"));
  EXPECT_THAT(texts(pending.take(9)), ElementsAre("a3/0"));
  EXPECT_TRUE(pending.empty());
}

TEST(Pending, KeepsTheNewestOfEachAgentWhenTheyAreMany) {
  Pending pending(3);
  for (int i = 1; i <= 3; ++i) pending.add(position("a", i));
  pending.add(position("b", 1));
  pending.add(position("a", 9));
  pending.add(position("c", 1));
  pending.add(position("b", 2));
  EXPECT_EQ(pending.size(), 3U);
  EXPECT_THAT(texts(pending.take(9)), ElementsAre("a9/0", "b2/0", "c1/0"));
}

TEST(Pending, KeepsTheNewestSignOfLifeWithTheNewestPosition) {
  Pending pending(100);
  pending.add(position("a", 5, 50));
  pending.add(position("a", 4, 60));
  pending.add(position("b", 4, 60));
  pending.add(position("b", 5, 50));
  pending.coalesce();
  EXPECT_THAT(texts(pending.take(9)), ElementsAre("a5/60", "b5/60"));
}

TEST(Pending, TakesTheLaterOfTwoThatWereRecordedAtOnce) {
  Pending pending(100);
  auto later = position("a", 5);
  later.position.fix.activity = Activity::walking;
  pending.add(position("a", 5));
  pending.add(later);
  pending.coalesce();
  EXPECT_EQ(pending.take(1).at(0).position.fix.activity, Activity::walking);
}

TEST(Pending, CoalescesOnlyUntilItIsEmpty) {
  Pending pending(2);
  for (int i = 0; i < 3; ++i) pending.add(position("a", i));
  EXPECT_EQ(pending.size(), 1U);
  pending.take(1);
  pending.add(position("a", 7));
  pending.add(position("a", 8));
  EXPECT_EQ(pending.size(), 2U);
}

TEST(Pending, GoesOnCoalescingWhenPartOfItWasTaken) {
  Pending pending(2);
  for (const char* agent : {"a", "b", "c", "d"}) pending.add(position(agent, 1));
  EXPECT_THAT(texts(pending.take(2)), ElementsAre("a1/0", "b1/0"));
  pending.add(position("d", 2));
  pending.add(position("a", 2));
  pending.add(position("c", 2));
  EXPECT_THAT(texts(pending.take(9)), ElementsAre("c2/0", "d2/0", "a2/0"));
}

TEST(Pending, PutsBackBeforeAllThatIsPending) {
  Pending pending(100);
  pending.add(position("a", 3));
  pending.put_back({position("a", 1), position("b", 1)});
  EXPECT_THAT(texts(pending.take(9)), ElementsAre("a1/0", "b1/0", "a3/0"));
}

TEST(Pending, PutsBackNothingOverANewerPosition) {
  Pending pending(1);
  pending.add(position("a", 3, 3));
  pending.add(position("b", 3, 3));
  pending.put_back({position("a", 1, 1), position("c", 1, 1)});
  pending.add(position("c", 2, 2));
  EXPECT_THAT(texts(pending.take(9)), ElementsAre("a3/3", "c2/2", "b3/3"));
}

TEST(Pending, SaysByHowMuchItWouldGrow) {
  Pending pending(1);
  const std::vector<AgentPosition> some{position("a", 1), position("b", 1), position("b", 2)};
  EXPECT_EQ(pending.growth_by(some), 2U);
  pending.add(position("a", 1));
  pending.coalesce();
  EXPECT_EQ(pending.growth_by(some), 1U);
  for (const auto& each : some) pending.add(each);
  EXPECT_EQ(pending.growth_by(some), 0U);
  EXPECT_EQ(pending.size(), 2U);
}

TEST(NewestOfEach, IsOneOfEachInTheOrderOfTheirFirst) {
  EXPECT_THAT(newest_of_each({}), IsEmpty());
  const std::vector<AgentPosition> all{position("a", 1, 9), position("b", 2), position("a", 3, 1), position("b", 1)};
  EXPECT_THAT(texts(newest_of_each(all)), ElementsAre("a3/9", "b2/0"));
}

}  // namespace
}  // namespace fieldcast::bus
