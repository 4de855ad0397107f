#include "fieldcast/store/engine.hpp"

#include <gmock/gmock.h>

namespace fieldcast::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Numbers of agents, and ids of erasures, that a test sets.
class ListedReader final : public Reader {
 public:
  Result<std::vector<Position>> history(const HistoryQuery&) override { return std::vector<Position>{}; }
  Result<std::vector<QuarantineRecord>> quarantine(const QuarantineQuery&) override {
    return std::vector<QuarantineRecord>{};
  }
  Result<void> agents(const std::optional<TeamKey>&, const VisitAgent&) override { return {}; }
  Result<std::vector<TeamId>> teams_of(const OrgId&, const UserId&) override { return std::vector<TeamId>{}; }
  Result<Counts> counts() override { return Counts{}; }
  Result<std::int64_t> agents_after(std::int64_t number, const VisitAgent& visit) override {
    if (agents_fail) return Error{"store_unavailable", "told to fail"};
    for (const std::int64_t each : numbers) {
      if (each <= number) continue;
      visit(std::make_shared<const AgentIdentity>(
                AgentIdentity{OrgId("acme"), TeamId("north"), AgentId(std::to_string(each)), {}}),
            std::nullopt);
    }
    return numbers.empty() ? number : std::max(number, *numbers.rbegin());
  }
  Result<std::vector<Erasure>> erasures() override {
    if (erasures_fail) return Error{"store_unavailable", "told to fail"};
    return erased;
  }

  std::set<std::int64_t> numbers;
  std::vector<Erasure> erased;
  bool agents_fail = false, erasures_fail = false;
};

class RegistryReadingTest : public testing::Test {
 protected:
  /// What it tells, in order: numbers of agents, and erasures as their negative ids.
  std::vector<std::int64_t> told(bool succeeds = true) {
    std::vector<std::int64_t> told;
    const auto erased = [&](std::span<const Erasure> erasures) {
      for (const Erasure& erasure : erasures) told.push_back(-erasure.id);
    };
    const auto registered = [&](const AgentIdentityPtr& agent, const std::optional<Position>&) {
      told.push_back(std::stoll(agent->agent.str()));
    };
    EXPECT_EQ(reading.read(reader, now, {erased, registered}).has_value(), succeeds);
    return told;
  }

  SteadyTime now = SteadyTime{} + std::chrono::hours{1};
  ListedReader reader;
  RegistryReading reading;
};

TEST_F(RegistryReadingTest, TellsEverythingFirstErasuresBeforeAgents) {
  reader.numbers = {1, 2};
  reader.erased = {{7, "x", {}}};
  EXPECT_THAT(told(), ElementsAre(-7, 1, 2));
}

TEST_F(RegistryReadingTest, TellsAnErasureOnceAndTheSameAgentsNextOne) {
  told();
  reader.erased = {{7, "x", {}}};
  EXPECT_THAT(told(), ElementsAre(-7));
  EXPECT_THAT(told(), IsEmpty());
  reader.erased = {{6, "y", {}}, {7, "x", {}}, {8, "x", {}}};
  EXPECT_THAT(told(), ElementsAre(-6, -8)) << "committed late";
  reader.erased = {{8, "x", {}}};
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(RegistryReadingTest, TellsNoAgentOfLongAgoAgain) {
  for (std::int64_t number = 1; number <= 5'000; ++number) reader.numbers.insert(number);
  EXPECT_EQ(told().size(), 5'000U);
  reader.numbers.insert(5'001);
  const auto again = told();
  EXPECT_EQ(again.size(), 2'001U);
  EXPECT_EQ(again.back(), 5'001);
  for (int minute = 0; minute < 2; ++minute) {
    now += seconds{60};
    told();
  }
  reader.numbers.insert(5'002);
  EXPECT_THAT(told(), ElementsAre(5'002));
}

TEST_F(RegistryReadingTest, FindsANumberThatIsCommittedAfterGreaterOnes) {
  reader.numbers = {1, 2, 9'000};
  told();
  for (int minute = 0; minute < 2; ++minute) {
    now += seconds{60};
    told();
  }
  reader.numbers.insert({9'004});
  EXPECT_THAT(told(), ElementsAre(9'004));
  now += seconds{59};
  reader.numbers.insert({9'001, 9'002});
  EXPECT_THAT(told(), ElementsAre(9'001, 9'002, 9'004));
}

TEST_F(RegistryReadingTest, TellsEveryAgentOnceMoreWhenItBeginsAnew) {
  for (std::int64_t number = 1; number <= 5'000; ++number) reader.numbers.insert(number);
  reader.erased = {{7, "x", {}}};
  told();
  reading.begin_anew();
  const auto again = told();
  EXPECT_EQ(again.size(), 5'000U);
  EXPECT_EQ(again.front(), 1) << "the erasure was told, and may have been followed by a registration";
}

TEST_F(RegistryReadingTest, WhatAReadingCouldNotTellTheNextOneDoes) {
  told();
  reader.numbers = {1};
  reader.erased = {{7, "x", {}}};
  reader.erasures_fail = true;
  EXPECT_THAT(told(false), IsEmpty());
  reader.erasures_fail = false;
  reader.agents_fail = true;
  EXPECT_THAT(told(false), ElementsAre(-7));
  reader.agents_fail = false;
  EXPECT_THAT(told(), ElementsAre(1));
}

}  // namespace
}  // namespace fieldcast::store
