#include "fieldcast/simulate/movement.hpp"

#include <gtest/gtest.h>
#include <set>

namespace fieldcast::simulate {
namespace {

constexpr std::array<double, 4> intervals_s{0.2, 1, 5, 60};

TEST(Mover, WalksTheSamePathForTheSameSeed) {
  for (const Town& town : default_towns()) {
    Mover one(town, 7);
    Mover other(town, 7);
    Mover third(town, 8);
    bool differs = false;
    for (int i = 0; i < 200; ++i) {
      const Fix a = one.step(5);
      const Fix b = other.step(5);
      const Fix c = third.step(5);
      EXPECT_EQ(a.at.latitude_deg, b.at.latitude_deg);
      EXPECT_EQ(a.at.longitude_deg, b.at.longitude_deg);
      EXPECT_EQ(a.battery, b.battery);
      differs = differs || a.at.latitude_deg != c.at.latitude_deg;
    }
    EXPECT_TRUE(differs);
  }
}

TEST(Mover, NeverMovesFasterThanACarNorChangesItsSpeedFasterThanOne) {
  for (const double interval_s : intervals_s) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      SCOPED_TRACE(seed);
      Mover mover(default_towns()[seed % 3], seed);
      Coordinates before = mover.true_place();
      double speed_before = mover.true_speed_mps();
      for (int i = 0; i < 300; ++i) {
        const Fix fix = mover.step(interval_s);
        EXPECT_LE(distance_m(before, mover.true_place()), speed_max_mps * interval_s * 1.01 + 0.01);
        EXPECT_LE(std::abs(mover.true_speed_mps() - speed_before), acceleration_max_mps2 * interval_s + 1e-9);
        EXPECT_GE(fix.speed_mps, 0.0F);
        EXPECT_LE(distance_m(fix.at, mover.true_place()), static_cast<double>(fix.accuracy_m) * 2);
        before = mover.true_place();
        speed_before = mover.true_speed_mps();
      }
    }
  }
}

TEST(Mover, ReportsOnlyWhatAPhoneCanReport) {
  Mover mover(default_towns()[0], 3);
  for (int i = 0; i < 20'000; ++i) {
    const Fix fix = mover.step(10);
    EXPECT_LE(std::abs(fix.at.latitude_deg), 90);
    EXPECT_LE(std::abs(fix.at.longitude_deg), 180);
    EXPECT_GE(fix.accuracy_m, 3.0F);
    EXPECT_LE(fix.accuracy_m, 25.0F);
    EXPECT_GT(fix.battery, 0.0F);
    EXPECT_LE(fix.battery, 1.0F);
    if (known(fix.heading_deg)) {
      EXPECT_GE(fix.heading_deg, 0.0F);
      EXPECT_LT(fix.heading_deg, 360.0F);
    }
    EXPECT_NE(fix.activity, Activity::unknown);
  }
}

TEST(Mover, StaysAroundItsTown) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const Town& town = default_towns()[seed % 3];
    Mover mover(town, seed);
    for (int i = 0; i < 10'000; ++i) {
      mover.step(5);
      ASSERT_LT(distance_m(mover.true_place(), town.centre), town.radius_m * 1.5) << "seed " << seed << " step " << i;
    }
  }
}

TEST(Mover, StandsWalksAndDrives) {
  Mover mover(default_towns()[1], 11);
  std::set<Gait> seen;
  double fastest = 0;
  int standing = 0;
  for (int i = 0; i < 20'000; ++i) {
    mover.step(5);
    seen.insert(mover.gait());
    fastest = std::max(fastest, mover.true_speed_mps());
    if (mover.gait() == Gait::standing && mover.true_speed_mps() == 0) ++standing;
  }
  EXPECT_EQ(seen.size(), 3u);
  EXPECT_GT(fastest, 8);
  EXPECT_GT(standing, 2'000);
}

TEST(Mover, CopesWithTheEdgesOfTheMap) {
  const Town pole{"pole", {89.99, 179.99}, 1'000};
  Mover mover(pole, 1);
  for (int i = 0; i < 1'000; ++i) EXPECT_TRUE(std::isfinite(mover.step(30).at.longitude_deg));
}

TEST(PersonName, DoesNotRepeatBeforeEveryPairWasUsed) {
  std::set<std::string> names;
  for (std::uint64_t i = 0; i < 32u * 28; ++i) names.insert(person_name(i));
  EXPECT_EQ(names.size(), 32u * 28);
  EXPECT_EQ(person_name(5), person_name(5));
}

TEST(Random, StaysInItsBoundsAndHasItsMeans) {
  Random random(42);
  double sum = 0;
  double square_sum = 0;
  double wait_sum = 0;
  constexpr int draws = 100'000;
  for (int i = 0; i < draws; ++i) {
    const double uniform = random.uniform();
    ASSERT_GE(uniform, 0);
    ASSERT_LT(uniform, 1);
    const double bell = random.bell();
    ASSERT_LE(std::abs(bell), 3.5);
    sum += bell;
    square_sum += bell * bell;
    wait_sum += random.exponential(10);
  }
  EXPECT_NEAR(sum / draws, 0, 0.02);
  EXPECT_NEAR(square_sum / draws, 1, 0.02);
  EXPECT_NEAR(wait_sum / draws, 10, 0.2);
}

}  // namespace
}  // namespace fieldcast::simulate
