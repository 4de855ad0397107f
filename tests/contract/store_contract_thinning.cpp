// Thinned teams: what history takes of their fixes, and that nothing else differs.
#include "contract/store_contract.hpp"

#include <gmock/gmock.h>
#include <random>

namespace fieldcast::store::contract {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t base_ms = 1'700'000'000'000;
constexpr double metres_per_degree = 111'195.08;

/// So many seconds after the base, so far north.
AgentPosition at(const AgentIdentityPtr& agent, double seconds_later, double north_m) {
  return make_position(agent, base_ms + static_cast<std::int64_t>(seconds_later * 1'000),
                       48 + north_m / metres_per_degree, 11);
}

class Rules {
 public:
  explicit Rules(std::unique_ptr<Keeper> keeper) : keeper_(std::move(keeper)) {}
  void set(const char* team, std::optional<Thinning> thinning) {
    const auto done = keeper_->set_rule({OrgId("acme"), TeamId(team), {}, {}, {}, {}, thinning});
    ASSERT_TRUE(done) << done.error().text;
  }

 private:
  std::unique_ptr<Keeper> keeper_;
};

Thinning every_25_m(std::int64_t after_s = 60) { return {25.F, std::nullopt, seconds{after_s}}; }

std::vector<double> seconds_of(const std::vector<Position>& positions) {
  std::vector<double> times;
  for (const Position& position : positions)
    times.push_back(static_cast<double>(to_unix_ms(position.fix.recorded_at) - base_ms) / 1'000);
  return times;
}

TEST_P(StoreContract, KeepsOfAThinnedTeamTheMovesAndSignsOfLife) {
  Rules(open_keeper()).set("north", every_25_m());
  const auto agent = make_agent("a1");
  const auto thinned = [&](double time, double north_m) {
    const WriteResult result = commit({at(agent, time, north_m)});
    EXPECT_EQ(result.accepted, 1U);
    EXPECT_EQ(last_known(agent).fix.recorded_at, at(agent, time, 0).position.fix.recorded_at);
    return result.thinned == 1;
  };
  EXPECT_FALSE(thinned(0, 0));
  EXPECT_TRUE(thinned(1, 24.9));
  EXPECT_FALSE(thinned(2, 25.1));
  EXPECT_TRUE(thinned(3, 1));
  EXPECT_TRUE(thinned(61.999, 1));
  EXPECT_FALSE(thinned(62, 25.1));
  EXPECT_THAT(seconds_of(history(agent)), ElementsAre(0, 2, 62));
  EXPECT_EQ(counts().positions, 3U);
  reopen();
  EXPECT_TRUE(thinned(63, 20)) << "another process knows what is stored";
}

TEST_P(StoreContract, ThinsWithinAGroupAsFixByFix) {
  Rules(open_keeper()).set("north", Thinning{25.F, 30.F, seconds{60}});
  const auto agent = make_agent("a1"), other = make_agent("a2");
  auto turned = at(agent, 4, 30), ahead = at(agent, 2, 30);
  turned.position.fix.heading_deg = 40;
  ahead.position.fix.heading_deg = 10;
  const WriteResult result = commit({at(agent, 6, 31), turned, at(other, 0, 0), at(agent, 5, 31), at(agent, 5, 80),
                                     at(agent, 1, 5), at(agent, 0, 0), ahead, at(agent, 3, 31), at(other, 1, 0)});
  EXPECT_EQ(result.accepted, 9U);
  EXPECT_EQ(result.duplicates, 1U) << "of one time the first counts, be it thinned";
  EXPECT_EQ(result.thinned, 5U);
  EXPECT_THAT(seconds_of(history(agent)), ElementsAre(0, 2, 4));
  EXPECT_THAT(seconds_of(history(other)), ElementsAre(0));
  EXPECT_EQ(to_unix_ms(last_known(agent).fix.recorded_at), base_ms + 6'000);
  EXPECT_EQ(to_unix_ms(last_known(other).fix.recorded_at), base_ms + 1'000);
}

TEST_P(StoreContract, ThinsTheTeamsThatAreSaidAndFromThenOn) {
  Rules rules(open_keeper());
  const auto north = make_agent("a1", "north"), south = make_agent("a2", "south"),
             elsewhere = make_agent("a1", "north", "globex");
  double time = 0;
  const auto thinned = [&] {
    std::vector<std::uint32_t> counts;
    for (const auto& agent : {north, south, elsewhere}) counts.push_back(commit({at(agent, time, 0)}).thinned);
    ++time;
    return counts;
  };
  EXPECT_THAT(thinned(), ElementsAre(0, 0, 0));
  rules.set("north", every_25_m());
  EXPECT_THAT(thinned(), ElementsAre(1, 0, 0));
  rules.set("", every_25_m());
  EXPECT_THAT(thinned(), ElementsAre(1, 1, 0));
  rules.set("north", Thinning{});
  EXPECT_THAT(thinned(), ElementsAre(0, 1, 0));
  rules.set("north", std::nullopt);
  EXPECT_THAT(thinned(), ElementsAre(1, 1, 0));
  rules.set("", std::nullopt);
  EXPECT_THAT(thinned(), ElementsAre(0, 0, 0));
}

TEST_P(StoreContract, ComparesALateFixWithWhatWasStoredBeforeIt) {
  Rules(open_keeper()).set("north", every_25_m());
  const auto agent = make_agent("a1");
  commit({at(agent, 0, 0), at(agent, 30, 100), at(agent, 40, 110), at(agent, 200, 100)});
  EXPECT_THAT(seconds_of(history(agent)), ElementsAre(0, 30, 200));
  EXPECT_EQ(commit({at(agent, 20, 10)}).thinned, 1U);
  EXPECT_EQ(commit({at(agent, 35, 130)}).thinned, 0U);
  EXPECT_EQ(commit({at(agent, 40, 110)}).thinned, 1U) << "20 m from what came late, 10 m from what it was thinned by";
  EXPECT_EQ(commit({at(agent, -1, 0)}).thinned, 0U) << "nothing is before it";
  EXPECT_EQ(commit({at(agent, 199, 100)}).thinned, 0U) << "nothing is within the minute before it";
  EXPECT_THAT(seconds_of(history(agent)), ElementsAre(-1, 0, 30, 35, 199, 200));
  EXPECT_EQ(to_unix_ms(last_known(agent).fix.recorded_at), base_ms + 200'000);
}

TEST_P(StoreContract, TakesRowsFromElsewhereWhole) {
  Rules(open_keeper()).set("north", every_25_m());
  WriteRequest request = make_request({at(make_agent("a1"), 0, 0), at(make_agent("a1"), 1, 0)});
  request.unthinned = true;
  WriteResult result;
  ASSERT_TRUE(writer_->commit({&request, 1}, {&result, 1}));
  EXPECT_EQ(result.thinned, 0U);
  EXPECT_THAT(seconds_of(history(make_agent("a1"))), ElementsAre(0, 1));
}

TEST_P(StoreContract, MarksNoHourForAThinnedFix) {
  Rules(open_keeper()).set("north", every_25_m());
  const Timestamp later = from_unix_ms(base_ms) + std::chrono::hours{5};
  const auto summariser = *engine_->open_summariser();
  commit({at(make_agent("a1"), 0, 0)});
  EXPECT_GT(*summariser->work(later, 10), 0U);
  EXPECT_EQ(commit({at(make_agent("a1"), 1, 0)}).thinned, 1U);
  EXPECT_EQ(*summariser->work(later, 10), 0U);
}

TEST_P(StoreContract, JudgesByTheDigitsThatAreStored) {
  Rules(open_keeper()).set("north", every_25_m());
  std::vector<AgentPosition> positions;
  for (int mm = -12; mm <= 12; ++mm) {
    const auto agent = make_agent(("a" + std::to_string(mm)).c_str());
    positions.push_back(at(agent, 0, 0.0044));  // 0.4 of a unit
    positions.push_back(at(agent, 1, 25.0044 + mm * 1e-3));
  }
  commit(positions);
  const auto stored = counts().positions;
  for (const AgentPosition& position : positions) commit({position});
  EXPECT_EQ(counts().positions, stored);
}

/// Somebody who walks, turns and stands, over midnight.
std::vector<AgentPosition> walk(const AgentIdentityPtr& agent, std::mt19937& random, int steps) {
  std::uniform_real_distribution<double> step(-9, 9);
  std::vector<AgentPosition> positions;
  double time = 0, north_m = 0;
  for (int i = 0; i < steps; ++i) {
    time += static_cast<double>(1 + random() % 40'000) / 1'000;
    positions.push_back(at(agent, time + 4'500, north_m += step(random)));
    Fix& fix = positions.back().position.fix;
    if (random() % 3 > 0) fix.heading_deg = static_cast<float>(random() % 3'600) / 10;
    if (random() % 3 > 0) fix.speed_mps = static_cast<float>(random() % 30) / 10;
  }
  return positions;
}

void swap_some(std::vector<AgentPosition>& positions, std::mt19937& random) {
  for (std::size_t i = 0; i < positions.size() / 5; ++i) {
    const std::size_t from = random() % positions.size();
    std::swap(positions[from], positions[std::min(from + random() % 200, positions.size() - 1)]);
  }
}

void write_in_groups(Writer& writer, const std::vector<AgentPosition>& positions, std::mt19937& random) {
  for (std::size_t from = 0; from < positions.size();) {
    const std::size_t to = std::min(from + 1 + random() % 90, positions.size());
    const WriteRequest request = make_request(
        {positions.begin() + static_cast<std::ptrdiff_t>(from), positions.begin() + static_cast<std::ptrdiff_t>(to)});
    WriteResult result;
    const auto committed = writer.commit({&request, 1}, {&result, 1});
    ASSERT_TRUE(committed) << committed.error().text;
    ASSERT_EQ(result.accepted + result.duplicates, to - from);
    from = to;
  }
}

TEST_P(StoreContract, AddsNothingToAThinnedHistoryThatComesAgain) {
  const auto seed = std::random_device{}();
  std::cout << "seed " << seed << '\n';
  std::mt19937 random(seed);
  Rules(open_keeper()).set("north", Thinning{20.F, 100.F, seconds{90}});
  std::vector<AgentPosition> positions;
  for (const char* name : {"a1", "a2", "a3"})
    for (const AgentPosition& one : walk(make_agent(name), random, 700)) positions.push_back(one);
  std::stable_sort(positions.begin(), positions.end(), [](const auto& a, const auto& b) {
    return a.position.fix.recorded_at < b.position.fix.recorded_at;
  });
  swap_some(positions, random);
  write_in_groups(*writer_, positions, random);
  const auto stored = counts().positions;
  EXPECT_LT(stored, positions.size() * 4 / 5);
  EXPECT_GT(stored, positions.size() / 20);

  const auto second_engine = database_->engine();
  const auto second = *second_engine->open_writer();
  for (Writer* writer : {writer_.get(), second.get()}) {
    swap_some(positions, random);
    write_in_groups(*writer, positions, random);
    EXPECT_EQ(counts().positions, stored);
  }
}

}  // namespace
}  // namespace fieldcast::store::contract
