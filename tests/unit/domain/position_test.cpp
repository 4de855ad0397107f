#include "fieldcast/domain/position.hpp"

#include "fieldcast/domain/presence_state.hpp"

#include <gtest/gtest.h>
#include <numbers>

namespace fieldcast {
namespace {

constexpr double half_meridian_m = std::numbers::pi * 6'371'008.8;

TEST(Activity, ReadsWhatItWrites) {
  for (const Activity activity : {Activity::unknown, Activity::stationary, Activity::walking, Activity::running,
                                  Activity::cycling, Activity::driving}) {
    EXPECT_EQ(activity_from(to_string(activity)), activity);
  }
  EXPECT_EQ(to_string(Activity::unknown), "");
  EXPECT_EQ(to_string(Activity::cycling), "cycling");
}

TEST(Activity, IsUnknownForAnyOtherText) {
  for (const char* text : {"flying", "Driving", "driving ", "drivin"})
    EXPECT_EQ(activity_from(text), Activity::unknown);
}

TEST(PresenceState, HasAName) {
  EXPECT_EQ(to_string(PresenceState::online), "online");
  EXPECT_EQ(to_string(PresenceState::parked), "parked");
  EXPECT_EQ(to_string(PresenceState::silent), "silent");
  EXPECT_EQ(to_string(PresenceState::offline), "offline");
}

TEST(Distance, IsThatOfTheSphere) {
  EXPECT_DOUBLE_EQ(distance_m({12.97, 77.59}, {12.97, 77.59}), 0);
  EXPECT_NEAR(distance_m({0, 0}, {0, 1}), half_meridian_m / 180, 1e-6);
  EXPECT_NEAR(distance_m({0, 0}, {90, 0}), half_meridian_m / 2, 1e-6);
  // Bengaluru to Mumbai, by an independent computation.
  EXPECT_NEAR(distance_m({12.9716, 77.5946}, {19.0760, 72.8777}), 845'000, 1'000);
}

TEST(Distance, CrossesTheAntimeridianAndThePole) {
  EXPECT_NEAR(distance_m({0, 179.5}, {0, -179.5}), half_meridian_m / 180, 1e-6);
  EXPECT_NEAR(distance_m({89, 0}, {89, 180}), half_meridian_m / 90, 1e-6);
  EXPECT_NEAR(distance_m({0, 180}, {0, -180}), 0, 1e-6);
}

TEST(Distance, OfOppositePointsIsANumber) {
  for (double latitude = -90; latitude <= 90; latitude += 0.37) {
    for (double longitude = -180; longitude <= 0; longitude += 1.3) {
      const double distance = distance_m({latitude, longitude}, {-latitude, longitude + 180});
      ASSERT_NEAR(distance, half_meridian_m, 1) << latitude << ' ' << longitude;
    }
  }
}

TEST(Viewport, HoldsItsEdges) {
  const Viewport view{77, 12, 78, 13};
  EXPECT_TRUE(view.contains({12.5, 77.5}));
  EXPECT_TRUE(view.contains({12, 77}));
  EXPECT_TRUE(view.contains({13, 78}));
  EXPECT_FALSE(view.contains({11.999, 77.5}));
  EXPECT_FALSE(view.contains({13.001, 77.5}));
  EXPECT_FALSE(view.contains({12.5, 76.999}));
  EXPECT_FALSE(view.contains({12.5, 78.001}));
}

TEST(Viewport, MayCrossTheAntimeridian) {
  const Viewport fiji{176, -20, -178, -15};
  EXPECT_TRUE(fiji.contains({-17, 179}));
  EXPECT_TRUE(fiji.contains({-17, -179}));
  EXPECT_TRUE(fiji.contains({-17, 180}));
  EXPECT_TRUE(fiji.contains({-17, -180}));
  EXPECT_FALSE(fiji.contains({-17, 0}));
  EXPECT_FALSE(fiji.contains({-17, 175}));
}

TEST(Viewport, TakesTheTwoNamesOfTheAntimeridianAsOne) {
  EXPECT_TRUE((Viewport{170, -20, 180, -15}.contains({-17, -180})));
  EXPECT_TRUE((Viewport{-180, -20, -170, -15}.contains({-17, 180})));
  EXPECT_FALSE((Viewport{-179, -20, -170, -15}.contains({-17, 180})));
}

TEST(Viewport, HoldsNothingThatIsNotANumber) {
  const Viewport world{-180, -90, 180, 90};
  EXPECT_TRUE(world.contains({90, 180}));
  EXPECT_FALSE(world.contains(Coordinates{}));
  EXPECT_FALSE(world.contains({0, std::numeric_limits<double>::quiet_NaN()}));
}

}  // namespace
}  // namespace fieldcast
