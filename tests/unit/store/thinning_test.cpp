// Which fixes of a thinned team go into history.
#include "fieldcast/store/thinning.hpp"

#include <gmock/gmock.h>
#include <random>
#include <set>

namespace fieldcast::store {
namespace {

using testing::ElementsAre;

constexpr Timestamp noon = from_unix_ms(1'700'000'000'000);
constexpr double metres_per_degree = 6'371'008.8 * 3.14159265358979323846 / 180;

Thinning thinning(std::optional<float> distance_m, std::optional<float> heading_deg, std::int64_t after_s) {
  return {distance_m, heading_deg, seconds{after_s}};
}

/// So far north of one place, so many milliseconds after noon.
Waypoint point(std::int64_t ms, double north_m = 0, float heading_deg = unknown_value,
               float speed_mps = unknown_value) {
  return waypoint(noon + milliseconds{ms}, {48 + north_m / metres_per_degree, 11}, speed_mps, heading_deg);
}

TEST(StoreThinning, TakesADistanceForAMoveFromItsBoundOn) {
  const Thinning rule = thinning(25.F, {}, 300);
  EXPECT_FALSE(is_move(rule, point(0), point(1'000, 24.98)));
  EXPECT_TRUE(is_move(rule, point(0), point(1'000, 25.02)));
  EXPECT_TRUE(is_move(rule, point(0), point(1'000, -25.02)));
  const Waypoint west{noon, {0, 179.9999}}, east{noon, {0, -179.9999}};  // 22 m over the antimeridian
  EXPECT_FALSE(is_move(rule, west, east));
  EXPECT_TRUE(is_move(thinning(22.F, {}, 300), west, east));
}

TEST(StoreThinning, TakesATurnForAMoveFromItsBoundOnOverNorthToo) {
  const Thinning rule = thinning({}, 30.F, 300);
  const auto turns = [&](float from_deg, float to_deg) {
    return is_move(rule, point(0, 0, from_deg), point(1'000, 0, to_deg));
  };
  EXPECT_FALSE(turns(10, 39.9F));
  EXPECT_TRUE(turns(10, 40));
  EXPECT_TRUE(turns(40, 10));
  EXPECT_FALSE(turns(350, 19));
  EXPECT_TRUE(turns(350, 20));
  EXPECT_TRUE(turns(0, 180));
  EXPECT_FALSE(is_move(thinning(25.F, {}, 300), point(0, 0, 0), point(1'000, 0, 180))) << "headings do not count";
}

TEST(StoreThinning, BelievesNoHeadingOfWhatStandsOrHasNone) {
  const Thinning rule = thinning({}, 30.F, 300);
  EXPECT_FALSE(is_move(rule, point(0, 0, 0), point(1'000, 0)));
  EXPECT_FALSE(is_move(rule, point(0), point(1'000, 0, 90)));
  EXPECT_FALSE(is_move(rule, point(0, 0, 0, 8), point(1'000, 0, 90, 0.9F)));
  EXPECT_FALSE(is_move(rule, point(0, 0, 0, 0), point(1'000, 0, 90, 8)));
  EXPECT_TRUE(is_move(rule, point(0, 0, 0, 1), point(1'000, 0, 90, 1)));
}

TEST(StoreThinning, TakesTheFirstFixAndOneEverySoOften) {
  const Thinning rule = thinning(25.F, {}, 10);
  Thinner thinner(rule, {});
  EXPECT_TRUE(thinner.takes(point(0)));
  EXPECT_FALSE(thinner.takes(point(9'999)));
  EXPECT_TRUE(thinner.takes(point(10'000)));
  EXPECT_FALSE(thinner.takes(point(19'999)));
}

TEST(StoreThinning, ComparesANewFixWithTheNearestStoredOne) {
  const Thinning rule = thinning(25.F, {}, 300);
  Thinner thinner(rule, {noon, {point(-2'000, 100), point(-1'000, 0)}});
  EXPECT_FALSE(thinner.takes(point(1'000, 20)));
  EXPECT_TRUE(thinner.takes(point(2'000, 30))) << "creeping adds up";
  EXPECT_TRUE(thinner.takes(point(3'000, 0))) << "a way back is a way";
}

TEST(StoreThinning, ComparesALateFixWithEveryStoredOneBeforeIt) {
  const Thinning rule = thinning(25.F, {}, 10);
  Thinner thinner(rule, {noon, {point(-12'000, 0), point(-8'000, 50), point(-1'000, 500)}});
  EXPECT_FALSE(thinner.takes(point(-7'000, 10))) << "no move from the older one";
  EXPECT_TRUE(thinner.takes(point(-6'000, 90)));
  EXPECT_FALSE(thinner.takes(point(-5'000, 95))) << "no move from the late one that was stored";
  EXPECT_TRUE(thinner.takes(point(-2'000, 10))) << "the older one lies too far back";
  EXPECT_FALSE(thinner.takes(point(0, 510))) << "as new as the newest is late";
}

TEST(StoreThinning, TakesWhatIsStoredAndAgainLate) {
  const Thinning rule = thinning(25.F, {}, 300);
  Thinner thinner(rule, {noon, {point(-2'000, 0), point(-1'000, 100)}});
  EXPECT_TRUE(thinner.takes(point(-1'000, 100)));
  EXPECT_TRUE(thinner.takes(point(-2'000, 0)));
}

TEST(StoreThinning, TakesAllForLateWhereNobodyKnowsWhatCame) {
  const Thinning rule = thinning(25.F, {}, 300);
  Thinner thinner(rule, {std::nullopt, {point(-2'000, 0), point(-1'000, 100)}});
  EXPECT_FALSE(thinner.takes(point(1'000, 5))) << "it may have been thinned before the later one came";
}

ThinningRules::Rule rule_of(const char* org, const char* team, Thinning thinning) {
  return {OrgId(org), TeamId(team), thinning};
}
AgentIdentity agent_of(const char* org, const char* team) { return {OrgId(org), TeamId(team), AgentId("a"), ""}; }

TEST(StoreThinningRules, PreferATeamsRuleToItsOrganisations) {
  ThinningRules rules(seconds{10});
  EXPECT_FALSE(rules.any());
  rules.replace({rule_of("acme", "", thinning(25.F, {}, 60)), rule_of("acme", "own", thinning(5.F, {}, 60)),
                 rule_of("acme", "all", {})});
  ASSERT_TRUE(rules.any());
  EXPECT_EQ(rules.of(agent_of("acme", "own"))->distance_m, 5.F);
  EXPECT_EQ(rules.of(agent_of("acme", "other"))->distance_m, 25.F);
  EXPECT_EQ(rules.of(agent_of("acme", "all")), nullptr);
  EXPECT_EQ(rules.of(agent_of("globex", "own")), nullptr);
  rules.replace({rule_of("acme", "all", {})});
  EXPECT_FALSE(rules.any());
}

TEST(StoreThinningRules, BoundHowFarBackIsLooked) {
  ThinningRules rules(seconds{10});
  rules.replace({rule_of("acme", "a", {25.F, {}, {}}), rule_of("acme", "b", thinning({}, {}, 0)),
                 rule_of("acme", "c", thinning({}, {}, 1'000'000))});
  EXPECT_EQ(rules.of(agent_of("acme", "a"))->after, thinning_after_max);
  EXPECT_EQ(rules.of(agent_of("acme", "b"))->after, seconds{1});
  EXPECT_EQ(rules.of(agent_of("acme", "c"))->after, thinning_after_max);
}

TEST(StoreThinningRules, AreDueAtOnceAndThenAsOftenAsSaid) {
  ThinningRules rules(seconds{10});
  const SteadyTime begin = std::chrono::steady_clock::now();
  EXPECT_TRUE(rules.are_due(begin));
  EXPECT_FALSE(rules.are_due(begin + milliseconds{9'999}));
  EXPECT_TRUE(rules.are_due(begin + seconds{10}));
  EXPECT_FALSE(rules.are_due(begin + seconds{11}));
}

struct Row {
  std::int64_t agent_id;
  const AgentPosition* position;
  bool thinned = false;
};

TEST(StoreThinningStretches, PartAgentsAndWhatLiesFarApart) {
  ThinningRules rules(seconds{10});
  rules.replace({rule_of("acme", "thin", thinning(25.F, {}, 10))});
  const auto thin = std::make_shared<const AgentIdentity>(agent_of("acme", "thin"));
  const auto other = std::make_shared<const AgentIdentity>(agent_of("acme", "other"));
  std::vector<AgentPosition> positions;
  for (const auto& [agent, ms] : std::vector<std::pair<AgentIdentityPtr, int>>{
           {thin, 0}, {thin, 9'999}, {thin, 19'999}, {other, 0}, {other, 5'000}, {thin, 5'000}}) {
    positions.push_back({agent, {}});
    positions.back().position.fix.recorded_at = noon + milliseconds{ms};
  }
  std::vector<Row> rows;
  constexpr std::int64_t ids[] = {1, 1, 1, 2, 2, 3};
  for (std::size_t i = 0; i < positions.size(); ++i) rows.push_back({ids[i], &positions[i]});
  std::vector<std::pair<std::size_t, std::size_t>> found;
  const auto stretches = stretches_of(rows, rules);
  for (const Stretch& stretch : stretches) found.emplace_back(stretch.begin, stretch.end);
  EXPECT_THAT(found, ElementsAre(std::pair(0, 2), std::pair(2, 3), std::pair(5, 6)));
  EXPECT_EQ(stretches.at(0).since, noon - seconds{10});
  EXPECT_EQ(stretches.at(0).last, noon + milliseconds{9'999});
}

/// A history in memory, written group by group as an engine does.
class Memory {
 public:
  explicit Memory(const Thinning& rule) { rules_.replace({rule_of("acme", "thin", rule)}); }

  void commit(std::vector<AgentPosition> positions) {
    const auto time = [](const auto& one) { return one.position.fix.recorded_at; };
    std::stable_sort(positions.begin(), positions.end(),
                     [&](const auto& a, const auto& b) { return time(a) < time(b); });
    std::vector<Row> rows;
    for (const AgentPosition& position : positions) rows.push_back({1, &position});
    for (const Stretch& stretch : stretches_of(rows, rules_)) {
      Past past{newest_, {}};
      for (auto at = stored_.upper_bound(stretch.since); at != stored_.end() && at->first <= stretch.last; ++at)
        past.stored.push_back(at->second);
      if (newest_ && stretch.first > *newest_ && past.stored.size() > 1)
        past.stored.erase(past.stored.begin(), past.stored.end() - 1);
      judge(stretch, std::move(past), rows);
    }
    for (const Row& row : rows) {
      if (!row.thinned) stored_.try_emplace(time(*row.position), waypoint_of(row.position->position.fix));
      newest_ = std::max(newest_.value_or(Timestamp::min()), time(*row.position));
    }
  }
  std::size_t size() const { return stored_.size(); }

 private:
  ThinningRules rules_{seconds{10}};
  std::map<Timestamp, Waypoint> stored_;
  std::optional<Timestamp> newest_;
};

/// So many steps of somebody who walks, turns and stands, one every few seconds.
std::vector<AgentPosition> walk(std::mt19937& random, int steps) {
  const auto agent = std::make_shared<const AgentIdentity>(agent_of("acme", "thin"));
  std::uniform_real_distribution<double> step(-8, 8);
  std::vector<AgentPosition> positions;
  double north_m = 0, east_m = 0;
  Timestamp time = noon;
  for (int i = 0; i < steps; ++i) {
    AgentPosition one{agent, {}};
    time += milliseconds{1 + random() % 6'000};
    one.position.fix.at = {48 + (north_m += step(random)) / metres_per_degree,
                           11 + (east_m += step(random)) / metres_per_degree};
    one.position.fix.recorded_at = time;
    one.position.fix.heading_deg = static_cast<float>(random() % 360);
    one.position.fix.speed_mps = static_cast<float>(random() % 4);
    positions.push_back(one);
  }
  return positions;
}

void commit_in_groups(Memory& memory, const std::vector<AgentPosition>& positions, std::mt19937& random) {
  for (std::size_t from = 0; from < positions.size();) {
    const std::size_t to = std::min(from + 1 + random() % 50, positions.size());
    memory.commit(
        {positions.begin() + static_cast<std::ptrdiff_t>(from), positions.begin() + static_cast<std::ptrdiff_t>(to)});
    from = to;
  }
}

/// Some come late: swapped over a few places, or (rarely) over many.
void disturb(std::vector<AgentPosition>& positions, std::mt19937& random) {
  for (std::size_t i = 0; i < positions.size() / 4; ++i) {
    const std::size_t reach = random() % 10 == 0 ? positions.size() : 20, at = random() % positions.size();
    std::swap(positions[at], positions[std::min(at + random() % reach, positions.size() - 1)]);
  }
}

TEST(StoreThinning, AddsNothingWhenEverythingComesAgainInAnyOrderAndGroups) {
  const auto seed = std::random_device{}();
  std::cout << "seed " << seed << '\n';
  std::mt19937 random(seed);
  for (int round = 0; round < 60; ++round) {
    const Thinning rule = thinning(round % 3 == 0 ? std::nullopt : std::optional(25.F),
                                   round % 2 == 0 ? std::nullopt : std::optional(100.F), 5 + round);
    Memory memory(rule);
    std::vector<AgentPosition> positions = walk(random, 400);
    if (round % 4 != 0) disturb(positions, random);
    commit_in_groups(memory, positions, random);
    const std::size_t stored = memory.size();
    EXPECT_LT(stored, positions.size());
    EXPECT_GT(stored, 1U);
    for (int replay = 0; replay < 4; ++replay) {
      disturb(positions, random);
      commit_in_groups(memory, positions, random);
      ASSERT_EQ(memory.size(), stored) << "round " << round << ", replay " << replay;
    }
  }
}

}  // namespace
}  // namespace fieldcast::store
