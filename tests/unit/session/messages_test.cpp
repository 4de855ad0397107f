// What each role may say once it is signed in, and how much of it.
#include "unit/session/talk.hpp"

namespace fieldcast::session {
namespace {

using access::Role;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Role all_roles[] = {Role::agent, Role::gateway, Role::manager, Role::admin};
constexpr std::string_view one_fix = R"({"type":"position","id":7,"lat":12.97,"lon":77.59,"recorded_at":1800000000})";
constexpr std::string_view two_fixes =
    R"({"type":"positions","id":8,"positions":[{"lat":1,"lon":2,"recorded_at":1800000000},{"lat":"x"}]})";

TEST(Positions, AreSubmittedForAgentsAndGateways) {
  for (const auto role : {Role::agent, Role::gateway}) {
    Talk talk;
    talk.sign_in(role);
    EXPECT_THAT(talk.hear(one_fix), ElementsAre("submit 1 #7"));
    EXPECT_THAT(talk.hear(two_fixes), ElementsAre("submit 2 #8"));
  }
}

TEST(Positions, AreForbiddenToManagersAndAdmins) {
  for (const auto role : {Role::manager, Role::admin}) {
    Talk talk;
    talk.sign_in(role);
    EXPECT_THAT(talk.hear(one_fix), ElementsAre(error_of("forbidden", 7)));
    EXPECT_THAT(talk.hear(two_fixes), ElementsAre(error_of("forbidden", 8)));
  }
}

TEST(Positions, AreRefusedAboveTheirLimit) {
  Settings settings;
  settings.limits.positions_per_message = 2;
  Talk talk(settings);
  talk.sign_in(Role::agent);
  const std::string fix = R"({"lat":1,"lon":2,"recorded_at":1800000000})";
  const auto batch = [&](std::size_t fixes) {
    std::string text = R"({"type":"positions","id":9,"positions":[)" + fix;
    for (std::size_t i = 1; i < fixes; ++i) text += "," + fix;
    return text + "]}";
  };
  EXPECT_THAT(talk.hear(batch(2)), ElementsAre("submit 2 #9"));
  EXPECT_THAT(talk.hear(batch(3)), ElementsAre(error_of("too_many_positions", 9)));
}

TEST(Requests, OfRoomsArePassedOnForEveryRole) {
  for (const auto role : all_roles) {
    Talk talk;
    talk.sign_in(role);
    EXPECT_THAT(talk.hear(R"({"type":"subscribe","id":1,"room":"agent:u1"})"), ElementsAre("subscribe agent:u1 #1"));
    EXPECT_THAT(talk.hear(R"({"type":"view","room":"agent:u1","viewport":[1,2,3,4]})"), ElementsAre("view agent:u1"));
    EXPECT_THAT(talk.hear(R"({"type":"unsubscribe","id":2,"room":"agent:u1"})"),
                ElementsAre("unsubscribe agent:u1 #2"));
  }
}

TEST(Requests, ThatCannotBeUsedGetAnErrorAndTheSessionStays) {
  Talk talk;
  talk.sign_in(Role::manager);
  EXPECT_THAT(talk.hear("{"), ElementsAre(error_of("bad_json")));
  EXPECT_THAT(talk.hear(R"({"type":"what","id":1})"), ElementsAre(error_of("unknown_type", 1)));
  EXPECT_THAT(talk.hear(R"({"type":"subscribe","id":2})"),
              ElementsAre(AllOf(error_of("bad_request", 2), HasSubstr("room"))));
  EXPECT_THAT(talk.hear(R"({"type":"ping","id":3})"),
              ElementsAre(R"({"type":"pong","id":3,"server_time":"2027-01-15T08:00:00.000Z"})"));
}

TEST(RateLimit, RefusesWhatIsAboveTheBurstAndNamesTheRequest) {
  Settings settings;
  settings.burst_messages = 3;
  Talk talk(settings);
  talk.sign_in(Role::agent);
  for (int i = 0; i < 3; ++i) EXPECT_THAT(talk.hear(one_fix), ElementsAre("submit 1 #7"));
  EXPECT_THAT(talk.hear(one_fix), ElementsAre(AllOf(error_of("rate_limited", 7), HasSubstr(R"("retry_after_s":1)"))));
  EXPECT_THAT(talk.hear(R"({"type":"ping"})"), ElementsAre(error_of("rate_limited")));
  EXPECT_THAT(talk.hear(R"({"type":"auth","id":4,"token":"x"})"), ElementsAre(error_of("rate_limited", 4)));
  EXPECT_THAT(talk.hear("not json"), ElementsAre(error_of("rate_limited")));
  talk.pass(seconds{1});
  EXPECT_THAT(talk.hear(one_fix), ElementsAre("submit 1 #7"));
}

/// 5 messages a second, 10 at once: the session ends at the 51st message too many.
Settings small_limits() {
  Settings settings;
  settings.limits.messages_per_s = 5;
  settings.burst_messages = 10;
  return settings;
}

TEST(RateLimit, EndsTheSessionAfterTenSecondsOfExcess) {
  Talk talk(small_limits());
  talk.sign_in(Role::agent);
  for (int i = 0; i < 10; ++i) ASSERT_THAT(talk.hear(one_fix), ElementsAre("submit 1 #7"));
  for (int i = 0; i < 50; ++i) ASSERT_THAT(talk.hear(one_fix), ElementsAre(error_of("rate_limited", 7)));
  EXPECT_THAT(talk.hear(one_fix), ElementsAre(error_of("rate_limited", 7), "close 4103 rate_limited"));
  EXPECT_THAT(talk.hear(one_fix), IsEmpty());
  EXPECT_EQ(talk.session.next_tick(), SteadyTime::max());
}

TEST(RateLimit, EndsTheSessionOfASteadyFloodToo) {
  Talk talk(small_limits());
  talk.sign_in(Role::agent);
  bool closed = false;
  for (int i = 0; i < 200 && !closed; ++i) {
    talk.pass(milliseconds{100});  // twice the rate
    for (const auto& line : talk.hear(one_fix)) closed = closed || line == "close 4103 rate_limited";
  }
  EXPECT_TRUE(closed);
}

TEST(RateLimit, CountsAnewOnceTheClientRested) {
  Talk talk(small_limits());
  talk.sign_in(Role::agent);
  for (int burst = 0; burst < 20; ++burst) {
    for (int i = 0; i < 10 + 40; ++i) {
      for (const auto& line : talk.hear(one_fix)) ASSERT_NE(line, "close 4103 rate_limited");
    }
    talk.pass(seconds{2});
  }
}

TEST(RateLimit, CountsFramesThatAreNoMessages) {
  Talk talk(small_limits());
  talk.sign_in(Role::agent);
  EXPECT_THAT(talk.hear_frames(0), IsEmpty());
  EXPECT_THAT(talk.hear_frames(9), IsEmpty());
  EXPECT_THAT(talk.hear(one_fix), ElementsAre("submit 1 #7"));
  EXPECT_THAT(talk.hear(one_fix), ElementsAre(error_of("rate_limited", 7)));
  EXPECT_THAT(talk.hear_frames(49), ElementsAre(error_of("rate_limited")));
  EXPECT_THAT(talk.hear_frames(1), ElementsAre(error_of("rate_limited"), "close 4103 rate_limited"));
}

TEST(RateLimit, DoesNotForgiveOneFloodOfFramesBecauseTheBucketWasFull) {
  Talk talk(small_limits());
  talk.sign_in(Role::agent);
  EXPECT_THAT(talk.hear_frames(4'000'000'000), ElementsAre(error_of("rate_limited"), "close 4103 rate_limited"));
}

TEST(RateLimit, OfFramesHoldsBeforeSignIn) {
  Talk talk(small_limits());
  EXPECT_THAT(talk.hear_frames(10), IsEmpty());
  EXPECT_THAT(talk.hear_frames(51), ElementsAre(error_of("rate_limited"), "close 4103 rate_limited"));
}

}  // namespace
}  // namespace fieldcast::session
