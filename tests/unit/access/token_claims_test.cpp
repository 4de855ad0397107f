// What a payload whose signature is right may say, and what is made of it.
#include "unit/access/crafted_tokens.hpp"

#include <gmock/gmock.h>

namespace fieldcast::access {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// A payload of the usual claims and `more`.
std::string payload(std::string_view more) { return R"({"sub":"u1","exp":1800000600,)" + std::string(more) + "}"; }
std::string with_exp(std::string_view exp) { return R"({"sub":"u1","role":"agent","exp":)" + std::string(exp) + "}"; }

TEST(TokenTimes, EndAtExpPlusTheLeeway) {
  const auto at = [](std::int64_t unix_ms) { return verdict_on(agent_payload, {}, from_unix_ms(unix_ms)); };
  EXPECT_EQ(at(1'800'000'599'999), "accepted");
  EXPECT_EQ(at(1'800'000'659'999), "accepted");
  EXPECT_EQ(at(1'800'000'660'000), "token_expired");
  VerifierSettings exact;
  exact.leeway = seconds{0};
  EXPECT_EQ(verdict_on(agent_payload, exact, from_unix_ms(1'800'000'600'000)), "token_expired");
}

TEST(TokenTimes, BeginAtNbfMinusTheLeeway) {
  const std::string text = payload(R"("role":"agent","nbf":1800000100)");
  EXPECT_EQ(verdict_on(text, {}, from_unix_ms(1'800'000'040'000)), "accepted");
  EXPECT_EQ(verdict_on(text, {}, from_unix_ms(1'800'000'039'999)), "unauthenticated");
}

TEST(TokenTimes, MayHaveFractions) {
  EXPECT_EQ(claims_from(with_exp("1800000600.25")).expires_at, from_unix_ms(1'800'000'600'250));
  EXPECT_EQ(claims_from(with_exp("1.8000006e9")).expires_at, from_unix_ms(1'800'000'600'000));
}

TEST(TokenTimes, RefusesExpThatIsMissingOrNoTime) {
  EXPECT_EQ(verdict_on(R"({"sub":"u1","role":"agent"})"), "unauthenticated");
  for (const std::string_view exp :
       {R"("1800000600")", "null", "true", "[1800000600]", "{}", "1e300", "1e400", "-1e300", "1800000600000",
        "99999999999999999999999999", "18446744073709551615", "NaN"}) {
    EXPECT_EQ(verdict_on(with_exp(exp)), "unauthenticated") << exp;
  }
  for (const std::string_view exp : {"0", "-1", "-1e9", "1"}) EXPECT_EQ(verdict_on(with_exp(exp)), "token_expired");
}

TEST(TokenTimes, RefusesNbfAndIatThatAreNoTimes) {
  for (const std::string_view name : {"nbf", "iat"}) {
    for (const std::string_view value : {R"("1")", "null", "[]", "1e300"}) {
      const std::string text = payload(R"("role":"agent",")" + std::string(name) + "\":" + std::string(value));
      EXPECT_EQ(verdict_on(text), "unauthenticated") << text;
    }
  }
  EXPECT_EQ(verdict_on(payload(R"("role":"agent","iat":1799999999.5)")), "accepted");
}

TEST(TokenIssuer, IsComparedWhenSet) {
  VerifierSettings settings;
  settings.issuer = "https://id.example";
  EXPECT_EQ(verdict_on(payload(R"("role":"agent","iss":"https://id.example")"), settings), "accepted");
  for (const std::string_view more :
       {R"("role":"agent")", R"("role":"agent","iss":"https://id.example/")",
        R"("role":"agent","iss":["https://id.example"])", R"("role":"agent","iss":null)"}) {
    EXPECT_EQ(verdict_on(payload(more), settings), "unauthenticated") << more;
  }
}

TEST(TokenAudience, MustBeOrContainOurs) {
  VerifierSettings settings;
  settings.audience = "fieldcast";
  EXPECT_EQ(verdict_on(payload(R"("role":"agent","aud":"fieldcast")"), settings), "accepted");
  EXPECT_EQ(verdict_on(payload(R"("role":"agent","aud":["other","fieldcast"])"), settings), "accepted");
  for (const std::string_view aud :
       {R"("other")", "[]", R"(["other"])", "null", R"({"fieldcast":1})", R"("fieldcast2")"}) {
    EXPECT_EQ(verdict_on(payload(R"("role":"agent","aud":)" + std::string(aud)), settings), "unauthenticated") << aud;
  }
  EXPECT_EQ(verdict_on(payload(R"("role":"agent")"), settings), "unauthenticated");
}

TEST(TokenClaims, OfAnAgent) {
  const Claims claims =
      claims_from(payload(R"("role":"agent","org":"acme","team":"north","name":"Ann","teams":["x"])"));
  EXPECT_EQ(claims.user.str(), "u1");
  EXPECT_EQ(claims.role, Role::agent);
  EXPECT_EQ(claims.org.str(), "acme");
  EXPECT_EQ(claims.team.str(), "north");
  EXPECT_EQ(claims.name, "Ann");
  EXPECT_THAT(claims.teams, IsEmpty());
  EXPECT_FALSE(claims.all_teams);
  EXPECT_FALSE(claims.teams_from_store);
}

TEST(TokenClaims, HaveDefaults) {
  const Claims claims = claims_from(payload(R"("role":"agent")"));
  EXPECT_EQ(claims.org.str(), "default");
  EXPECT_TRUE(claims.team.empty());
  EXPECT_EQ(claims.name, "");
  EXPECT_EQ(claims_from(payload(R"("role":"agent","org":null,"team":null)")).org.str(), "default");
}

TEST(TokenClaims, OfAManager) {
  const Claims listed = claims_from(payload(R"("role":"manager","teams":["north","south"])"));
  EXPECT_THAT(listed.teams, ElementsAre(TeamId("north"), TeamId("south")));
  EXPECT_FALSE(listed.all_teams);
  EXPECT_FALSE(listed.teams_from_store);
  EXPECT_TRUE(claims_from(payload(R"("role":"manager","teams":"*")")).all_teams);
  EXPECT_TRUE(claims_from(payload(R"("role":"manager","teams":["*"])")).all_teams);
  EXPECT_THAT(claims_from(payload(R"("role":"manager","teams":"north")")).teams, ElementsAre(TeamId("north")));
}

TEST(TokenClaims, LeaveAManagersTeamsToTheStoreOnlyWhenAbsent) {
  EXPECT_TRUE(claims_from(payload(R"("role":"manager")")).teams_from_store);
  const Claims none = claims_from(payload(R"("role":"manager","teams":[])"));
  EXPECT_FALSE(none.teams_from_store);
  EXPECT_FALSE(none.all_teams);
  EXPECT_FALSE(claims_from(payload(R"("role":"gateway")")).teams_from_store);
}

TEST(TokenClaims, OfAnAdminAreAllTeams) { EXPECT_TRUE(claims_from(payload(R"("role":"admin")")).all_teams); }

TEST(TokenClaims, OfAGateway) {
  const Claims claims = claims_from(payload(R"("role":"gateway","team":"north","teams":["south"])"));
  EXPECT_EQ(claims.team.str(), "north");
  EXPECT_THAT(claims.teams, ElementsAre(TeamId("south")));
}

TEST(TokenClaims, AreNeverAllTeamsForAnAgent) {
  const Claims claims = claims_from(payload(R"("role":"agent","teams":"*")"));
  EXPECT_FALSE(claims.all_teams);
  EXPECT_EQ(verdict_on(payload(R"("role":"agent","team":"*")")), "unauthenticated");
}

TEST(TokenClaims, RefusesRolesThatAreMissingOrUnknown) {
  for (const std::string_view more :
       {R"("x":1)", R"("role":"Admin")", R"("role":"")", R"("role":null)", R"("role":["admin"])", R"("role":1)"}) {
    EXPECT_EQ(verdict_on(payload(more)), "unauthenticated") << more;
  }
}

TEST(TokenClaims, RefusesIdsThatAreNotValid) {
  const std::string too_long(129, 'x');
  for (const std::string& bad :
       {std::string(R"("")"), "\"" + too_long + "\"", std::string(R"("a\u0000b")"), std::string(R"("a\nb")"),
        std::string("[]"), std::string("{}"), std::string("1.5"), std::string("true")}) {
    EXPECT_EQ(verdict_on(R"({"role":"agent","exp":1800000600,"sub":)" + bad + "}"), "unauthenticated") << bad;
    EXPECT_EQ(verdict_on(payload(R"("role":"agent","org":)" + bad)), "unauthenticated") << bad;
    EXPECT_EQ(verdict_on(payload(R"("role":"agent","team":)" + bad)), "unauthenticated") << bad;
    EXPECT_EQ(verdict_on(payload(R"("role":"manager","teams":["north",)" + bad + "]")), "unauthenticated") << bad;
  }
  EXPECT_EQ(verdict_on(R"({"role":"agent","exp":1800000600})"), "unauthenticated");
  EXPECT_EQ(verdict_on(R"({"role":"agent","exp":1800000600,"sub":null})"), "unauthenticated");
}

TEST(TokenClaims, TakeWholeNumbersAsIds) {
  const Claims claims = claims_from(R"({"sub":42,"role":"manager","org":7,"teams":[1,"2"],"exp":1800000600})");
  EXPECT_EQ(claims.user.str(), "42");
  EXPECT_EQ(claims.org.str(), "7");
  EXPECT_THAT(claims.teams, ElementsAre(TeamId("1"), TeamId("2")));
}

TEST(TokenClaims, DropANameThatCannotBeShown) {
  EXPECT_EQ(claims_from(payload(R"("role":"agent","name":"a\u0007b")")).name, "");
  EXPECT_EQ(claims_from(payload(R"("role":"agent","name":5)")).name, "");
}

TEST(ClaimNames, DescendAtDots) {
  VerifierSettings settings;
  settings.names = {.user = "id",
                    .role = "realm.access.role",
                    .org = "https://acme.example/org",
                    .team = "data.team",
                    .teams = "data.teams",
                    .name = "profile.given_name"};
  const Claims claims = claims_from(R"({"id":"u9","realm":{"access":{"role":"manager"}},"exp":1800000600,
      "https://acme.example/org":"acme","data":{"teams":["north"]},"profile":{"given_name":"Ann"},"sub":"other"})",
                                    settings);
  EXPECT_EQ(claims.user.str(), "u9");
  EXPECT_EQ(claims.role, Role::manager);
  EXPECT_EQ(claims.org.str(), "acme");
  EXPECT_THAT(claims.teams, ElementsAre(TeamId("north")));
  EXPECT_EQ(claims.name, "Ann");
}

TEST(ClaimNames, FindNothingOnAPathThatEndsEarly) {
  VerifierSettings settings;
  settings.names.role = "a.b.c";
  for (const std::string_view more :
       {R"("a":1)", R"("a":{"b":"agent"})", R"("a":{"b":{}})", R"("a":[{"b":{"c":"agent"}}])", R"("role":"agent")"}) {
    EXPECT_EQ(verdict_on(payload(more), settings), "unauthenticated") << more;
  }
  EXPECT_EQ(verdict_on(payload(R"("a":{"b.c":"agent"})"), settings), "accepted");
}

}  // namespace
}  // namespace fieldcast::access
