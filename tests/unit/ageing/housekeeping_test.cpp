#include "fieldcast/ageing/housekeeping.hpp"

#include "fake_keeper.hpp"

#include <gmock/gmock.h>

namespace fieldcast::ageing {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr Day today{days{20'000}};
constexpr Timestamp noon = today + std::chrono::hours{12};

std::string did(const char* what, Day day) { return what + (" " + FakeKeeper::name(day)); }

class HousekeepingTest : public testing::Test {
 protected:
  Policy month() const {
    Policy policy;
    policy.positions = days{30};
    return policy;
  }
  Archive archive() {
    return {[this](store::Keeper&, Day day) -> Result<void> {
              keeper.log.push_back(did("archive", day));
              if (archive_error) return *archive_error;
              store::ArchivedDay archived;
              archived.day = day;
              keeper.archived.push_back(archived);
              held.insert(day);
              return {};
            },
            [this](store::Keeper&, Day day) -> Result<bool> {
              ++asked;
              return held.contains(day);
            }};
  }
  void a_team_keeps(days kept) {
    store::TeamRule rule;
    rule.org = OrgId("acme");
    rule.team = TeamId("north");
    rule.positions = kept;
    keeper.team_rules.push_back(rule);
  }
  Result<void> round(Housekeeping& housekeeping, Timestamp now = noon) {
    return housekeeping.round(
        keeper, now, [] { return true; }, done);
  }
  Housekeeping housekeeping(Policy policy, Archive archive = {}) {
    return {policy, std::move(archive), [this](const Error& error) { failures.push_back(error.code); }};
  }

  FakeKeeper keeper;
  std::set<Day> held;
  int asked = 0;
  std::optional<Error> archive_error;
  std::vector<std::string> failures;
  Done done;
};

TEST_F(HousekeepingTest, DropsADayWhenAllOfItIsOlderThanWhatIsKept) {
  keeper.add(today - days{31});
  keeper.add(today - days{30});
  auto keeping = housekeeping(month());
  ASSERT_TRUE(round(keeping));
  EXPECT_THAT(keeper.log, ElementsAre(did("drop", today - days{31})));
  EXPECT_EQ(done.days_dropped, 1U);
  EXPECT_EQ(done.positions, 10U);
}

TEST_F(HousekeepingTest, ClosesADayOnceItHasBeenOverLongEnough) {
  keeper.add(today - days{2}, false);
  keeper.add(today - days{1}, false);
  keeper.add(today, false);
  auto keeping = housekeeping(month());
  ASSERT_TRUE(round(keeping, today + std::chrono::hours{5}));
  EXPECT_THAT(keeper.log, ElementsAre(did("close", today - days{2})));
  ASSERT_TRUE(round(keeping, today + std::chrono::hours{6}));
  EXPECT_THAT(keeper.log, ElementsAre(did("close", today - days{2}), did("close", today - days{1})));
}

TEST_F(HousekeepingTest, DoesNotCloseADayThatItDrops) {
  keeper.add(today - days{40}, false);
  auto keeping = housekeeping(month());
  ASSERT_TRUE(round(keeping));
  EXPECT_THAT(keeper.log, ElementsAre(did("drop", today - days{40})));
}

TEST_F(HousekeepingTest, DropsNoDayThatTheArchiveDoesNotHold) {
  keeper.add(today - days{40});
  archive_error = Error{"archive_unreachable", "no route"};
  auto keeping = housekeeping(month(), archive());
  ASSERT_TRUE(round(keeping)) << "an archive that is away is no failure of the store";
  EXPECT_THAT(keeper.log, ElementsAre(did("archive", today - days{40})));
  EXPECT_THAT(failures, ElementsAre("archive_unreachable"));
  ASSERT_TRUE(round(keeping, noon + std::chrono::minutes{9}));
  EXPECT_EQ(keeper.log.size(), 1U) << "it was tried again at once";
  archive_error.reset();
  ASSERT_TRUE(round(keeping, noon + std::chrono::minutes{11}));
  EXPECT_THAT(keeper.log, ElementsAre(did("archive", today - days{40}), did("archive", today - days{40}),
                                      did("drop", today - days{40})));
}

TEST_F(HousekeepingTest, ArchivesAgainWhatHasChangedBeforeItIsDropped) {
  keeper.add(today - days{40});
  auto keeping = housekeeping(month(), archive());
  keeper.archived.emplace_back().day = today - days{40};
  ASSERT_TRUE(round(keeping));
  EXPECT_THAT(keeper.log, ElementsAre(did("archive", today - days{40}), did("drop", today - days{40})));
}

TEST_F(HousekeepingTest, ArchivesADayThatIsOverAndKeepsIt) {
  keeper.add(today - days{2});
  keeper.add(today);
  auto keeping = housekeeping(Policy{}, archive());
  ASSERT_TRUE(round(keeping));
  ASSERT_TRUE(round(keeping));
  EXPECT_THAT(keeper.log, ElementsAre(did("archive", today - days{2})));
}

TEST_F(HousekeepingTest, CutsTheRowsOfATeamThatKeepsLessOnceTheArchiveHasThem) {
  keeper.add(today - days{10});
  a_team_keeps(days{7});
  auto keeping = housekeeping(month(), archive());
  ASSERT_TRUE(round(keeping));
  EXPECT_THAT(keeper.log, ElementsAre(did("archive", today - days{10}), did("cut", today - days{10})));
  EXPECT_EQ(keeper.last_cut.teams.at({OrgId("acme"), TeamId("north")}), today - days{7});
  EXPECT_EQ(done.positions, 3U);
}

TEST_F(HousekeepingTest, LooksThroughADayOncePerDayAndReadsTheArchiveOnlyWhenSomethingGoes) {
  keeper.add(today - days{10});
  a_team_keeps(days{7});
  auto keeping = housekeeping(month(), archive());
  ASSERT_TRUE(round(keeping));
  keeper.rows_to_cut = 5;
  ASSERT_TRUE(round(keeping, noon + std::chrono::hours{1}));
  EXPECT_EQ(keeper.rows_to_cut, 5U) << "twice on one day";
  EXPECT_EQ(asked, 1);
  keeper.rows_to_cut = 0;
  ASSERT_TRUE(round(keeping, noon + days{1}));
  EXPECT_EQ(asked, 1) << "nothing goes";
  keeper.rows_to_cut = 2;
  ASSERT_TRUE(round(keeping, noon + days{2}));
  EXPECT_EQ(asked, 2) << "late fixes are archived before they go";
  EXPECT_EQ(done.positions, 5U);
}

TEST_F(HousekeepingTest, KeepsTheDayOfATeamThatKeepsForEver) {
  keeper.add(today - days{100});
  a_team_keeps(days{0});
  auto keeping = housekeeping(month());
  ASSERT_TRUE(round(keeping));
  EXPECT_THAT(keeper.log, ElementsAre(did("cut", today - days{100})));
}

TEST_F(HousekeepingTest, LeavesARestoredDayAloneUntilItsTimeIsOver) {
  keeper.add(today - days{40});
  ASSERT_TRUE(keeper.hold_day(today - days{40}, today + days{2}));
  auto keeping = housekeeping(month(), archive());
  ASSERT_TRUE(round(keeping));
  EXPECT_THAT(keeper.log, IsEmpty());
  held.insert(today - days{40});
  ASSERT_TRUE(round(keeping, noon + days{2}));
  EXPECT_EQ(keeper.log.back(), did("drop", today - days{40}));
}

TEST_F(HousekeepingTest, LeavesADayAloneThatIsReadBackWhileItLooksIntoTheArchive) {
  const Day day = today - days{31};
  keeper.add(day);
  Archive meanwhile = archive();
  meanwhile.holds = [&](store::Keeper& store, Day) -> Result<bool> {
    EXPECT_TRUE(store.hold_day(day, today + days{7}));
    return true;
  };
  auto keeping = housekeeping(month(), std::move(meanwhile));
  ASSERT_TRUE(round(keeping));
  EXPECT_TRUE(keeper.stored_days.contains(day));
  EXPECT_EQ(done.days_dropped, 0U);
}

TEST_F(HousekeepingTest, TidiesTheOtherKindsByTheirOwnTimes) {
  auto keeping = housekeeping(month());
  ASSERT_TRUE(round(keeping));
  EXPECT_EQ(keeper.cuts.at("last_known").otherwise, Timestamp::min());
  EXPECT_EQ(keeper.cuts.at("quarantine").otherwise, today - days{90});
  EXPECT_EQ(keeper.cuts.at("summaries").otherwise, today - days{365});
  EXPECT_EQ(done.last_known + done.quarantined + done.summaries, 3U);
}

TEST_F(HousekeepingTest, EndsTheRoundWhenTheStoreIsAwayAndWhenAsked) {
  keeper.add(today - days{40});
  keeper.away = true;
  auto keeping = housekeeping(month());
  EXPECT_FALSE(round(keeping));
  keeper.away = false;
  ASSERT_TRUE(keeping.round(
      keeper, noon, [] { return false; }, done));
  EXPECT_THAT(keeper.log, IsEmpty());
}

TEST_F(HousekeepingTest, PlansWhatItDoes) {
  keeper.add(today - days{40}, false);
  keeper.add(today - days{3}, false);
  keeper.add(today, false);
  auto keeping = housekeeping(month(), archive());
  const auto plans = keeping.plan(keeper, noon);
  ASSERT_TRUE(plans);
  ASSERT_EQ(plans->size(), 3U);
  EXPECT_THAT((*plans)[0].steps, ElementsAre(DayPlan::Step::archive, DayPlan::Step::drop));
  EXPECT_THAT((*plans)[1].steps, ElementsAre(DayPlan::Step::archive, DayPlan::Step::close));
  EXPECT_THAT((*plans)[2].steps, IsEmpty());
  EXPECT_THAT(keeper.log, IsEmpty());
}

}  // namespace
}  // namespace fieldcast::ageing
