// Registrations and seats: what instances tell each other of agents.
#include "contract/bus_contract.hpp"

#include <atomic>
#include <gmock/gmock.h>

namespace fieldcast::bus::contract {
namespace {

using testing::IsEmpty;

const AgentKey asha{OrgId("acme"), AgentId("asha")};

TEST_P(BusContract, TellsOtherInstancesWhoIsRegistered) {
  Heard heard, heard_by_origin;
  const auto listening = join(heard), origin = join(heard_by_origin);
  const auto agent = std::make_shared<const AgentIdentity>(
      AgentIdentity{OrgId("acme %{}"), TeamId("n\u00f6rth/2"), AgentId("asha:1"), "Asha \"A\" N\u00e4ir"});
  origin->announce(agent, nullptr);
  const auto registered = heard.wait_for_registered(1);
  ASSERT_EQ(registered.size(), 1U);
  EXPECT_EQ(registered[0]->team_key(), agent->team_key());
  EXPECT_EQ(registered[0]->key(), agent->key());
  EXPECT_EQ(registered[0]->name, agent->name);
  listening->announce(make_agent("marker"), nullptr);
  EXPECT_EQ(heard_by_origin.wait_for_registered(1).at(0)->agent, AgentId("marker"));
}

TEST_P(BusContract, TellsOtherInstancesThatASeatWasTaken) {
  Heard heard, other, heard_by_origin;
  const auto listening = join(heard), also = join(other), origin = join(heard_by_origin);
  const Timestamp taken_at = from_unix_ms(to_unix_ms(read_clock().wall));
  origin->take_seat(asha, taken_at);
  for (Heard* each : {&heard, &other}) {
    const auto replaced = each->wait_for_replaced(1);
    ASSERT_EQ(replaced.size(), 1U);
    EXPECT_EQ(replaced[0].agent, asha);
    EXPECT_EQ(replaced[0].taken_at, taken_at);
    EXPECT_FALSE(replaced[0].late);
  }
  listening->take_seat({OrgId("acme"), AgentId("marker")}, from_unix_ms(1));
  EXPECT_EQ(heard_by_origin.wait_for_replaced(1).at(0).agent.agent, AgentId("marker"));
}

TEST_P(BusContract, LetsTheNewerSeatWinOnWhicheverInstance) {
  Heard heard_one, heard_two, heard_three;
  std::promise<void> let_go;
  const auto held = let_go.get_future().share();
  // Their threads stand still while both announce, so that each has announced when it hears of the other.
  std::atomic<int> standing{0};
  const auto gated = [&standing, held](Heard& heard) {
    Listener listener = heard.listener();
    listener.registered = [&standing, held](const AgentIdentityPtr&) {
      ++standing;
      held.wait();
    };
    return listener;
  };
  const auto one = join(gated(heard_one)), two = join(gated(heard_two)), three = join(heard_three);
  three->announce(make_agent("gate"), nullptr);
  ASSERT_TRUE(eventually([&] { return standing == 2; }));
  constexpr int rounds = 100;
  for (int round = 0; round < rounds; ++round) {
    const AgentKey agent{OrgId("acme"), AgentId(std::to_string(round))};
    (round % 2 == 0 ? one : two)->take_seat(agent, read_clock().wall);
    (round % 2 == 0 ? two : one)->take_seat(agent, read_clock().wall);
  }
  let_go.set_value();
  heard_three.wait_for_replaced(std::size_t{2} * rounds);
  three->take_seat(asha, read_clock().wall);  // the last word
  std::map<AgentKey, int> replaced;
  for (Heard* heard : {&heard_one, &heard_two}) {
    EXPECT_TRUE(eventually([&] { return !heard->replaced().empty() && heard->replaced().back().agent == asha; }));
    for (const SeatTaken& seat : heard->replaced()) ++replaced[seat.agent];
  }
  EXPECT_EQ(replaced.size(), std::size_t{rounds} + 1);
  for (const auto& [agent, times] : replaced) EXPECT_EQ(times, agent == asha ? 2 : 1) << agent.agent.str();
}

TEST_P(BusContract, TellsNothingOfRegistrationsToTheirOrigin) {
  Heard heard_one, heard_two;
  const auto one = join(heard_one), two = join(heard_two);
  one->take_seat(asha, read_clock().wall);
  heard_two.wait_for_replaced(1);
  EXPECT_THAT(heard_one.replaced(), IsEmpty());
}

}  // namespace
}  // namespace fieldcast::bus::contract
