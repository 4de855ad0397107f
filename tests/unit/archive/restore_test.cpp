#include "unit/archive/archive_fixture.hpp"

namespace fieldcast::archive {
namespace {

class ArchiveRestore : public ArchiveFixture {
 protected:
  void SetUp() override {
    fill();
    archived_ = *archive_day(store_, place_, day_);
    store_.rows.clear();
  }
  void expect_damaged() {
    const auto restored = restore();
    ASSERT_FALSE(restored);
    EXPECT_EQ(restored.error().code, "archive_damaged");
    EXPECT_TRUE(store_.rows.empty()) << "nothing counts as restored";
    EXPECT_TRUE(store_.held.empty());
    EXPECT_FALSE(verify_day(store_, place_, day_));
    put("a0", 0);
    const auto held = holds(store_, place_, day_);
    EXPECT_TRUE(!held || !*held);
    EXPECT_EQ(archive_day(store_, place_, day_).error().code, "archive_damaged");
  }
  void replace_in_manifest(const std::string& what, const std::string& with) {
    std::string& manifest = place_.objects.at(manifest_);
    const auto at = manifest.find(what);
    ASSERT_NE(at, std::string::npos);
    manifest.replace(at, what.size(), with);
  }
  store::ArchivedDay archived_;
};

TEST_F(ArchiveRestore, ItMayBeDoneTwice) {
  ASSERT_TRUE(restore());
  const auto again = restore();
  ASSERT_TRUE(again);
  EXPECT_EQ(again->rows, 9U);
  EXPECT_EQ(again->accepted, 0U);
}

TEST_F(ArchiveRestore, AnAgentThatIsKnownStaysInItsPresentTeam) {
  store_.known[agent("a1").key()] =
      std::make_shared<const AgentIdentity>(AgentIdentity{OrgId("acme"), TeamId("south"), AgentId("a1"), "Bea"});
  store_.known.erase(agent("a2").key());
  ASSERT_TRUE(restore());
  EXPECT_EQ(store_.known.at(agent("a1").key())->team.str(), "south");
  EXPECT_EQ(store_.known.at(agent("a1").key())->name, "Bea");
  EXPECT_EQ(store_.known.at(agent("a2").key())->team.str(), "north");
  EXPECT_EQ(store_.known.at(agent("a2").key())->name, "Ann");
}

TEST_F(ArchiveRestore, AnObjectWithOneFlippedBitIsDamaged) {
  object()[object().size() / 2] = static_cast<char>(object()[object().size() / 2] ^ 0x10);
  expect_damaged();
}

TEST_F(ArchiveRestore, ATruncatedObjectIsDamaged) {
  object().resize(object().size() - 9);
  expect_damaged();
}

TEST_F(ArchiveRestore, AnEmptyObjectIsDamaged) {
  object().clear();
  expect_damaged();
}

TEST_F(ArchiveRestore, AnObjectThatGoesOnIsDamaged) {
  object().append("more");
  expect_damaged();
}

TEST_F(ArchiveRestore, AnObjectThatIsNoGzipIsDamaged) {
  object() = "org,agent\r\n";
  expect_damaged();
}

TEST_F(ArchiveRestore, AManifestWithAnotherChecksumOfRowsIsNotTheOneThatWasNoted) {
  replace_in_manifest(archived_.sha256, std::string(64, 'a'));
  expect_damaged();
}

TEST_F(ArchiveRestore, AManifestWithAnotherCountIsDamaged) {
  replace_in_manifest("\"rows\": 9", "\"rows\": 8");
  expect_damaged();
}

TEST_F(ArchiveRestore, AManifestOfAnotherDayOrFormatOrNoneIsDamaged) {
  const std::string good = place_.objects.at(manifest_);
  for (const auto& [what, with] : {std::pair{"\"format\": 1", "\"format\": 2"},
                                   {"\"day\": \"2025-11-22\"", "\"day\": \"2025-11-21\""},
                                   {"\"rows\": 9", "\"rows\": \"nine\""},
                                   {"2025/11/2025-11-22-", "2025/11/../../2025-11-22-"},
                                   {"{", "["}}) {
    place_.objects[manifest_] = good;
    replace_in_manifest(what, with);
    EXPECT_EQ(restore().error().code, "archive_damaged") << with;
  }
  EXPECT_TRUE(store_.rows.empty());
}

TEST_F(ArchiveRestore, AnObjectThatIsGoneIsMissing) {
  place_.objects.erase(place_.objects.begin());
  EXPECT_EQ(restore().error().code, "archive_missing");
}

TEST_F(ArchiveRestore, ADayThatWasNeverArchivedIsMissing) {
  const auto restored = restore_day(store_, store_, store_, place_, day_ - std::chrono::days{1}, hold_until_);
  EXPECT_EQ(restored.error().code, "archive_missing");
}

TEST_F(ArchiveRestore, ADatabaseThatTakesNothingIsAnErrorAndTheDayComesBackLater) {
  store_.commits_failing = true;
  EXPECT_EQ(restore().error().code, "store_unavailable");
  store_.commits_failing = false;
  EXPECT_EQ(restore()->accepted, 9U);
}

TEST_F(ArchiveRestore, AFreshDatabaseLearnsWhichAgentsTheArchiveHolds) {
  FakeStore fresh;
  ASSERT_TRUE(restore_day(fresh, fresh, fresh, place_, day_, hold_until_));
  EXPECT_EQ(fresh.noted.at(day_).sha256, archived_.sha256);
  EXPECT_EQ(fresh.traces_of(agent("a1").key())->archived, std::vector{day_});
}

using ArchiveErase = ArchiveRestore;

TEST_F(ArchiveErase, TheAgentIsGoneAndItsNeighboursStay) {
  EXPECT_EQ(*erase_from_archive(store_, place_, agent("a1").key()), 1U);
  EXPECT_TRUE(store_.traces_of(agent("a1").key())->archived.empty());
  EXPECT_EQ(store_.noted.at(day_).rows, 6U);
  EXPECT_NE(store_.noted.at(day_).sha256, archived_.sha256);
  EXPECT_THAT(place_.objects, testing::SizeIs(2)) << "the object that held it is gone";
  ASSERT_TRUE(restore());
  EXPECT_EQ(store_.rows.size(), 6U);
  for (const auto& [key, position] : store_.rows) EXPECT_NE(std::get<1>(key), "a1");
}

TEST_F(ArchiveErase, TheSameIdInAnotherOrganisationStays) {
  FakeStore other;
  other.put({OrgId("acme"), TeamId("t"), AgentId("a1"), ""}, position_at(1));
  other.put({OrgId("beta"), TeamId("t"), AgentId("a1"), ""}, position_at(1));
  MemoryPlace place;
  ASSERT_TRUE(archive_day(other, place, day_));
  ASSERT_TRUE(erase_from_archive(other, place, {OrgId("acme"), AgentId("a1")}));
  EXPECT_EQ(other.noted.at(day_).rows, 1U);
  EXPECT_EQ(other.traces_of({OrgId("beta"), AgentId("a1")})->archived, std::vector{day_});
}

TEST_F(ArchiveErase, AnAgentThatIsInNoArchiveCostsNothing) {
  const auto asked = place_.asked;
  EXPECT_EQ(*erase_from_archive(store_, place_, agent("nobody").key()), 0U);
  EXPECT_EQ(place_.asked, asked);
}

TEST_F(ArchiveErase, CutOffAtAnyStepItIsDoneByTheNextCall) {
  const auto archived = place_.objects;
  const auto index = store_.index;
  std::size_t steps = 0;
  for (std::size_t step = 1;; ++step) {
    place_.objects = archived;
    store_.index = index;
    store_.noted[day_] = archived_;
    place_.asked = 0;
    place_.fails_at = step;
    const auto erased = erase_from_archive(store_, place_, agent("a1").key());
    place_.fails_at = 0;
    if (erased) break;
    steps = step;
    EXPECT_FALSE(store_.traces_of(agent("a1").key())->archived.empty()) << "it still knows of it at " << step;
    ASSERT_TRUE(erase_from_archive(store_, place_, agent("a1").key())) << step;
    EXPECT_TRUE(store_.traces_of(agent("a1").key())->archived.empty());
    EXPECT_THAT(place_.objects, testing::SizeIs(2));
    EXPECT_TRUE(verify_day(store_, place_, day_));
  }
  EXPECT_GE(steps, 8U);
}

TEST_F(ArchiveErase, AnArchiveThatIsDamagedOrGoneIsNotTakenForErased) {
  object().resize(20);
  EXPECT_EQ(erase_from_archive(store_, place_, agent("a1").key()).error().code, "archive_damaged");
  place_.objects.clear();
  EXPECT_EQ(erase_from_archive(store_, place_, agent("a1").key()).error().code, "archive_missing");
  EXPECT_FALSE(store_.traces_of(agent("a1").key())->archived.empty());
}

}  // namespace
}  // namespace fieldcast::archive
