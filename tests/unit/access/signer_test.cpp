#include "fieldcast/access/signer.hpp"

#include "unit/access/crafted_tokens.hpp"

namespace fieldcast::access {
namespace {

/// Signs the payload of `claims` and reads it back.
Claims round_trip(const Claims& claims, const VerifierSettings& settings = {}) {
  return claims_from(token_payload(claims, test_now, settings), settings);
}
Claims claims_of(Role role) {
  Claims claims;
  claims.user = UserId("u \"1\"");
  claims.role = role;
  claims.org = OrgId("acme");
  claims.expires_at = test_now + seconds{600};
  return claims;
}
bool same(const Claims& a, const Claims& b) {
  return a.user == b.user && a.role == b.role && a.org == b.org && a.team == b.team && a.teams == b.teams &&
         a.all_teams == b.all_teams && a.teams_from_store == b.teams_from_store && a.name == b.name &&
         a.expires_at == b.expires_at;
}

TEST(GenerateKey, GivesKeysThatDifferAndSign) {
  for (const auto algorithm : {Algorithm::hs256, Algorithm::rs256, Algorithm::es256, Algorithm::eddsa}) {
    const auto one = generate_key(algorithm);
    const auto two = generate_key(algorithm);
    ASSERT_TRUE(one.has_value() && two.has_value());
    EXPECT_NE(one->private_pem, two->private_pem);
    EXPECT_EQ(one->public_pem.empty(), algorithm == Algorithm::hs256);
    EXPECT_TRUE(sign_token(algorithm, one->private_pem, "", "{}").has_value());
  }
  EXPECT_EQ(generate_key(Algorithm::hs256)->private_pem.size(), 43U);
}

TEST(SignToken, RefusesKeysThatDoNotFit) {
  for (const auto algorithm : {Algorithm::hs256, Algorithm::rs256, Algorithm::es256, Algorithm::eddsa}) {
    for (const std::string_view key :
         {std::string_view(), std::string_view("short"), std::string_view(pair_of(algorithm).public_pem)}) {
      const auto token = sign_token(algorithm, key, "", "{}");
      ASSERT_FALSE(token.has_value());
      EXPECT_EQ(token.error().code, "key_unusable");
    }
  }
  EXPECT_FALSE(sign_token(Algorithm::es256, pair_of(Algorithm::rs256).private_pem, "", "{}").has_value());
}

TEST(SignToken, NamesTheKeyWhenItHasAName) {
  const auto header_of = [](const std::string& token) { return token.substr(0, token.find('.')); };
  EXPECT_EQ(header_of(*sign_token(Algorithm::hs256, test_secret, "", "{}")),
            base64url(R"({"alg":"HS256","typ":"JWT"})"));
  EXPECT_EQ(header_of(*sign_token(Algorithm::hs256, test_secret, "k\"1", "{}")),
            base64url(R"({"alg":"HS256","kid":"k\"1","typ":"JWT"})"));
}

TEST(TokenPayload, ReadsBackForEveryRole) {
  Claims agent = claims_of(Role::agent);
  agent.team = TeamId("north");
  agent.name = "Ann";
  EXPECT_TRUE(same(round_trip(agent), agent));

  Claims gateway = claims_of(Role::gateway);
  gateway.team = TeamId("north");
  gateway.teams = {TeamId("south")};
  EXPECT_TRUE(same(round_trip(gateway), gateway));

  Claims manager = claims_of(Role::manager);
  EXPECT_TRUE(same(round_trip(manager), manager)) << "no teams at all";
  manager.teams = {TeamId("north"), TeamId("south")};
  EXPECT_TRUE(same(round_trip(manager), manager));
  manager.teams.clear();
  manager.teams_from_store = true;
  EXPECT_TRUE(same(round_trip(manager), manager));
  manager.teams_from_store = false;
  manager.all_teams = true;
  EXPECT_TRUE(same(round_trip(manager), manager));

  Claims admin = claims_of(Role::admin);
  admin.all_teams = true;
  EXPECT_TRUE(same(round_trip(admin), admin));
}

TEST(TokenPayload, UsesTheSettingsOfTheVerifier) {
  VerifierSettings settings;
  settings.issuer = "https://id.example";
  settings.audience = "fieldcast";
  settings.names = {
      .user = "id", .role = "realm.role", .org = "https://acme.example/org", .team = "t", .teams = "ts", .name = "n"};
  Claims manager = claims_of(Role::manager);
  manager.teams = {TeamId("north")};
  manager.name = "Ann";
  EXPECT_TRUE(same(round_trip(manager, settings), manager));
}

}  // namespace
}  // namespace fieldcast::access
