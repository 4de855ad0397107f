// An agent is forgotten: everything of it and nothing else.
#include "contract/store_contract.hpp"

#include <atomic>
#include <gmock/gmock.h>
#include <set>
#include <thread>

namespace fieldcast::store::contract {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr Day monday{std::chrono::sys_days{std::chrono::year{2023} / 11 / 13}};
constexpr days one_day{1};
constexpr std::size_t hours_max = 1'000;

std::vector<AgentPosition> fixes(const AgentIdentityPtr& agent, Day day, int count) {
  std::vector<AgentPosition> positions;
  for (int i = 0; i < count; ++i) positions.push_back(make_position(agent, to_unix_ms(day) + i * 1'000));
  return positions;
}

TEST_P(StoreContract, ForgetsAnAgentAndNobodyElse) {
  const auto gone = make_agent("a1"), neighbour = make_agent("a2"), namesake = make_agent("a1", "north", "zeta");
  for (const auto& agent : {gone, neighbour, namesake}) {
    for (int i = 0; i < 3; ++i) commit(fixes(agent, monday + one_day * i, 20));
    set_aside(agent, agent->org.str().c_str());
  }
  const auto keeper = open_keeper();
  const Traces before = *keeper->traces_of(gone->key());
  EXPECT_TRUE(before.registered);
  EXPECT_EQ(before.positions, 60U);
  EXPECT_EQ(before.last_known, 1U);
  EXPECT_EQ(before.quarantined, 1U);
  EXPECT_FALSE(before.none());

  const auto left = keeper->erase(gone->key());
  ASSERT_TRUE(left) << left.error().text;
  EXPECT_TRUE(left->none());
  EXPECT_TRUE(keeper->traces_of(gone->key())->none());
  EXPECT_THAT(history(gone), IsEmpty());
  for (const auto& agent : {neighbour, namesake}) {
    const Traces kept = *keeper->traces_of(agent->key());
    EXPECT_TRUE(kept.registered);
    EXPECT_EQ(kept.positions, 60U);
    EXPECT_EQ(kept.last_known, 1U);
    EXPECT_EQ(kept.quarantined, 1U);
  }
  EXPECT_EQ(counts().agents, 2U);
  EXPECT_EQ(counts().positions, 120U);
  EXPECT_EQ(counts().quarantined, 2U);
}

TEST_P(StoreContract, ForgetsTheSummariesOfAnAgent) {
  const auto gone = make_agent("a1"), neighbour = make_agent("a2");
  for (const auto& agent : {gone, neighbour})
    for (int i = 0; i < 2; ++i) commit(fixes(agent, monday + one_day * i, 3));
  auto summariser = engine_->open_summariser();
  ASSERT_TRUE(summariser) << summariser.error().text;
  ASSERT_TRUE((*summariser)->work(monday + one_day * 3, hours_max));
  const auto keeper = open_keeper();
  const std::uint64_t before = keeper->traces_of(neighbour->key())->summaries;
  EXPECT_GE(before, 4U);
  EXPECT_EQ(keeper->traces_of(gone->key())->summaries, before);
  commit({make_position(gone, to_unix_ms(monday + one_day * 2))});  // leaves a mark
  EXPECT_TRUE(keeper->erase(gone->key())->none());
  ASSERT_TRUE((*summariser)->work(monday + one_day * 30, hours_max));
  EXPECT_TRUE(keeper->traces_of(gone->key())->none());
  EXPECT_EQ(keeper->traces_of(neighbour->key())->summaries, before);
}

TEST_P(StoreContract, RemovesSummariesByWholeDaysBeforeTheCut) {
  const auto agent = make_agent("a1"), kept = make_agent("a2", "south");
  for (const auto& one : {agent, kept})
    for (int i = 0; i < 3; ++i) commit(fixes(one, monday + one_day * i, 3));
  auto summariser = engine_->open_summariser();
  ASSERT_TRUE(summariser) << summariser.error().text;
  ASSERT_TRUE((*summariser)->work(monday + one_day * 9, hours_max));
  const auto keeper = open_keeper();
  const std::uint64_t all = keeper->traces_of(agent->key())->summaries;
  Cut cut{monday + one_day + std::chrono::hours{5}, {}};
  cut.teams[{OrgId("acme"), TeamId("south")}] = Timestamp::min();
  EXPECT_EQ(*keeper->remove_summaries(cut), all / 3);
  EXPECT_EQ(keeper->traces_of(agent->key())->summaries, all - all / 3);
  EXPECT_EQ(keeper->traces_of(kept->key())->summaries, all);
  EXPECT_EQ(*keeper->remove_summaries(cut), 0U);
}

TEST_P(StoreContract, ForgetsWhomItDoesNotKnowAtNoCost) {
  commit(fixes(make_agent("a1"), monday, 2));
  const auto keeper = open_keeper();
  EXPECT_TRUE(keeper->erase(make_agent("nobody")->key())->none());
  EXPECT_TRUE(keeper->traces_of(make_agent("nobody")->key())->none());
  EXPECT_EQ(counts().positions, 2U);
}

TEST_P(StoreContract, KeepsAnAgentRegisteredWhileTheArchiveHoldsIt) {
  const auto agent = make_agent("a1");
  commit(fixes(agent, monday, 5));
  const auto keeper = open_keeper();
  ASSERT_TRUE(keeper->note_archived({monday, 5, "abc", "there", from_unix_ms(1)}));
  const Traces left = *keeper->erase(agent->key());
  EXPECT_TRUE(left.registered);
  EXPECT_EQ(left.positions + left.last_known, 0U);
  EXPECT_THAT(left.archived, ElementsAre(monday));
  ASSERT_TRUE(keeper->forget_archived(monday, agent->key(), {monday, 0, "def", "there", from_unix_ms(2)}));
  EXPECT_TRUE(keeper->erase(agent->key())->none());
}

TEST_P(StoreContract, TakesAnErasedAgentThatReportsAgainForANewOne) {
  const auto first = make_agent("a1"), erased = make_agent("a2");
  commit(fixes(first, monday, 2));
  commit(fixes(erased, monday, 5));
  const auto keeper = open_keeper();
  ASSERT_TRUE(keeper->erase(erased->key()));
  EXPECT_EQ(commit(fixes(erased, monday, 3)).accepted, 3U);  // by a writer that knew it
  EXPECT_EQ(*keeper->sweep(), 0U);
  EXPECT_THAT(history(erased), SizeIs(3));
  EXPECT_EQ(to_unix_ms(last_known(erased).fix.recorded_at), to_unix_ms(monday) + 2'000);
  EXPECT_THAT(registered(), SizeIs(2));
  EXPECT_EQ(keeper->traces_of(erased->key())->positions, 3U);
  EXPECT_THAT(history(first), SizeIs(2));
}

TEST_P(StoreContract, TellsRunningServersWhomItForgotWithoutNamingThem) {
  const auto agent = make_agent("a1");
  commit(fixes(agent, monday, 2));
  EXPECT_THAT(*reader_->erasures(), IsEmpty());
  const Timestamp before = read_clock().wall - seconds{60};
  const auto keeper = open_keeper();
  ASSERT_TRUE(keeper->erase(agent->key()));
  ASSERT_TRUE(keeper->erase(make_agent("a2")->key()));  // in the memory of a server, perhaps
  ASSERT_TRUE(keeper->erase(agent->key()));             // who was told of just now is not told of again
  EXPECT_THAT(*reader_->erasures(), SizeIs(2));
  commit(fixes(agent, monday, 2));
  ASSERT_TRUE(keeper->erase(agent->key()));  // it had come back
  const auto told = reader_->erasures();
  ASSERT_TRUE(told) << told.error().text;
  std::vector<std::string> who;
  std::set<std::int64_t> ids;
  for (const Erasure& erasure : *told) {
    who.push_back(erasure.who);
    ids.insert(erasure.id);
    EXPECT_GT(erasure.erased_at, before);
    EXPECT_LT(erasure.erased_at, before + seconds{600});
  }
  const std::string first = digest_of(agent->key()), second = digest_of(make_agent("a2")->key());
  EXPECT_THAT(who, testing::UnorderedElementsAre(first, second, first));
  EXPECT_THAT(ids, SizeIs(3));
  ASSERT_TRUE(keeper->sweep());
  EXPECT_THAT(*reader_->erasures(), SizeIs(3)) << "younger than a day";
}

TEST_P(StoreContract, TellsAgentsByTheOrderOfTheirRegistration) {
  const auto first = make_agent("a1"), erased = make_agent("a2"), last = make_agent("a3");
  std::vector<std::string> told;
  const auto visit = [&told](const AgentIdentityPtr& agent, const std::optional<Position>& position) {
    told.push_back(agent->agent.str());
    EXPECT_TRUE(position);
  };
  EXPECT_EQ(*reader_->agents_after(0, visit), 0);
  EXPECT_EQ(*reader_->agents_after(41, visit), 41);
  commit(fixes(first, monday, 2));
  commit(fixes(erased, monday, 2));
  const std::int64_t number = *reader_->agents_after(0, visit);
  EXPECT_THAT(std::exchange(told, {}), ElementsAre("a1", "a2"));
  ASSERT_TRUE(open_keeper()->erase(erased->key()));
  EXPECT_EQ(*reader_->agents_after(number, visit), number);
  commit(fixes(last, monday, 2));
  commit(fixes(erased, monday, 2));
  EXPECT_GT(*reader_->agents_after(number, visit), number);
  EXPECT_THAT(told, ElementsAre("a3", "a2")) << "erased, it comes as a new one";
}

TEST_P(StoreContract, ForgetsAgainAndAgainWhileTheAgentReports) {
  const auto agent = make_agent("a1"), other = make_agent("a2");
  std::atomic<bool> done{false};
  int committed = 0;
  std::thread reporting([&] {
    for (int i = 0; !done; ++i, ++committed)
      commit({make_position(agent, to_unix_ms(monday) + i), make_position(other, to_unix_ms(monday) + i)});
  });
  const auto keeper = open_keeper();
  for (int i = 0; i < 20; ++i) {
    const auto erased = keeper->erase(agent->key());
    EXPECT_TRUE(erased) << erased.error().text;
  }
  done = true;
  reporting.join();
  ASSERT_TRUE(keeper->erase(agent->key()));
  ASSERT_TRUE(keeper->sweep());
  EXPECT_TRUE(keeper->traces_of(agent->key())->none());
  EXPECT_EQ(counts().positions, static_cast<std::uint64_t>(committed));
  EXPECT_EQ(keeper->traces_of(other->key())->positions, static_cast<std::uint64_t>(committed));
}

}  // namespace
}  // namespace fieldcast::store::contract
