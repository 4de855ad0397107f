// Several engines on one database, as several processes are.
#include "contract/store_contract.hpp"

#include <algorithm>
#include <gmock/gmock.h>
#include <random>
#include <thread>

namespace fieldcast::store::contract {
namespace {

using testing::SizeIs;

constexpr std::int64_t base_ms = 1'700'000'000'000;

std::vector<AgentPosition> overlapping_positions(std::uint32_t seed, int agents, std::size_t positions) {
  std::mt19937 random(seed);
  std::vector<AgentPosition> batch;
  for (std::size_t i = 0; i < positions; ++i) {
    const std::string agent = "a" + std::to_string(random() % static_cast<unsigned>(agents));
    batch.push_back(make_position(make_agent(agent.c_str(), random() % 2 == 0 ? "north" : "south"),
                                  base_ms + static_cast<std::int64_t>(random() % 20)));
  }
  return batch;
}

TEST_P(StoreContract, CountsAFixThatTwoEnginesTookOnce) {
  const auto second_engine = database_->engine();
  const auto second = second_engine->open_writer();
  ASSERT_TRUE(second) << second.error().text;
  constexpr int rounds = 50, fixes = 10;
  std::atomic<std::uint32_t> accepted{0}, duplicates{0};
  const auto write = [&](Writer& writer) {
    const auto agent = make_agent("a1");
    for (int round = 0; round < rounds; ++round) {
      std::vector<AgentPosition> positions;
      for (int i = 0; i < fixes; ++i) positions.push_back(make_position(agent, base_ms + round * fixes + i));
      const WriteRequest request = make_request(std::move(positions));
      WriteResult result;
      const auto committed = writer.commit({&request, 1}, {&result, 1});
      ASSERT_TRUE(committed) << committed.error().text;
      accepted += result.accepted;
      duplicates += result.duplicates;
    }
  };
  std::thread other([&] { write(**second); });
  write(*writer_);
  other.join();
  EXPECT_EQ(accepted, static_cast<std::uint32_t>(rounds * fixes));
  EXPECT_EQ(duplicates, static_cast<std::uint32_t>(rounds * fixes));
  EXPECT_EQ(counts().positions, static_cast<std::uint64_t>(rounds * fixes));
  EXPECT_EQ(counts().agents, 1U);
}

TEST_P(StoreContract, NeverLocksUpWhenTwoEnginesWriteTheSameAgentsInAnyOrder) {
  const auto second_engine = database_->engine();
  const auto second = second_engine->open_writer();
  ASSERT_TRUE(second) << second.error().text;
  const auto write = [](Writer& writer, std::uint32_t seed) {
    for (std::uint32_t round = 0; round < 60; ++round) {
      const std::vector<WriteRequest> requests = {make_request(overlapping_positions(seed + round, 30, 40)),
                                                  make_request(overlapping_positions(seed + round + 7, 30, 40))};
      std::vector<WriteResult> results(2);
      const auto committed = writer.commit(requests, results);
      ASSERT_TRUE(committed) << committed.error().text;
      for (const WriteResult& result : results) ASSERT_EQ(result.accepted + result.duplicates, 40U);
    }
  };
  std::thread other([&] { write(**second, 1'000); });
  write(*writer_, 2'000);
  other.join();
  EXPECT_EQ(counts().agents, 30U);
  EXPECT_LE(counts().positions, 30U * 20U);
  for (const Registered& agent : registered()) {
    ASSERT_TRUE(agent.last_known);
    auto times = history_times({.agent = agent.identity.key(), .after = {}});
    EXPECT_EQ(to_unix_ms(agent.last_known->fix.recorded_at), *std::max_element(times.begin(), times.end()));
  }
}

TEST_P(StoreContract, SeesTheTeamThatAnotherEngineSays) {
  commit({make_position(make_agent("a1", "north"), base_ms)});
  const auto second_engine = database_->engine();
  const auto second = second_engine->open_writer();
  ASSERT_TRUE(second) << second.error().text;
  const WriteRequest moved = make_request({make_position(make_agent("a1", "south"), base_ms + 1)});
  WriteResult result;
  ASSERT_TRUE((*second)->commit({&moved, 1}, {&result, 1}));
  ASSERT_THAT(registered(TeamKey{OrgId("acme"), TeamId("south")}), SizeIs(1));
  EXPECT_THAT(registered(TeamKey{OrgId("acme"), TeamId("north")}), SizeIs(0));
  EXPECT_EQ(commit({make_position(make_agent("a1", "south"), base_ms + 2)}).accepted, 1U);
  EXPECT_EQ(registered().at(0).identity.team, TeamId("south"));
  EXPECT_EQ(to_unix_ms(last_known(make_agent("a1")).fix.recorded_at), base_ms + 2);
}

TEST_P(StoreContract, TakesFixesOfAnyDaySince2000) {
  const auto seed = std::random_device{}();
  std::cout << "seed " << seed << '\n';
  std::mt19937_64 random(seed);
  constexpr std::int64_t year_2000 = 946'684'800'000, day_ms = 86'400'000;
  const auto agent = make_agent("a1");
  std::vector<AgentPosition> positions;
  std::vector<std::int64_t> expected;
  for (int i = 0; i < 40; ++i) {
    const std::int64_t day = static_cast<std::int64_t>(random() % 10'000);
    for (const std::int64_t within : {std::int64_t{0}, static_cast<std::int64_t>(random() % day_ms), day_ms - 1}) {
      expected.push_back(year_2000 + day * day_ms + within);
      positions.push_back(make_position(agent, expected.back()));
    }
  }
  std::shuffle(positions.begin(), positions.end(), random);
  std::sort(expected.begin(), expected.end());
  expected.erase(std::unique(expected.begin(), expected.end()), expected.end());
  EXPECT_EQ(commit(positions).accepted, expected.size());
  EXPECT_EQ(commit(positions).duplicates, positions.size());
  EXPECT_EQ(history_times({.agent = agent->key(), .after = {}}), expected);
  std::vector<std::int64_t> paged;
  HistoryQuery query{.agent = agent->key(), .after = {}, .limit = 7};
  for (;;) {
    const auto page = history_times(query);
    paged.insert(paged.end(), page.begin(), page.end());
    if (page.size() < query.limit) break;
    query.after = from_unix_ms(page.back());
  }
  EXPECT_EQ(paged, expected);
}

}  // namespace
}  // namespace fieldcast::store::contract
