#include "fieldcast/archive/archive.hpp"

#include "unit/archive/archive_fixture.hpp"

namespace fieldcast::archive {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

using ArchiveDay = ArchiveFixture;

TEST_F(ArchiveDay, ADayComesBackAsItWas) {
  fill();
  const auto before = store_.rows;
  const auto archived = archive_day(store_, place_, day_);
  ASSERT_TRUE(archived) << archived.error().text;
  EXPECT_EQ(archived->rows, before.size());
  EXPECT_EQ(archived->place, "memory");
  EXPECT_EQ(store_.noted.at(day_).sha256, archived->sha256);
  EXPECT_TRUE(*holds(store_, place_, day_));
  ASSERT_EQ(*store_.drop_day(day_), before.size());
  const auto restored = restore();
  ASSERT_TRUE(restored) << restored.error().text;
  EXPECT_EQ(restored->accepted, before.size());
  expect_rows(before);
  EXPECT_EQ(store_.held.at(day_), hold_until_);
  EXPECT_EQ(archive_day(store_, place_, day_)->sha256, archived->sha256);
}

TEST_F(ArchiveDay, OneObjectAndOneManifestLieInTheFolderOfTheMonth) {
  fill();
  const auto archived = *archive_day(store_, place_, day_);
  const auto names = *place_.list("2025/11");
  ASSERT_THAT(names, SizeIs(2));
  EXPECT_THAT(names[0], testing::MatchesRegex("2025-11-22-[0-9a-f]{16}\\.csv\\.gz"));
  EXPECT_EQ(names[1], "2025-11-22.json");
  EXPECT_THAT(place_.objects.at(manifest_), testing::HasSubstr(archived.sha256));
}

TEST_F(ArchiveDay, TheSameRowsGiveTheSameObject) {
  fill();
  ASSERT_TRUE(archive_day(store_, place_, day_));
  const auto first = place_.objects;
  ASSERT_TRUE(archive_day(store_, place_, day_, Start::anew));
  EXPECT_EQ(object(), first.begin()->second);
}

TEST_F(ArchiveDay, WhatIsHeldAlreadyIsNotWrittenAgain) {
  fill();
  const auto first = *archive_day(store_, place_, day_);
  const auto objects = place_.objects;
  EXPECT_EQ(archive_day(store_, place_, day_)->archived_at, first.archived_at);
  EXPECT_EQ(place_.objects, objects);
  EXPECT_EQ(store_.notes, 1U);
}

TEST_F(ArchiveDay, LateRowsAreAdded) {
  fill();
  const auto first = *archive_day(store_, place_, day_);
  put("a0", 5);
  put("zz", 1);
  EXPECT_FALSE(*holds(store_, place_, day_));
  const auto second = *archive_day(store_, place_, day_);
  EXPECT_EQ(second.rows, first.rows + 2);
  EXPECT_TRUE(*holds(store_, place_, day_));
  EXPECT_THAT(place_.objects, SizeIs(2)) << "the former object is gone";
}

TEST_F(ArchiveDay, RowsThatWereRemovedStayInTheArchiveWhenLateOnesAreAdded) {
  fill();
  const auto first = *archive_day(store_, place_, day_);
  const auto before = store_.rows;
  ASSERT_TRUE(store_.drop_day(day_));
  put("a1", 7);
  const auto second = *archive_day(store_, place_, day_);
  EXPECT_EQ(second.rows, first.rows + 1);
  auto expected = before;
  expected.insert(store_.rows.begin(), store_.rows.end());
  store_.rows.clear();
  ASSERT_TRUE(restore());
  expect_rows(expected);
}

TEST_F(ArchiveDay, TheFirstToComeStays) {
  fill();
  const auto first = *archive_day(store_, place_, day_);
  store_.rows.begin()->second.received_at += seconds{1};  // dropped, and sent again
  EXPECT_TRUE(*holds(store_, place_, day_));
  EXPECT_EQ(archive_day(store_, place_, day_)->sha256, first.sha256);
}

TEST_F(ArchiveDay, WhoMovesToAnotherTeamChangesNoChecksum) {
  fill();
  const auto first = *archive_day(store_, place_, day_);
  for (auto& [key, agent] : store_.known)
    agent = std::make_shared<const AgentIdentity>(AgentIdentity{agent->org, TeamId("south"), agent->agent, "New"});
  EXPECT_EQ(archive_day(store_, place_, day_, Start::anew)->sha256, first.sha256);
}

TEST_F(ArchiveDay, OtherDaysAreLeftOut) {
  fill();
  Position next_day = position_at(0);
  next_day.fix.recorded_at += std::chrono::days{1};
  store_.put(agent("a0"), next_day);
  EXPECT_EQ(archive_day(store_, place_, day_)->rows + 1, store_.rows.size());
}

TEST_F(ArchiveDay, ADayWithoutRowsIsAnEmptyDay) {
  const auto archived = *archive_day(store_, place_, day_);
  EXPECT_EQ(archived.rows, 0U);
  EXPECT_EQ(archived.sha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_TRUE(verify_day(store_, place_, day_));
}

TEST_F(ArchiveDay, ALongDayGoesThroughInPieces) {
  for (int agent = 0; agent < 10; ++agent)
    for (int i = 0; i < 500; ++i) put("agent-" + std::to_string(agent), i);
  const auto before = store_.rows;
  ASSERT_TRUE(archive_day(store_, place_, day_));
  store_.rows.clear();
  ASSERT_TRUE(restore());
  expect_rows(before);
  EXPECT_LE(store_.largest_commit, 1'000U);
}

TEST_F(ArchiveDay, ADatabaseThatFailsLeavesThingsAsTheyWere) {
  fill();
  store_.reads_failing = true;
  EXPECT_EQ(archive_day(store_, place_, day_).error().code, "store_unavailable");
  EXPECT_TRUE(place_.objects.empty());
  EXPECT_TRUE(store_.noted.empty());
  store_.reads_failing = false;
  ASSERT_TRUE(archive_day(store_, place_, day_));
  store_.reads_failing = true;
  EXPECT_EQ(holds(store_, place_, day_).error().code, "store_unavailable");
}

TEST_F(ArchiveDay, APlaceThatFailsAtAnyStepLosesNothing) {
  fill();
  const auto first = *archive_day(store_, place_, day_);
  const auto archived = place_.objects;
  put("late", 1);
  std::size_t steps = 0;
  for (std::size_t step = 1;; ++step) {
    place_.asked = 0;
    place_.fails_at = step;
    const auto again = archive_day(store_, place_, day_);
    place_.fails_at = 0;
    if (again) break;
    steps = step;
    EXPECT_EQ(again.error().code, "archive_unavailable") << step;
    // Either the former day is whole or the new one is.
    const auto manifest_was_put = place_.objects.at(manifest_) != archived.at(manifest_);
    const auto rows = manifest_was_put ? first.rows + 1 : first.rows;
    FakeStore empty;
    const auto restored = restore_day(empty, empty, empty, place_, day_, hold_until_);
    ASSERT_TRUE(restored) << step << restored.error().text;
    EXPECT_EQ(restored->rows, rows) << step;
    place_.objects = archived;
    store_.noted[day_] = first;
  }
  EXPECT_GE(steps, 10U);
  EXPECT_EQ(store_.noted.at(day_).rows, first.rows + 1);
  EXPECT_THAT(place_.objects, SizeIs(2));
}

TEST_F(ArchiveDay, ACutBetweenManifestAndNoteIsMended) {
  fill();
  const auto first = *archive_day(store_, place_, day_);
  put("late", 1);
  const auto second = *archive_day(store_, place_, day_);
  store_.noted[day_] = first;
  EXPECT_FALSE(*holds(store_, place_, day_));
  EXPECT_EQ(archive_day(store_, place_, day_)->sha256, second.sha256);
  EXPECT_EQ(store_.noted.at(day_).sha256, second.sha256);
  EXPECT_TRUE(*holds(store_, place_, day_));
}

TEST_F(ArchiveDay, AnAgentThatIsErasedWhileItsDayIsArchivedIsNotInTheArchive) {
  fill();
  bool erased = false;
  store_.before_note = [&] {
    if (!std::exchange(erased, true)) store_.drop(agent("a1").key());
  };
  const auto archived = archive_day(store_, place_, day_);
  ASSERT_TRUE(archived) << archived.error().text;
  EXPECT_EQ(archived->rows, store_.rows.size());
  store_.rows.clear();
  ASSERT_TRUE(restore());
  for (const auto& [key, position] : store_.rows) EXPECT_NE(std::get<1>(key), "a1");
}

TEST_F(ArchiveDay, RowsThatComeAllTheTimeEndInAnError) {
  fill();
  int late = 0;
  store_.before_note = [&] { put("late", ++late); };
  EXPECT_EQ(archive_day(store_, place_, day_).error().code, "day_changing");
  store_.before_note = [] {};
  EXPECT_EQ(archive_day(store_, place_, day_)->rows, store_.rows.size());
}

TEST_F(ArchiveDay, AnotherProcessThatArchivesTheSameDayIsNoticed) {
  fill();
  ASSERT_TRUE(archive_day(store_, place_, day_));
  put("late", 1);
  MemoryPlace others = place_;
  ASSERT_TRUE(archive_day(store_, others, day_));
  store_.noted[day_].sha256.clear();
  put("late", 2);
  place_.before_put = [&] { place_.objects[manifest_] = others.objects[manifest_]; };
  EXPECT_EQ(archive_day(store_, place_, day_).error().code, "day_changing");
}

TEST_F(ArchiveDay, WhatWasNotedAndIsGoneIsNotWrittenFromWhatIsLeft) {
  fill();
  ASSERT_TRUE(archive_day(store_, place_, day_));
  place_.objects.clear();
  EXPECT_EQ(archive_day(store_, place_, day_).error().code, "archive_missing");
  EXPECT_EQ(holds(store_, place_, day_).error().code, "archive_missing");
  EXPECT_EQ(restore().error().code, "archive_missing");
  ASSERT_TRUE(archive_day(store_, place_, day_, Start::anew));
  EXPECT_TRUE(*holds(store_, place_, day_));
}

TEST_F(ArchiveDay, WhatLiesElsewhereIsNotWrittenHere) {
  fill();
  ASSERT_TRUE(archive_day(store_, place_, day_));
  place_.called = "another";
  EXPECT_EQ(archive_day(store_, place_, day_).error().code, "archive_elsewhere");
  EXPECT_EQ(holds(store_, place_, day_).error().code, "archive_elsewhere");
}

TEST_F(ArchiveDay, WhatAnotherDatabaseArchivedIsNotTakenOver) {
  fill();
  ASSERT_TRUE(archive_day(store_, place_, day_));
  FakeStore other;
  other.put(agent("b1"), position_at(3));
  EXPECT_EQ(archive_day(other, place_, day_).error().code, "archive_unknown");
  ASSERT_TRUE(restore_day(other, other, other, place_, day_, hold_until_));
  EXPECT_TRUE(archive_day(other, place_, day_)) << "it knows now which agents are there";
}

TEST_F(ArchiveDay, DaysThatAreOverAndNotArchivedAreToBeArchived) {
  fill();
  const Day later = day_ + std::chrono::days{1};
  EXPECT_THAT(*days_to_archive(store_, later), ElementsAre(day_));
  EXPECT_THAT(*days_to_archive(store_, day_), ElementsAre());
  ASSERT_TRUE(archive_day(store_, place_, day_));
  EXPECT_THAT(*days_to_archive(store_, later), ElementsAre());
  put("late", 1);
  EXPECT_THAT(*days_to_archive(store_, later), ElementsAre(day_));
}

}  // namespace
}  // namespace fieldcast::archive
