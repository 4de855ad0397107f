#include "fieldcast/presence/tracker.hpp"

#include <gtest/gtest.h>
#include <random>

namespace fieldcast::presence {
namespace {

using enum PresenceState;

const Timestamp start = from_unix_ms(1'700'000'000'000);
const Coordinates depot{52, 13};
const Coordinates beside_depot{52.0002, 13};    // 22 m
const Coordinates away_from_depot{52.001, 13};  // 111 m

Timestamp at_s(int second) { return start + seconds{second}; }

struct Team {
  Tracker tracker{Policy{}};
  std::vector<Change> changes;

  std::optional<State> heard(int second, std::optional<Coordinates> at = depot, std::uint32_t agent = 0) {
    return tracker.heard(agent, at, at_s(second));
  }
  void heard_every_minute(int from_s, int to_s, Coordinates at) {
    for (int second = from_s; second <= to_s; second += 60) heard(second, at);
  }
  const std::vector<Change>& expire(int second) {
    changes.clear();
    tracker.expire(at_s(second), changes);
    return changes;
  }
  void expect_state(PresenceState state, int since_s) {
    EXPECT_EQ(tracker.state(0).state, state);
    EXPECT_EQ(tracker.state(0).since, at_s(since_s));
  }
};

TEST(Presence, IsOfflineForAnAgentThatWasNeverHeard) {
  Team team;
  EXPECT_EQ(team.tracker.state(7).state, offline);
  EXPECT_FALSE(team.tracker.next_due());
  EXPECT_TRUE(team.expire(1'000'000).empty());
}

TEST(Presence, BecomesOnlineWhenHeardAndStaysSo) {
  Team team;
  const auto first = team.heard(0);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->state, online);
  EXPECT_EQ(first->since, at_s(0));
  EXPECT_FALSE(team.heard(30));
  EXPECT_FALSE(team.heard(60, std::nullopt));
  team.expect_state(online, 0);
}

TEST(Presence, FallsSilentThenOfflineAtTheMomentsTheyWereDue) {
  Team team;
  team.heard(0);
  team.heard(10);
  EXPECT_TRUE(team.expire(99).empty());
  ASSERT_EQ(team.expire(105).size(), 1u);
  EXPECT_EQ(team.changes[0].agent, 0u);
  EXPECT_EQ(team.changes[0].state.state, silent);
  EXPECT_EQ(team.changes[0].state.since, at_s(100));
  EXPECT_TRUE(team.expire(609).empty());
  ASSERT_EQ(team.expire(2'000).size(), 1u);
  EXPECT_EQ(team.changes[0].state.state, offline);
  EXPECT_EQ(team.changes[0].state.since, at_s(610));
  EXPECT_FALSE(team.tracker.next_due());
}

TEST(Presence, IsToldOnceWhenTimeLeapsOverSeveralStates) {
  Team team;
  team.heard(0);
  ASSERT_EQ(team.expire(100'000).size(), 1u);
  EXPECT_EQ(team.changes[0].state.state, offline);
  EXPECT_EQ(team.changes[0].state.since, at_s(600));
}

TEST(Presence, FallsDueExactlyAtItsTime) {
  Team team;
  team.heard(0);
  EXPECT_EQ(team.tracker.next_due(), at_s(90));
  team.tracker.expire(at_s(90) - milliseconds{1}, team.changes);
  EXPECT_TRUE(team.changes.empty());
  EXPECT_EQ(team.expire(90).size(), 1u);
}

TEST(Presence, ComesBackOnlineFromSilentAndOffline) {
  Team team;
  team.heard(0);
  team.expire(95);
  ASSERT_TRUE(team.heard(96));
  team.expect_state(online, 96);
  team.expire(5'000);
  ASSERT_TRUE(team.heard(5'001));
  team.expect_state(online, 5'001);
  EXPECT_EQ(team.expire(5'091).size(), 1u);
}

TEST(Presence, IsParkedAfterSomeTimeAtOnePlace) {
  Team team;
  team.heard_every_minute(0, 240, depot);
  team.expect_state(online, 0);
  const auto parked_now = team.heard(300, beside_depot);
  ASSERT_TRUE(parked_now);
  EXPECT_EQ(parked_now->state, parked);
  EXPECT_EQ(parked_now->since, at_s(300));
  EXPECT_FALSE(team.heard(360, std::nullopt)) << "a report without coordinates is no move";
}

TEST(Presence, IsNotParkedWhileItMoves) {
  Team team;
  for (int minute = 0; minute <= 20; ++minute) team.heard(minute * 60, minute % 2 != 0 ? depot : away_from_depot);
  team.expect_state(online, 0);
}

TEST(Presence, CountsTheRestAnewAfterAMove) {
  Team team;
  team.heard_every_minute(0, 240, depot);
  team.heard_every_minute(270, 540, away_from_depot);
  team.expect_state(online, 0);
  EXPECT_TRUE(team.heard(570, away_from_depot));
  team.expect_state(parked, 570);
}

TEST(Presence, LeavesItsParkingPlaceByAMove) {
  Team team;
  team.heard_every_minute(0, 300, depot);
  team.expect_state(parked, 300);
  ASSERT_TRUE(team.heard(320, away_from_depot));
  team.expect_state(online, 320);
  ASSERT_EQ(team.expire(410).size(), 1u) << "online again: no longer the patience of a parked agent";
  team.expect_state(silent, 410);
}

TEST(Presence, LetsAParkedPhoneRestAndThenGoTheSameWay) {
  Team team;
  team.heard_every_minute(0, 300, depot);
  EXPECT_TRUE(team.expire(300 + 3'599).empty());
  ASSERT_EQ(team.expire(300 + 3'600).size(), 1u);
  team.expect_state(silent, 3'900);
  EXPECT_TRUE(team.expire(3'900 + 509).empty());
  EXPECT_EQ(team.expire(3'900 + 510).size(), 1u);
  team.expect_state(offline, 4'410);
}

TEST(Presence, IsNotParkedAtOnceAfterASilence) {
  Team team;
  team.heard(0);
  team.expire(1'000);
  team.heard(1'000);
  team.expect_state(online, 1'000);
  team.heard(1'060);
  team.expect_state(online, 1'000);
}

TEST(Presence, DoesNotChangeWhileTimeStandsStill) {
  Team team;
  for (int i = 0; i < 1'000; ++i) {
    team.heard(0);
    EXPECT_TRUE(team.expire(0).empty());
  }
  team.expect_state(online, 0);
  EXPECT_EQ(team.tracker.next_due(), at_s(90));
}

TEST(Presence, GoesByTheNewClockWhenItIsSetBack) {
  Team team;
  team.heard_every_minute(10'000, 10'300, depot);
  team.expect_state(parked, 10'300);
  team.heard(0, depot);
  team.expect_state(online, 0);
  EXPECT_EQ(team.tracker.next_due(), at_s(90));
  EXPECT_EQ(team.expire(90).size(), 1u);
  team.expect_state(silent, 90);
}

TEST(Presence, WithdrawsWhatALeapOfTheClockMade) {
  Team team;
  team.heard(0);
  team.expire(1'000'000);
  team.expect_state(offline, 600);
  ASSERT_TRUE(team.heard(20));
  team.expect_state(online, 20);
  EXPECT_EQ(team.expire(110).size(), 1u);
}

TEST(Presence, TakesAnothersWordThatAnAgentWasHeard) {
  Team team;
  team.heard(0);
  EXPECT_FALSE(team.tracker.heard_elsewhere(0, depot, at_s(-10), at_s(20))) << "heard since";
  EXPECT_FALSE(team.tracker.heard_elsewhere(0, depot, at_s(60), at_s(65))) << "online as before";
  EXPECT_TRUE(team.expire(149).empty()) << "the times count from what the other heard";
  ASSERT_EQ(team.expire(150).size(), 1u);
  const auto back = team.tracker.heard_elsewhere(0, depot, at_s(155), at_s(160));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->state, online);
  EXPECT_EQ(back->since, at_s(155));
}

TEST(Presence, TakesAnothersWordThatIsOldAsOld) {
  Team team;
  const auto state = team.tracker.heard_elsewhere(0, depot, at_s(0), at_s(100));
  ASSERT_TRUE(state);
  EXPECT_EQ(state->state, silent);
  EXPECT_EQ(state->since, at_s(90));
  ASSERT_EQ(team.expire(600).size(), 1u);
  team.expect_state(offline, 600);
  EXPECT_FALSE(team.tracker.heard_elsewhere(0, depot, at_s(0), at_s(700))) << "nothing new";
  EXPECT_TRUE(team.tracker.heard_elsewhere(0, depot, at_s(50), at_s(5'000))) << "offline, but since a later time";
  EXPECT_FALSE(team.tracker.next_due() && *team.tracker.next_due() <= at_s(5'000));
}

TEST(Presence, IsRestoredFromTheTimeOfALastFix) {
  Team team;
  team.tracker.restore(0, depot, at_s(0), at_s(50));
  team.expect_state(online, 0);
  team.tracker.restore(0, depot, at_s(0), at_s(500));
  team.expect_state(silent, 90);
  EXPECT_EQ(team.tracker.next_due(), at_s(600));
  team.tracker.restore(0, depot, at_s(0), at_s(5'000));
  team.expect_state(offline, 600);
  EXPECT_FALSE(team.tracker.next_due());
  team.tracker.restore(0, depot, at_s(900), at_s(50));
  team.expect_state(online, 50);
}

TEST(Presence, IsForgottenWithItsAgent) {
  Team team;
  team.heard(0);
  team.heard(5, depot, 1);
  team.tracker.forget(0);
  team.tracker.forget(99);
  EXPECT_EQ(team.tracker.state(0).state, offline);
  ASSERT_EQ(team.expire(200).size(), 1u);
  EXPECT_EQ(team.changes[0].agent, 1u);
  ASSERT_TRUE(team.heard(300, away_from_depot));
  team.expect_state(online, 300);
}

TEST(Presence, GoesByANewPolicy) {
  Team team;
  team.heard(0);
  Policy patient;
  patient.silent_after = seconds{1'000};
  patient.offline_after = seconds{2'000};
  team.tracker.set_policy(patient);
  EXPECT_TRUE(team.expire(999).empty());
  EXPECT_EQ(team.expire(1'000).size(), 1u);
  Policy strict;
  strict.silent_after = seconds{10};
  strict.offline_after = seconds{20};
  team.tracker.set_policy(strict);
  EXPECT_EQ(team.tracker.next_due(), at_s(1'010));
}

/// What the tracker should say, found by looking at every agent each time.
struct ByHand {
  PresenceState state = offline;
  Timestamp since{}, last_heard{}, rest_since{};
  std::optional<Coordinates> place;
};

TEST(Presence, AgreesWithAComparisonOfAllAtRandom) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  Team team;
  std::vector<ByHand> agents(40);
  int now_s = 0;
  for (int step = 0; step < 50'000; ++step) {
    now_s += static_cast<int>(random() % 20);
    const auto index = static_cast<std::uint32_t>(random() % agents.size());
    if (index >= 20 && random() % 50 != 0) continue;  // half of them are heard seldom
    if (random() % 200 == 0) {
      team.tracker.forget(index);
      agents[index] = ByHand{};
    }
    const auto due = team.tracker.next_due();
    team.expire(now_s);
    EXPECT_TRUE(team.changes.empty() || (due && *due <= at_s(now_s))) << "next_due was late";
    for (auto& agent : agents) {
      const bool was_parked = agent.state == parked;
      if (agent.state == online || agent.state == parked) {
        const Timestamp falls = agent.last_heard + (was_parked ? seconds{3'600} : seconds{90});
        if (falls <= at_s(now_s)) agent.state = silent, agent.since = falls;
      }
      if (agent.state == silent && agent.since + seconds{510} <= at_s(now_s)) {
        agent.state = offline;
        agent.since += seconds{510};
      }
    }
    ByHand& agent = agents[index];
    const Coordinates at =
        random() % 30 == 0 ? Coordinates{static_cast<double>(random() % 5), 0} : agent.place.value_or(depot);
    const bool was_away = agent.state == silent || agent.state == offline;
    if (was_away || !agent.place || distance_m(*agent.place, at) > 50) agent.rest_since = at_s(now_s);
    if (!agent.place || distance_m(*agent.place, at) > 50) agent.place = at;
    const PresenceState next = !was_away && at_s(now_s) - agent.rest_since >= seconds{300} ? parked : online;
    if (next != agent.state) agent.since = at_s(now_s);
    agent.state = next;
    agent.last_heard = at_s(now_s);
    team.heard(now_s, at, index);
    for (std::uint32_t i = 0; i < agents.size(); ++i) {
      ASSERT_EQ(team.tracker.state(i).state, agents[i].state) << "agent " << i << " at " << now_s;
      if (agents[i].state != offline || agents[i].place) {
        ASSERT_EQ(team.tracker.state(i).since, agents[i].since);
      }
    }
  }
}

}  // namespace
}  // namespace fieldcast::presence
