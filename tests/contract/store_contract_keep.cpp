// Days as they age: what there is of them, what goes, rules, what the archive holds.
#include "contract/store_contract.hpp"

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

std::int64_t ms_of(Day day, std::int64_t second = 0) { return to_unix_ms(day) + second * 1'000; }

std::vector<AgentPosition> fixes(const AgentIdentityPtr& agent, Day day, int count) {
  std::vector<AgentPosition> positions;
  for (int i = 0; i < count; ++i) positions.push_back(make_position(agent, ms_of(day, i)));
  return positions;
}

std::vector<std::pair<Day, std::uint64_t>> rows_by_day(Keeper& keeper) {
  const auto stored = keeper.days();
  EXPECT_TRUE(stored) << stored.error().text;
  std::vector<std::pair<Day, std::uint64_t>> rows;
  for (const StoredDay& day : *stored) rows.emplace_back(day.day, day.rows);
  return rows;
}

std::optional<StoredDay> find_day(Keeper& keeper, Day day) {
  for (const StoredDay& stored : *keeper.days())
    if (stored.day == day) return stored;
  return std::nullopt;
}

Cut everything_before(Day day) { return {day, {}}; }

TEST_P(StoreContract, TellsTheDaysThatHaveRows) {
  const auto keeper = open_keeper();
  EXPECT_THAT(rows_by_day(*keeper), IsEmpty());
  commit(fixes(make_agent("a1"), monday + one_day, 3));
  commit(fixes(make_agent("a2"), monday, 2));
  commit({make_position(make_agent("a1"), ms_of(monday + one_day) - 1)});
  EXPECT_THAT(rows_by_day(*keeper), ElementsAre(std::pair(monday, 3U), std::pair(monday + one_day, 3U)));
}

TEST_P(StoreContract, DropsADayAndNothingElse) {
  const auto agent = make_agent("a1");
  for (int i = -1; i < 2; ++i) commit(fixes(agent, monday + one_day * i, 5));
  const auto keeper = open_keeper();
  EXPECT_EQ(*keeper->drop_day(monday), 5U);
  EXPECT_THAT(rows_by_day(*keeper), ElementsAre(std::pair(monday - one_day, 5U), std::pair(monday + one_day, 5U)));
  EXPECT_THAT(history(agent), SizeIs(10));
  EXPECT_EQ(counts().positions, 10U);
  EXPECT_EQ(*keeper->drop_day(monday), 0U);
  EXPECT_EQ(*keeper->drop_day(Day{days{100}}), 0U);
}

TEST_P(StoreContract, TakesLateFixesIntoADayThatWasDropped) {
  const auto agent = make_agent("a1");
  commit(fixes(agent, monday, 5));
  const auto keeper = open_keeper();
  ASSERT_TRUE(keeper->drop_day(monday));
  EXPECT_EQ(commit(fixes(agent, monday, 2)).accepted, 2U);
  EXPECT_THAT(rows_by_day(*keeper), ElementsAre(std::pair(monday, 2U)));
}

TEST_P(StoreContract, HoldsADayUntilItIsDropped) {
  commit(fixes(make_agent("a1"), monday, 1));
  const auto keeper = open_keeper();
  EXPECT_EQ(find_day(*keeper, monday)->held_until, std::nullopt);
  ASSERT_TRUE(keeper->hold_day(monday, monday + one_day * 400));
  ASSERT_TRUE(keeper->hold_day(monday, monday + one_day * 500));
  EXPECT_EQ(find_day(*keeper, monday)->held_until, monday + one_day * 500);
  ASSERT_TRUE(keeper->drop_day(monday));
  commit(fixes(make_agent("a1"), monday, 1));
  EXPECT_EQ(find_day(*keeper, monday)->held_until, std::nullopt);
}

TEST_P(StoreContract, RemovesPositionsByTeamOrganisationAndOtherwise) {
  const auto north = make_agent("n"), south = make_agent("s", "south"), other = make_agent("n", "north", "zeta"),
             plain = make_agent("p", "plain", "zeta");
  for (const auto& agent : {north, south, other, plain}) commit(fixes(agent, monday, 10));
  const auto keeper = open_keeper();
  // North keeps for ever, its organisation nothing, all others to the last moment of the day and no further.
  Cut cut{Timestamp(monday + one_day) - milliseconds{1}, {}};
  cut.teams[{OrgId("acme"), TeamId("north")}] = Timestamp::min();
  cut.teams[{OrgId("acme"), TeamId()}] = monday + one_day * 3;
  cut.teams[{OrgId("zeta"), TeamId("plain")}] = monday + one_day;
  EXPECT_EQ(*keeper->count_positions(monday, cut), 20U);
  EXPECT_EQ(*keeper->remove_positions(monday, cut), 20U);
  EXPECT_EQ(*keeper->remove_positions(monday, cut), 0U);
  EXPECT_THAT(history(north), SizeIs(10));
  EXPECT_THAT(history(south), IsEmpty());
  EXPECT_THAT(history(other), SizeIs(10));
  EXPECT_THAT(history(plain), IsEmpty());
  EXPECT_EQ(counts().positions, 20U);
  EXPECT_DOUBLE_EQ(last_known(south).fix.at.latitude_deg, 12.5);
}

TEST_P(StoreContract, RemovesNothingOfADayBeyondTheCut) {
  const auto agent = make_agent("a1");
  commit(fixes(agent, monday, 3));
  const auto keeper = open_keeper();
  EXPECT_EQ(*keeper->remove_positions(monday, Cut{}), 0U);
  EXPECT_EQ(*keeper->remove_positions(monday, everything_before(monday)), 0U);
  EXPECT_EQ(*keeper->remove_positions(monday + one_day, everything_before(monday + one_day * 9)), 0U);
  EXPECT_THAT(history(agent), SizeIs(3));
}

TEST_P(StoreContract, LosesTheWholeDayOfWhichNobodyKeepsAnything) {
  const auto kept = make_agent("kept", "north"), gone = make_agent("gone", "south");
  commit(fixes(gone, monday, 7));
  commit(fixes(gone, monday + one_day, 5));
  commit(fixes(kept, monday + one_day, 5));
  const auto keeper = open_keeper();
  Cut cut = everything_before(monday + one_day * 2);
  cut.teams[{OrgId("acme"), TeamId("north")}] = Timestamp::min();
  EXPECT_EQ(*keeper->remove_positions(monday, cut), 7U);
  EXPECT_EQ(*keeper->remove_positions(monday, cut), 0U);
  EXPECT_EQ(*keeper->remove_positions(monday + one_day, cut), 5U);
  EXPECT_THAT(rows_by_day(*keeper), ElementsAre(std::pair(monday + one_day, 5U)));
  EXPECT_EQ(commit(fixes(gone, monday, 2)).accepted, 2U);
}

TEST_P(StoreContract, GoesByTheTeamInWhichAnAgentIsNow) {
  commit(fixes(make_agent("a1", "north"), monday, 3));
  commit({make_position(make_agent("a1", "south"), ms_of(monday + one_day))});
  const auto keeper = open_keeper();
  Cut cut;
  cut.teams[{OrgId("acme"), TeamId("north")}] = monday + one_day;
  EXPECT_EQ(*keeper->remove_positions(monday, cut), 0U);
  cut.teams[{OrgId("acme"), TeamId("south")}] = monday + one_day;
  EXPECT_EQ(*keeper->remove_positions(monday, cut), 3U);
}

TEST_P(StoreContract, RemovesADayOfManyRowsInSlices) {
  std::vector<AgentIdentityPtr> agents;
  for (int i = 0; i < 120; ++i) agents.push_back(make_agent(("a" + std::to_string(i)).c_str(), i % 2 ? "odd" : "even"));
  for (const auto& agent : agents) commit(fixes(agent, monday, 50));
  commit(fixes(agents[0], monday + one_day, 900));
  const auto keeper = open_keeper();
  Cut cut;
  cut.teams[{OrgId("acme"), TeamId("odd")}] = monday + one_day;
  EXPECT_EQ(*keeper->count_positions(monday, cut), 3'000U);
  EXPECT_EQ(*keeper->remove_positions(monday, cut), 3'000U);
  EXPECT_EQ(*keeper->drop_day(monday), 3'000U);
  EXPECT_EQ(counts().positions, 900U);
  EXPECT_THAT(history(agents[0]), SizeIs(900));
}

TEST_P(StoreContract, RemovesLastKnownPositionsBeforeTheCut) {
  const auto old = make_agent("old"), fresh = make_agent("fresh"), kept = make_agent("kept", "south");
  commit({make_position(old, ms_of(monday) - 1), make_position(fresh, ms_of(monday)),
          make_position(kept, ms_of(monday) - 1)});
  const auto keeper = open_keeper();
  Cut cut = everything_before(monday);
  cut.teams[{OrgId("acme"), TeamId("south")}] = Timestamp::min();
  EXPECT_EQ(*keeper->remove_last_known(cut), 1U);
  std::set<std::string> with_position;
  for (const Registered& one : registered())
    if (one.last_known) with_position.insert(one.identity.agent.str());
  EXPECT_THAT(with_position, ElementsAre("fresh", "kept"));
  EXPECT_THAT(history(old), SizeIs(1));
}

TEST_P(StoreContract, RemovesRecordsSetAsideBeforeTheCut) {
  // All of them were received at 1,700,000,000,123.
  set_aside(make_agent("a1"), "one");
  set_aside(make_agent("a2", "south"), "two");
  set_aside(make_agent("a1", "north", "zeta"), "three");
  const auto keeper = open_keeper();
  Cut cut{from_unix_ms(1'700'000'000'123), {}};
  EXPECT_EQ(*keeper->remove_quarantined(cut), 0U);
  cut.teams[{OrgId("acme"), TeamId()}] = from_unix_ms(1'700'000'000'124);
  cut.teams[{OrgId("acme"), TeamId("south")}] = Timestamp::min();
  EXPECT_EQ(*keeper->remove_quarantined(cut), 1U);
  EXPECT_THAT(quarantined_records({.org = OrgId("acme"), .teams = {}, .agent = {}}), ElementsAre("two"));
  EXPECT_THAT(quarantined_records({.org = OrgId("zeta"), .teams = {}, .agent = {}}), ElementsAre("three"));
  EXPECT_EQ(counts().quarantined, 2U);
}

TEST_P(StoreContract, KeepsRulesByOrganisationAndTeam) {
  const auto keeper = open_keeper();
  EXPECT_THAT(*keeper->rules(), IsEmpty());
  TeamRule team{OrgId("acme"), TeamId("north"), days{30}, days{0}, std::nullopt, std::nullopt, std::nullopt};
  team.thinning = Thinning{12.5F, std::nullopt, seconds{90}};
  const TeamRule whole{OrgId("acme"), TeamId(), std::nullopt, std::nullopt, days{7}, days{400}, std::nullopt};
  ASSERT_TRUE(keeper->set_rule(team));
  ASSERT_TRUE(keeper->set_rule(whole));
  auto rules = *keeper->rules();
  ASSERT_THAT(rules, SizeIs(2));
  EXPECT_EQ(rules[0].team, TeamId());
  EXPECT_EQ(rules[0].quarantine, days{7});
  EXPECT_EQ(rules[0].summaries, days{400});
  EXPECT_EQ(rules[0].positions, std::nullopt);
  EXPECT_EQ(rules[0].thinning, std::nullopt);
  EXPECT_EQ(rules[1].positions, days{30});
  EXPECT_EQ(rules[1].last_known, days{0});
  EXPECT_EQ(rules[1].thinning, team.thinning);

  team.thinning = Thinning{};
  ASSERT_TRUE(keeper->set_rule(team));
  ASSERT_TRUE(keeper->set_rule({whole.org, whole.team, {}, {}, {}, {}, {}}));
  rules = *keeper->rules();
  ASSERT_THAT(rules, SizeIs(1));
  EXPECT_EQ(rules[0].thinning, Thinning{});
}

using Row = std::pair<std::string, std::int64_t>;

std::vector<Row> read_all(Keeper& keeper, Day day) {
  std::vector<Row> rows;
  const auto read = keeper.read_day(day, [&](const AgentIdentityPtr& agent, const Position& position) {
    rows.emplace_back(agent->org.str() + '/' + agent->agent.str(), to_unix_ms(position.fix.recorded_at));
  });
  EXPECT_TRUE(read) << read.error().text;
  return rows;
}

TEST_P(StoreContract, ReadsADayByOrganisationAgentAndTime) {
  // Byte by byte: capitals before small letters, what is not ASCII behind.
  for (const char* agent : {"z", "\xC3\xA4", "Z", "a"}) commit(fixes(make_agent(agent), monday, 2));
  commit(fixes(make_agent("m", "t", "Acme"), monday, 1));
  commit(fixes(make_agent("a"), monday + one_day, 1));
  commit({make_position(make_agent("a"), ms_of(monday) - 1)});
  const auto keeper = open_keeper();
  const std::int64_t begin = ms_of(monday);
  EXPECT_THAT(
      read_all(*keeper, monday),
      ElementsAre(Row("Acme/m", begin), Row("acme/Z", begin), Row("acme/Z", begin + 1'000), Row("acme/a", begin),
                  Row("acme/a", begin + 1'000), Row("acme/z", begin), Row("acme/z", begin + 1'000),
                  Row("acme/\xC3\xA4", begin), Row("acme/\xC3\xA4", begin + 1'000)));
  EXPECT_THAT(read_all(*keeper, monday + one_day * 9), IsEmpty());
}

TEST_P(StoreContract, ReadsEveryColumnOfADayAndPagesOfOneAgent) {
  const auto agent = make_agent("a1");
  auto positions = fixes(agent, monday, 20'500);
  Fix& fix = positions[7].position.fix;
  fix.accuracy_m = 4.25F;
  fix.battery = 0.5F;
  fix.activity = Activity::driving;
  fix.attributes = R"({"k":"v"})";
  for (std::size_t first = 0; first < positions.size(); first += 4'100)
    commit({positions.begin() + static_cast<std::ptrdiff_t>(first),
            positions.begin() + static_cast<std::ptrdiff_t>(first) + 4'100});
  const auto keeper = open_keeper();
  std::vector<Position> read;
  ASSERT_TRUE(keeper->read_day(monday, [&](const auto&, const Position& position) { read.push_back(position); }));
  ASSERT_THAT(read, SizeIs(20'500));
  EXPECT_EQ(read[7].fix.accuracy_m, 4.25F);
  EXPECT_EQ(read[7].fix.battery, 0.5F);
  EXPECT_EQ(read[7].fix.activity, Activity::driving);
  EXPECT_EQ(read[7].fix.attributes, R"({"k":"v"})");
  EXPECT_FALSE(known(read[8].fix.accuracy_m));
  for (std::size_t i = 0; i < read.size(); ++i)
    ASSERT_EQ(to_unix_ms(read[i].fix.recorded_at), ms_of(monday, static_cast<std::int64_t>(i)));
}

TEST_P(StoreContract, NotesWhatIsArchivedAndOfWhom) {
  const auto agent = make_agent("a1"), other = make_agent("a2");
  commit(fixes(agent, monday, 3));
  commit(fixes(other, monday + one_day, 3));
  const auto keeper = open_keeper();
  const ArchivedDay archived{monday, 3, "abc", "2023/11/13.csv.gz", from_unix_ms(1'700'000'111'222)};
  ASSERT_TRUE(keeper->note_archived(archived));
  ASSERT_TRUE(keeper->note_archived({monday - one_day, 0, "def", "elsewhere", from_unix_ms(5)}));
  auto noted = *keeper->archived_days();
  ASSERT_THAT(noted, SizeIs(2));
  EXPECT_EQ(noted[0].day, monday - one_day);
  EXPECT_EQ(noted[1].rows, 3U);
  EXPECT_EQ(noted[1].sha256, "abc");
  EXPECT_EQ(noted[1].place, "2023/11/13.csv.gz");
  EXPECT_EQ(noted[1].archived_at, archived.archived_at);
  EXPECT_THAT(keeper->traces_of(agent->key())->archived, ElementsAre(monday));
  EXPECT_THAT(keeper->traces_of(other->key())->archived, IsEmpty());

  // Archived again after its rows went: whoever it held before, it still holds.
  ASSERT_TRUE(keeper->drop_day(monday));
  commit(fixes(other, monday, 1));
  ASSERT_TRUE(keeper->note_archived({monday, 4, "ghi", "new", from_unix_ms(6)}));
  EXPECT_EQ((*keeper->archived_days())[1].sha256, "ghi");
  EXPECT_THAT(keeper->traces_of(agent->key())->archived, ElementsAre(monday));
  EXPECT_THAT(keeper->traces_of(other->key())->archived, ElementsAre(monday));

  ASSERT_TRUE(keeper->forget_archived(monday, agent->key(), {monday, 1, "jkl", "new", from_unix_ms(7)}));
  EXPECT_EQ((*keeper->archived_days())[1].sha256, "jkl");
  EXPECT_THAT(keeper->traces_of(agent->key())->archived, IsEmpty());
  EXPECT_THAT(keeper->traces_of(other->key())->archived, ElementsAre(monday));
  ASSERT_TRUE(keeper->forget_archived(monday));
  EXPECT_THAT(*keeper->archived_days(), SizeIs(1));
  EXPECT_THAT(keeper->traces_of(other->key())->archived, IsEmpty());
}

TEST_P(StoreContract, EndsItsWorkWhenItIsInterrupted) {
  commit(fixes(make_agent("a1"), monday, 10));
  const auto keeper = open_keeper();
  std::thread([&] { keeper->interrupt(); }).join();
  for (const Error& error : {keeper->days().error(), keeper->drop_day(monday).error(),
                             keeper->remove_positions(monday, everything_before(monday + one_day)).error(),
                             keeper->erase(make_agent("a1")->key()).error()})
    EXPECT_EQ(error.code, "store_unavailable");
  EXPECT_EQ(counts().positions, 10U);
}

}  // namespace
}  // namespace fieldcast::store::contract
