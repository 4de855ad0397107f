// Signatures, keys and the shape of a token. Attacks are in attacks_test.cpp, claims in token_claims_test.cpp.
#include "unit/access/crafted_tokens.hpp"

namespace fieldcast::access {
namespace {

constexpr Algorithm all_algorithms[] = {Algorithm::hs256, Algorithm::rs256, Algorithm::es256, Algorithm::eddsa};

std::string token_of(Algorithm algorithm, std::string_view kid, std::string_view payload = agent_payload) {
  return *sign_token(algorithm, pair_of(algorithm).private_pem, kid, payload);
}

TEST(Verifier, AcceptsATokenOfEveryAlgorithm) {
  for (const auto algorithm : all_algorithms) {
    SCOPED_TRACE(to_string(algorithm));
    KeyRing ring;
    add_key(ring, "k", algorithm);
    const Verifier verifier(std::move(ring), {});
    const auto claims = verifier.verify(token_of(algorithm, "k"), test_now);
    ASSERT_TRUE(claims.has_value()) << claims.error().text;
    EXPECT_EQ((*claims)->user.str(), "a1");
    EXPECT_EQ((*claims)->expires_at, from_unix_ms(1'800'000'600'000));
  }
}

TEST(Verifier, ReadsTheTokenOfTheStandard) {
  // RFC 7515 appendix A.1, whose payload has no `sub`: what is refused is the claim, not the signature.
  KeyRing ring;
  ASSERT_TRUE(ring.add_jwks(R"({"keys":[{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3)"
                            R"(Yj0iPS4hcgUuTwjAzZr1Z9CAow"}]})")
                  .has_value());
  const Verifier verifier(std::move(ring), {});
  const auto result = verifier.verify(
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLm"
      "NvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
      from_unix_ms(1'300'819'000'000));
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().text, "the token has no `sub`");
}

TEST(Verifier, RefusesEverySignatureButItsOwn) {
  for (const auto algorithm : all_algorithms) {
    SCOPED_TRACE(to_string(algorithm));
    KeyRing ring;
    add_key(ring, "k", algorithm);
    const Verifier verifier(std::move(ring), {});
    std::string token = token_of(algorithm, "k");
    const auto other = *generate_key(algorithm);
    EXPECT_EQ(verdict(verifier, *sign_token(algorithm, other.private_pem, "k", agent_payload)), "unauthenticated");
    const std::size_t signature_at = token.rfind('.') + 1;
    for (const std::size_t at : {std::size_t{0}, signature_at - 2, signature_at, signature_at + 10}) {
      std::string changed = token;
      changed[at] = changed[at] == 'A' ? 'B' : 'A';
      EXPECT_EQ(verdict(verifier, changed), "unauthenticated") << at;
    }
  }
}

TEST(Verifier, PicksTheKeyByItsKid) {
  KeyRing ring;
  add_key(ring, "rsa", Algorithm::rs256);
  add_key(ring, "ec", Algorithm::es256);
  add_key(ring, "", Algorithm::eddsa);
  EXPECT_EQ(ring.size(), 3U);
  const Verifier verifier(std::move(ring), {});
  EXPECT_EQ(verdict(verifier, token_of(Algorithm::rs256, "rsa")), "accepted");
  EXPECT_EQ(verdict(verifier, token_of(Algorithm::es256, "ec")), "accepted");
  EXPECT_EQ(verdict(verifier, token_of(Algorithm::eddsa, "")), "accepted");
  EXPECT_EQ(verdict(verifier, token_of(Algorithm::rs256, "ec")), "unauthenticated");
  EXPECT_EQ(verdict(verifier, token_of(Algorithm::rs256, "unknown")), "unauthenticated");
  EXPECT_EQ(verdict(verifier, token_of(Algorithm::rs256, "")), "unauthenticated");
}

TEST(Verifier, TriesTheOnlyKeyForATokenWithoutKid) {
  KeyRing ring;
  add_key(ring, "only", Algorithm::es256);
  const Verifier verifier(std::move(ring), {});
  EXPECT_EQ(verdict(verifier, token_of(Algorithm::es256, "")), "accepted");
  EXPECT_EQ(verdict(verifier, token_of(Algorithm::es256, "other")), "unauthenticated");
}

TEST(Verifier, TriesEveryKeyOfTheSameKid) {
  KeyRing ring;
  ASSERT_TRUE(ring.add_secret("", "the old secret, of thirty-two bytes or more").has_value());
  ASSERT_TRUE(ring.add_secret("", test_secret).has_value());
  const Verifier verifier(std::move(ring), {});
  EXPECT_EQ(verdict(verifier, hmac_token(R"({"alg":"HS256"})", agent_payload)), "accepted");
}

TEST(Verifier, RefusesEverythingWithoutKeys) {
  const Verifier verifier(KeyRing{}, {});
  EXPECT_EQ(verdict(verifier, token_of(Algorithm::hs256, "")), "unauthenticated");
}

TEST(Verifier, WantsThreeParts) {
  const Verifier verifier = secret_verifier();
  const std::string token = hmac_token(R"({"alg":"HS256"})", agent_payload);
  ASSERT_EQ(verdict(verifier, token), "accepted");
  for (const std::string& bad :
       {std::string(), std::string("."), std::string(".."), std::string("..."), token + ".", "." + token, token + ".x",
        token.substr(0, token.rfind('.')), token.substr(0, token.rfind('.') + 1), token.substr(token.find('.'))}) {
    EXPECT_EQ(verdict(verifier, bad), "unauthenticated") << bad;
  }
}

TEST(Verifier, RefusesATokenAboveEightKibibytes) {
  const auto padded = [](std::size_t size) {
    return R"({"sub":"a1","role":"agent","exp":1800000600,"x":")" + std::string(size, 'x') + R"("})";
  };
  EXPECT_EQ(verdict_on(padded(5'900)), "accepted");
  EXPECT_EQ(verdict_on(padded(6'100)), "unauthenticated");
}

TEST(VerifiedTokens, VerifiesOnceUntilTheTokenEnds) {
  const Verifier verifier = secret_verifier();
  const Verifier other(KeyRing{}, {});  // knows no key: only what is remembered passes
  const std::string token = hmac_token(R"({"alg":"HS256"})", agent_payload);
  VerifiedTokens tokens;
  const auto first = tokens.verify(verifier, token, test_now);
  ASSERT_TRUE(first.has_value());
  const auto again = tokens.verify(other, token, test_now + seconds{599});
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(*again, *first);
  EXPECT_FALSE(tokens.verify(other, token, test_now + seconds{600}).has_value());
}

TEST(VerifiedTokens, AsksTheVerifierAfterTheEnd) {
  const Verifier verifier = secret_verifier();
  const std::string token = hmac_token(R"({"alg":"HS256"})", agent_payload);
  VerifiedTokens tokens;
  ASSERT_TRUE(tokens.verify(verifier, token, test_now).has_value());
  EXPECT_TRUE(tokens.verify(verifier, token, test_now + seconds{659}).has_value());
  const auto late = tokens.verify(verifier, token, test_now + seconds{660});
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code, "token_expired");
}

TEST(VerifiedTokens, ForgetsTheOldestWhenFullAndEverythingWhenCleared) {
  const Verifier verifier = secret_verifier();
  const Verifier other(KeyRing{}, {});
  const auto token = [](int i) {
    return hmac_token(R"({"alg":"HS256"})",
                      R"({"sub":"a)" + std::to_string(i) + R"(","role":"agent","exp":1800000600})");
  };
  VerifiedTokens tokens(2);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(tokens.verify(verifier, token(i), test_now).has_value());
  EXPECT_FALSE(tokens.verify(other, token(0), test_now).has_value());
  EXPECT_TRUE(tokens.verify(other, token(1), test_now).has_value());
  EXPECT_TRUE(tokens.verify(other, token(2), test_now).has_value());
  tokens.clear();
  EXPECT_FALSE(tokens.verify(other, token(2), test_now).has_value());
}

TEST(VerifiedTokens, DoesNotRememberRefusals) {
  const Verifier verifier = secret_verifier();
  const Verifier other(KeyRing{}, {});
  const std::string token = hmac_token(R"({"alg":"HS256"})", agent_payload);
  VerifiedTokens tokens;
  EXPECT_FALSE(tokens.verify(other, token, test_now).has_value());
  EXPECT_TRUE(tokens.verify(verifier, token, test_now).has_value());
}

}  // namespace
}  // namespace fieldcast::access
