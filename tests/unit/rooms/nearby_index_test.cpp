#include "fieldcast/rooms/nearby_index.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <random>

namespace fieldcast::rooms {
namespace {

const std::function<bool(SlotIndex)> everybody;

/// An index beside the plain list that it is compared with.
struct Field {
  NearbyIndex index;
  std::map<SlotIndex, Coordinates> agents;

  void put(SlotIndex slot, Coordinates at) {
    index.put(slot, at);
    agents[slot] = at;
  }
  void erase(SlotIndex slot) {
    index.erase(slot);
    agents.erase(slot);
  }
  std::vector<Neighbour> by_hand(Coordinates at, double radius_m, std::size_t limit,
                                 const std::function<bool(SlotIndex)>& keep) const {
    std::vector<Neighbour> all;
    for (const auto& [slot, place] : agents) {
      const double away_m = distance_m(at, place);
      if (away_m <= radius_m && (!keep || keep(slot))) all.push_back({slot, away_m});
    }
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.distance_m < b.distance_m; });
    if (all.size() > limit) all.resize(limit);
    return all;
  }
  /// Distances decide: two agents at the same distance may stand in any order.
  void compare(Coordinates at, double radius_m, std::size_t limit, const std::function<bool(SlotIndex)>& keep) {
    SCOPED_TRACE(testing::Message() << at.latitude_deg << " " << at.longitude_deg << " within " << radius_m);
    const auto expected = by_hand(at, radius_m, limit, keep);
    const auto found = index.nearest(at, radius_m, limit, keep);
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      ASSERT_NEAR(found[i].distance_m, expected[i].distance_m, expected[i].distance_m > 1.9e7 ? 1 : 1e-5);
      ASSERT_EQ(found[i].distance_m, distance_m(at, agents.at(found[i].slot)));
      ASSERT_TRUE(!keep || keep(found[i].slot));
    }
  }
};

class Scatter {
 public:
  explicit Scatter(std::uint32_t seed) : random_(seed) {}
  double between(double low, double high) { return std::uniform_real_distribution<>(low, high)(random_); }
  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(random_() % bound); }
  Coordinates anywhere() { return {std::asin(between(-1, 1)) * 180 / 3.141592653589793, between(-180, 180)}; }
  Coordinates around(Coordinates centre, double spread_deg) {
    const double latitude = std::clamp(centre.latitude_deg + between(-spread_deg, spread_deg), -90.0, 90.0);
    double longitude = centre.longitude_deg + between(-spread_deg, spread_deg) * 2;
    if (longitude > 180) longitude -= 360;
    if (longitude < -180) longitude += 360;
    return {latitude, longitude};
  }

 private:
  std::mt19937 random_;
};

std::uint32_t some_seed() { return std::random_device{}(); }
double some_radius_m(Scatter& scatter) { return std::pow(10, scatter.between(0, 7.302)); }

TEST(NearbyIndex, FindsNobodyWhereNobodyIs) {
  NearbyIndex index;
  EXPECT_TRUE(index.nearest({0, 0}, 1e9, 10, everybody).empty());
  index.put(3, {10, 10});
  EXPECT_TRUE(index.nearest({0, 0}, 1'000, 10, everybody).empty());
  EXPECT_TRUE(index.nearest({10, 10}, 1'000, 0, everybody).empty());
  EXPECT_EQ(index.nearest({10, 10}, 0, 10, everybody).size(), 1u);
  EXPECT_TRUE(index.nearest({10, 10}, -1, 10, everybody).empty());
  EXPECT_TRUE(index.nearest({10, 10}, std::nan(""), 10, everybody).empty());
}

TEST(NearbyIndex, FollowsAnAgentAndForgetsIt) {
  NearbyIndex index;
  index.put(0, {10, 10});
  index.put(1, {10, 10});
  index.put(0, {20, 20});
  EXPECT_EQ(index.size(), 2u);
  ASSERT_EQ(index.nearest({20, 20}, 10, 5, everybody).size(), 1u);
  EXPECT_EQ(index.nearest({10, 10}, 10, 5, everybody).front().slot, 1u);
  index.erase(1);
  index.erase(1);
  index.erase(77);
  EXPECT_EQ(index.size(), 1u);
  EXPECT_TRUE(index.nearest({10, 10}, 10, 5, everybody).empty());
}

TEST(NearbyIndex, AgreesWithAComparisonOfAllOverTheGlobe) {
  const auto seed = some_seed();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Scatter scatter(seed);
  Field field;
  for (SlotIndex slot = 0; slot < 2'000; ++slot) field.put(slot, scatter.anywhere());
  for (int i = 0; i < 400; ++i) {
    ASSERT_NO_FATAL_FAILURE(
        field.compare(scatter.anywhere(), some_radius_m(scatter), 1 + scatter.below(40), everybody));
  }
}

TEST(NearbyIndex, AgreesInAPackedPlaceWhereverThatIs) {
  const auto seed = some_seed();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Scatter scatter(seed);
  const std::array<Coordinates, 9> places{
      {{52.5, 13.4}, {0, 180}, {0, -180}, {-17, 179.99}, {66, -179.9}, {90, 0}, {-90, 0}, {89.95, 120}, {-89.7, -60}}};
  for (const Coordinates centre : places) {
    Field field;
    for (SlotIndex slot = 0; slot < 1'500; ++slot) field.put(slot, scatter.around(centre, 0.3));
    for (int i = 0; i < 200; ++i) {
      const Coordinates from = scatter.around(centre, 0.35);
      ASSERT_NO_FATAL_FAILURE(field.compare(from, some_radius_m(scatter), 1 + scatter.below(60), everybody));
    }
    ASSERT_NO_FATAL_FAILURE(field.compare(centre, 5'000, 20, everybody));
  }
}

TEST(NearbyIndex, AgreesWhileAgentsMoveComeAndGoAndSomeAreLeftOut) {
  const auto seed = some_seed();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Scatter scatter(seed);
  Field field;
  const Coordinates centre{-33.9, 18.4};
  const std::function<bool(SlotIndex)> third = [](SlotIndex slot) { return slot % 3 == 0; };
  for (int step = 0; step < 20'000; ++step) {
    const SlotIndex slot = scatter.below(500);
    if (scatter.below(10) == 0) {
      field.erase(slot);
    } else {
      field.put(slot, scatter.around(centre, scatter.below(20) == 0 ? 40 : 0.05));
    }
    ASSERT_EQ(field.index.size(), field.agents.size());
    if (step % 20 == 0) {
      ASSERT_NO_FATAL_FAILURE(field.compare(scatter.around(centre, 0.1), some_radius_m(scatter), 10, third));
    }
  }
}

TEST(NearbyIndex, TakesWhatLiesOnTheEdgeAsWithin) {
  NearbyIndex index;
  index.put(0, {0.009, 0});
  const double away_m = distance_m({0, 0}, {0.009, 0});
  EXPECT_EQ(index.nearest({0, 0}, away_m, 1, everybody).size(), 1u);
  EXPECT_TRUE(index.nearest({0, 0}, std::nextafter(away_m, 0), 1, everybody).empty());
}

}  // namespace
}  // namespace fieldcast::rooms
