#include "unit/session/talk.hpp"

namespace fieldcast::session {
namespace {

using access::Role;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view good_hello = R"({"type":"hello","token":"good"})";

TEST(SignIn, ByTheUpgradeGivesWelcomeFirst) {
  Talk talk;
  talk.session.sign_in(Talk::claims_of(Role::manager), talk.now, talk.actions);
  EXPECT_THAT(talk.take(),
              ElementsAre(R"({"type":"welcome","session":"s1","user":"u1","role":"manager",)"
                          R"("server_time":"2027-01-15T08:00:00.000Z","heartbeat_s":25,"interval_s":30,)"
                          R"("limits":{"message_bytes":131072,"positions_per_message":500,"messages_per_s":100}})",
                          "signed in u1"));
  ASSERT_NE(talk.session.claims(), nullptr);
  EXPECT_EQ(talk.session.claims()->role, Role::manager);
}

TEST(SignIn, ByHelloGivesWelcomeFirst) {
  Talk talk;
  talk.know("good", Talk::claims_of(Role::agent));
  EXPECT_EQ(talk.session.claims(), nullptr);
  talk.pass(seconds{3});
  EXPECT_THAT(talk.hear(good_hello), ElementsAre(message_of("welcome"), "signed in u1"));
  EXPECT_EQ(talk.verified_at, talk.now.wall);
  EXPECT_NE(talk.session.claims(), nullptr);
}

TEST(SignIn, RefusesABadTokenForGood) {
  Talk talk;
  talk.know("good", Talk::claims_of(Role::agent));
  EXPECT_THAT(talk.hear(R"({"type":"hello","token":"bad"})"),
              ElementsAre(AllOf(error_of("unauthenticated"), HasSubstr("signature does not match")),
                          "close 4001 unauthenticated"));
  EXPECT_THAT(talk.hear(good_hello), IsEmpty());
  EXPECT_EQ(talk.session.claims(), nullptr);
}

TEST(SignIn, DoesNotAskToReconnectAtOnceWithAnExpiredToken) {
  Talk talk;
  EXPECT_THAT(talk.hear(R"({"type":"hello","token":"old"})"),
              ElementsAre(error_of("token_expired"), "close 4001 token_expired"));
}

TEST(SignIn, RefusesATokenThatIsOnlyValidByItsLeeway) {
  Talk hello;
  hello.know("good", Talk::claims_of(Role::agent, seconds{0}));
  EXPECT_THAT(hello.hear(good_hello), ElementsAre(error_of("token_expired"), "close 4001 token_expired"));

  Talk upgrade;
  upgrade.session.sign_in(Talk::claims_of(Role::agent, seconds{-30}), upgrade.now, upgrade.actions);
  EXPECT_THAT(upgrade.take(), ElementsAre(error_of("token_expired"), "close 4001 token_expired"));
  EXPECT_EQ(upgrade.session.claims(), nullptr);
}

TEST(SignIn, MustComeBeforeAnythingElse) {
  for (const std::string_view text :
       {R"({"type":"position","id":5,"lat":1,"lon":2,"recorded_at":1800000000})",
        R"({"type":"positions","id":5,"positions":[]})", R"({"type":"subscribe","id":5,"room":"team:north"})",
        R"({"type":"view","id":5,"room":"team:north"})", R"({"type":"unsubscribe","id":5,"room":"team:north"})",
        R"({"type":"ping","id":5})", R"({"type":"auth","id":5,"token":"good"})", R"({"type":"hello","id":5})",
        R"({"type":"what","id":5})"}) {
    Talk talk;
    talk.know("good", Talk::claims_of(Role::agent));
    EXPECT_THAT(talk.hear(text), ElementsAre(error_of("unauthenticated", 5))) << text;
    EXPECT_EQ(talk.session.claims(), nullptr);
    EXPECT_THAT(talk.hear(good_hello), ElementsAre(message_of("welcome"), "signed in u1")) << text;
  }
}

TEST(SignIn, EndsAtTheThirdMessageThatIsNoHello) {
  Talk talk;
  EXPECT_THAT(talk.hear("not json"), ElementsAre(error_of("unauthenticated")));
  EXPECT_THAT(talk.hear("[]"), ElementsAre(error_of("unauthenticated")));
  EXPECT_THAT(talk.hear(R"({"type":"ping"})"), ElementsAre(error_of("unauthenticated"), "close 4001 unauthenticated"));
  EXPECT_THAT(talk.hear(good_hello), IsEmpty());
}

TEST(SignIn, MustComeInTime) {
  Talk talk;
  EXPECT_EQ(talk.session.next_tick(), session_start.steady + seconds{10});
  talk.pass(milliseconds{9'999});
  EXPECT_THAT(talk.tick(), IsEmpty());
  talk.pass(milliseconds{1});
  EXPECT_THAT(talk.tick(), ElementsAre("close 4001 unauthenticated"));
  EXPECT_THAT(talk.tick(), IsEmpty());
  EXPECT_EQ(talk.session.next_tick(), SteadyTime::max());
}

TEST(SignIn, AfterTheEndIsIgnored) {
  Talk talk;
  ASSERT_EQ(talk.next_tick().size(), 1U);
  talk.session.sign_in(Talk::claims_of(Role::agent), talk.now, talk.actions);
  EXPECT_THAT(talk.take(), IsEmpty());
  EXPECT_THAT(talk.hear_frames(100'000), IsEmpty());
}

TEST(SignIn, HappensOnce) {
  Talk talk;
  talk.sign_in(Role::agent);
  talk.know("good", Talk::claims_of(Role::admin));
  EXPECT_THAT(talk.hear(good_hello), ElementsAre(error_of("bad_request")));
  talk.session.sign_in(Talk::claims_of(Role::admin), talk.now, talk.actions);
  EXPECT_THAT(talk.take(), IsEmpty());
  EXPECT_EQ(talk.session.claims()->role, Role::agent);
}

TEST(SignIn, IsLimitedInItsRate) {
  Settings settings;
  settings.burst_messages = 2;
  Talk talk(settings);
  talk.know("good", Talk::claims_of(Role::agent));
  EXPECT_THAT(talk.hear("x"), ElementsAre(error_of("unauthenticated")));
  EXPECT_THAT(talk.hear("x"), ElementsAre(error_of("unauthenticated")));
  EXPECT_THAT(talk.hear(good_hello), ElementsAre(error_of("rate_limited")));
  talk.pass(seconds{1});
  EXPECT_THAT(talk.hear(good_hello), ElementsAre(message_of("welcome"), "signed in u1"));
}

TEST(Session, IsSmall) { EXPECT_LE(sizeof(Session), 112U); }

}  // namespace
}  // namespace fieldcast::session
