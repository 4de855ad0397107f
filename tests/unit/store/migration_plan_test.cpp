#include "fieldcast/store/migration_plan.hpp"

#include <gmock/gmock.h>

namespace fieldcast::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Migration ours[] = {{1, "initial", "CREATE 1"}, {2, "more", "CREATE 2"}, {12'345, "far", "CREATE 3"}};

std::vector<std::int64_t> versions_missing(AppliedMigrations applied) {
  const auto missing = missing_migrations(ours, std::move(applied));
  EXPECT_TRUE(missing) << missing.error().text;
  std::vector<std::int64_t> versions;
  for (const Migration& migration : *missing) versions.push_back(migration.version);
  return versions;
}

TEST(MigrationPlan, NamesAMigrationAsItsFile) {
  EXPECT_EQ(label_of(ours[0]), "0001_initial");
  EXPECT_EQ(label_of(ours[2]), "12345_far");
}

TEST(MigrationPlan, RunsWhatIsMissingInOrder) {
  EXPECT_THAT(versions_missing({}), ElementsAre(1, 2, 12'345));
  EXPECT_THAT(versions_missing({{2, checksum_of("CREATE 2")}}), ElementsAre(1, 12'345));
  EXPECT_THAT(
      versions_missing({{1, checksum_of("CREATE 1")}, {2, checksum_of("CREATE 2")}, {12'345, checksum_of("CREATE 3")}}),
      IsEmpty());
}

TEST(MigrationPlan, RefusesOneThatWasAppliedInAnotherForm) {
  const auto missing = missing_migrations(ours, {{1, checksum_of("CREATE 1 ")}});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, "schema_unusable");
  EXPECT_THAT(missing.error().text, HasSubstr("0001_initial"));
}

TEST(MigrationPlan, RefusesOneThatItDoesNotKnow) {
  const auto missing = missing_migrations(ours, {{3, "x"}});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, "schema_unusable");
}

TEST(MigrationPlan, TellsWhichWereAppliedLaterThanOurs) {
  AppliedMigrations applied = {
      {1, checksum_of("CREATE 1")}, {2, checksum_of("CREATE 2")}, {12'345, checksum_of("CREATE 3")}};
  EXPECT_THAT(*unknown_migrations(ours, applied), IsEmpty());
  applied.insert({{12'346, "x"}, {20'000, "y"}});
  EXPECT_THAT(*unknown_migrations(ours, applied), ElementsAre(12'346, 20'000));
  EXPECT_THAT(*unknown_migrations(ours, {}), IsEmpty());
}

TEST(MigrationPlan, WorksOnNoLaterSchemaThatIsNotBuiltOnOurs) {
  const AppliedMigrations all = {
      {1, checksum_of("CREATE 1")}, {2, checksum_of("CREATE 2")}, {12'345, checksum_of("CREATE 3")}, {12'346, "x"}};
  AppliedMigrations changed = all, left_out = all, between = all;
  changed[2] = "other";
  left_out.erase(2);
  between[3] = "x";
  for (const auto& applied : {changed, left_out, between}) {
    const auto unknown = unknown_migrations(ours, applied);
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().code, "schema_unusable");
  }
}

/// Databases hold these: they must never change.
TEST(MigrationPlan, KeepsItsChecksums) {
  EXPECT_EQ(checksum_of(""), "cbf29ce484222325");
  EXPECT_EQ(checksum_of("a"), "af63dc4c8601ec8c");
}

}  // namespace
}  // namespace fieldcast::store
