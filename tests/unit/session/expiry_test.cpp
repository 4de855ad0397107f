// The end of a token, and its renewal in time.
#include "unit/session/talk.hpp"

namespace fieldcast::session {
namespace {

using access::Role;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view renewal = R"({"type":"auth","id":3,"token":"next"})";

TEST(Expiry, IsAnnouncedAndThenEndsTheSession) {
  Talk talk;
  talk.sign_in(Role::agent, seconds{60});
  EXPECT_EQ(talk.session.next_tick(), session_start.steady + seconds{50});
  EXPECT_THAT(talk.tick(), IsEmpty());
  EXPECT_THAT(talk.next_tick(), ElementsAre(R"({"type":"token_expiring","in_s":10})"));
  EXPECT_THAT(talk.tick(), IsEmpty());
  talk.pass(milliseconds{9'999});
  EXPECT_THAT(talk.tick(), IsEmpty());
  talk.pass(milliseconds{1});
  EXPECT_THAT(talk.tick(), ElementsAre("close 4201 token_expired"));
  EXPECT_THAT(talk.hear(R"({"type":"ping"})"), IsEmpty());
  EXPECT_EQ(talk.session.next_tick(), SteadyTime::max());
}

TEST(Expiry, IsAnnouncedAtOnceWhenTheTokenEndsSoon) {
  Talk talk;
  talk.sign_in(Role::agent, seconds{4});
  EXPECT_EQ(talk.session.next_tick(), session_start.steady);
  EXPECT_THAT(talk.tick(), ElementsAre(R"({"type":"token_expiring","in_s":4})"));
  EXPECT_EQ(talk.session.next_tick(), session_start.steady + seconds{4});
}

TEST(Expiry, EndsWithoutAnnouncementWhenTheTickIsLate) {
  Talk talk;
  talk.sign_in(Role::agent, seconds{60});
  talk.pass(seconds{90});
  EXPECT_THAT(talk.tick(), ElementsAre("close 4201 token_expired"));
}

TEST(Expiry, OfATokenWithoutEndNeverComes) {
  Talk talk;
  auto claims = std::make_shared<access::Claims>(*Talk::claims_of(Role::agent));
  claims->expires_at = Timestamp::max();
  talk.session.sign_in(claims, talk.now, talk.actions);
  talk.actions.clear();
  for (int day = 0; day < 1'000; ++day) {
    ASSERT_GT(talk.session.next_tick(), talk.now.steady);
    ASSERT_THAT(talk.next_tick(), IsEmpty());
  }
}

TEST(Expiry, OfALongTokenComesAtItsTime) {
  Talk talk;
  talk.sign_in(Role::agent, std::chrono::hours{24 * 30});
  int ticks = 0;
  std::vector<std::string> said;
  while (said.empty() && ticks < 100) {
    said = talk.next_tick();
    ++ticks;
  }
  EXPECT_THAT(said, ElementsAre(message_of("token_expiring")));
  EXPECT_EQ(talk.now.wall, session_start.wall + std::chrono::hours{24 * 30} - seconds{10});
}

TEST(Expiry, WaitsWhenTheWallClockIsSetBack) {
  Talk talk;
  talk.sign_in(Role::agent, seconds{60});
  talk.now.wall -= seconds{100};
  EXPECT_THAT(talk.next_tick(), IsEmpty());
  EXPECT_EQ(talk.session.next_tick(), talk.now.steady + seconds{100});
  EXPECT_THAT(talk.next_tick(), ElementsAre(message_of("token_expiring")));
}

TEST(Renewal, ReplacesTheClaimsAndMovesTheEnd) {
  Talk talk;
  talk.sign_in(Role::agent, seconds{60});
  talk.know("next", Talk::claims_of(Role::agent, seconds{660}));
  ASSERT_THAT(talk.next_tick(), ElementsAre(message_of("token_expiring")));
  EXPECT_THAT(talk.hear(renewal), ElementsAre("renewed u1", R"({"type":"ok","id":3})"));
  EXPECT_EQ(talk.session.claims()->expires_at, session_start.wall + seconds{660});
  EXPECT_THAT(talk.next_tick(), ElementsAre(R"({"type":"token_expiring","in_s":10})"));
  EXPECT_EQ(talk.now.wall, session_start.wall + seconds{650});
  EXPECT_THAT(talk.next_tick(), ElementsAre("close 4201 token_expired"));
}

TEST(Renewal, IsRefusedToAnotherUserRoleOrOrganisation) {
  for (const auto& claims :
       {Talk::claims_of(Role::agent, seconds{99}, "u2"), Talk::claims_of(Role::gateway, seconds{99}),
        Talk::claims_of(Role::admin, seconds{99}), Talk::claims_of(Role::agent, seconds{99}, "u1", "other")}) {
    Talk talk;
    talk.sign_in(Role::agent, seconds{60});
    talk.know("next", claims);
    const auto before = talk.session.claims();
    EXPECT_THAT(talk.hear(renewal), ElementsAre(error_of("forbidden", 3)));
    EXPECT_EQ(talk.session.claims(), before);
    EXPECT_EQ(talk.session.next_tick(), session_start.steady + seconds{50});
  }
}

TEST(Renewal, ThatFailsLeavesTheSessionAsItIs) {
  Talk talk;
  talk.sign_in(Role::agent, seconds{60});
  talk.know("over", Talk::claims_of(Role::agent, seconds{0}));
  EXPECT_THAT(talk.hear(R"({"type":"auth","id":1,"token":"bad"})"), ElementsAre(error_of("unauthenticated", 1)));
  EXPECT_THAT(talk.hear(R"({"type":"auth","id":2,"token":"old"})"), ElementsAre(error_of("token_expired", 2)));
  EXPECT_THAT(talk.hear(R"({"type":"auth","id":3,"token":"over"})"), ElementsAre(error_of("token_expired", 3)));
  EXPECT_THAT(talk.hear(R"({"type":"auth","id":4})"), ElementsAre(error_of("bad_request", 4)));
  EXPECT_THAT(talk.hear(R"({"type":"ping","id":5})"), ElementsAre(message_of("pong")));
  ASSERT_THAT(talk.next_tick(), ElementsAre(message_of("token_expiring")));
  EXPECT_THAT(talk.next_tick(), ElementsAre("close 4201 token_expired"));
}

}  // namespace
}  // namespace fieldcast::session
