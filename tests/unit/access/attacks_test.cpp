// Every known way to talk a JWT verifier into accepting a forged token.
#include "unit/access/crafted_tokens.hpp"

namespace fieldcast::access {
namespace {

std::string secret_verdict(std::string_view token) { return verdict(secret_verifier(), token); }

Verifier rsa_verifier(std::string kid = "") {
  KeyRing ring;
  add_key(ring, kid, Algorithm::rs256);
  return Verifier(std::move(ring), {});
}

TEST(Attack, AlgorithmNone) {
  for (const std::string name : {"none", "None", "NONE", "nOnE", "", "null"}) {
    const std::string header = R"({"alg":")" + name + R"("})";
    const std::string text = base64url(header) + "." + base64url(agent_payload);
    EXPECT_EQ(secret_verdict(text + "."), "unauthenticated") << name;
    EXPECT_EQ(secret_verdict(text), "unauthenticated") << name;
    EXPECT_EQ(secret_verdict(hmac_token(header, agent_payload)), "unauthenticated") << name;
    EXPECT_EQ(secret_verdict(hmac_token(header, agent_payload, "")), "unauthenticated") << name;
  }
}

TEST(Attack, AlgorithmMissingOrNoText) {
  for (const std::string_view header :
       {"{}", R"({"alg":null})", R"({"alg":["HS256"]})", R"({"alg":256})", R"({"alg":"hs256"})", R"({"alg":"HS256 "})",
        R"({"alg":"HS512"})", R"({"alg":"HS256\u0000"})", R"({"ALG":"HS256"})", "[]", "\"HS256\"", "", "null"}) {
    EXPECT_EQ(secret_verdict(hmac_token(header, agent_payload)), "unauthenticated") << header;
  }
}

TEST(Attack, RsaPublicKeyUsedAsHmacSecret) {
  const std::string& pem = pair_of(Algorithm::rs256).public_pem;
  const std::string without_newline = pem.substr(0, pem.size() - 1);
  for (const std::string& secret : {pem, without_newline}) {
    for (const std::string_view header : {R"({"alg":"HS256"})", R"({"alg":"RS256"})"}) {
      EXPECT_EQ(verdict(rsa_verifier(), hmac_token(header, agent_payload, secret)), "unauthenticated");
    }
  }
}

TEST(Attack, AlgorithmSwitchedToThatOfAnotherKey) {
  KeyRing ring;
  add_key(ring, "rsa", Algorithm::rs256);
  add_key(ring, "hmac", Algorithm::hs256);
  const Verifier verifier(std::move(ring), {});
  const std::string& secret = pair_of(Algorithm::hs256).private_pem;
  ASSERT_EQ(verdict(verifier, hmac_token(R"({"alg":"HS256","kid":"hmac"})", agent_payload, secret)), "accepted");
  EXPECT_EQ(verdict(verifier, hmac_token(R"({"alg":"HS256","kid":"rsa"})", agent_payload, secret)), "unauthenticated");
  EXPECT_EQ(verdict(verifier, hmac_token(R"({"alg":"RS256","kid":"hmac"})", agent_payload, secret)), "unauthenticated");
}

TEST(Attack, TricksWithKid) {
  KeyRing ring;
  ASSERT_TRUE(ring.add_secret("k1", test_secret).has_value());
  const Verifier verifier(std::move(ring), {});
  ASSERT_EQ(verdict(verifier, hmac_token(R"({"alg":"HS256","kid":"k1"})", agent_payload)), "accepted");
  for (const std::string_view kid :
       {R"("")", R"("k1\u0000")", R"("k1 ")", R"("K1")", R"("../../dev/null")", R"("k1' OR '1'='1")", R"(["k1"])", "1",
        "null", R"({"k1":1})", R"("/proc/sys/kernel/randomize_va_space")"}) {
    const std::string header = R"({"alg":"HS256","kid":)" + std::string(kid) + "}";
    EXPECT_EQ(verdict(verifier, hmac_token(header, agent_payload)), "unauthenticated") << kid;
    EXPECT_EQ(verdict(verifier, hmac_token(header, agent_payload, "")), "unauthenticated") << kid;
  }
}

TEST(Attack, CriticalExtensions) {
  for (const std::string_view crit : {R"(["b64"])", R"(["exp"])", "[]", "null", R"("b64")"}) {
    const std::string header = R"({"alg":"HS256","b64":false,"crit":)" + std::string(crit) + "}";
    EXPECT_EQ(secret_verdict(hmac_token(header, agent_payload)), "unauthenticated") << crit;
  }
}

TEST(Attack, KeysBroughtAlongInTheHeader) {
  const KeyPair attacker = *generate_key(Algorithm::rs256);
  KeyRing of_attacker;
  ASSERT_TRUE(of_attacker.add_pem("", Algorithm::rs256, attacker.public_pem).has_value());
  const Verifier attackers(std::move(of_attacker), {});
  const std::string jwk = R"({"kty":"oct","k":")" + base64url(test_secret) + R"("})";
  for (const std::string& header :
       {R"({"alg":"RS256","jwk":)" + jwk + "}", std::string(R"({"alg":"RS256","jku":"https://attacker.example/jwks"})"),
        std::string(R"({"alg":"RS256","x5u":"https://attacker.example/cert.pem"})"),
        std::string(R"({"alg":"RS256","x5c":["MIIB"]})")}) {
    const std::string token = rsa_token(header, agent_payload, attacker.private_pem);
    ASSERT_EQ(verdict(attackers, token), "accepted");
    EXPECT_EQ(verdict(rsa_verifier(), token), "unauthenticated") << header;
  }
  EXPECT_EQ(secret_verdict(hmac_token(R"({"alg":"HS256","jwk":)" + jwk + "}", agent_payload)), "accepted");
}

TEST(Attack, SignatureStrippedOrCut) {
  const std::string token = hmac_token(R"({"alg":"HS256"})", agent_payload);
  const std::string text = token.substr(0, token.rfind('.'));
  const std::string signature = hmac(test_secret, text);
  EXPECT_EQ(secret_verdict(text + "."), "unauthenticated");
  EXPECT_EQ(secret_verdict(text), "unauthenticated");
  for (const std::size_t size : {1U, 16U, 31U}) {
    EXPECT_EQ(secret_verdict(text + "." + base64url(signature.substr(0, size))), "unauthenticated") << size;
  }
  EXPECT_EQ(secret_verdict(text + "." + base64url(signature + '\0')), "unauthenticated");
  EXPECT_EQ(secret_verdict(text + "." + base64url(std::string(32, '\0'))), "unauthenticated");
}

TEST(Attack, EllipticSignatureOfZerosOrOfAnotherForm) {
  KeyRing ring;
  add_key(ring, "", Algorithm::es256);
  const Verifier verifier(std::move(ring), {});
  const std::string token = *sign_token(Algorithm::es256, pair_of(Algorithm::es256).private_pem, "", agent_payload);
  ASSERT_EQ(verdict(verifier, token), "accepted");
  const std::string text = token.substr(0, token.rfind('.'));
  for (const std::size_t size : {1U, 32U, 63U, 64U, 65U, 72U, 96U}) {
    EXPECT_EQ(verdict(verifier, text + "." + base64url(std::string(size, '\0'))), "unauthenticated") << size;
    EXPECT_EQ(verdict(verifier, text + "." + base64url(std::string(size, '\xFF'))), "unauthenticated") << size;
  }
  // r = s = the order of the curve, which is zero modulo it.
  std::string order;
  for (const int byte :
       {0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51}) {
    order.push_back(static_cast<char>(byte));
  }
  EXPECT_EQ(verdict(verifier, text + "." + base64url(order + order)), "unauthenticated");
}

TEST(Attack, Base64ThatIsNotCanonical) {
  const std::string header = base64url(R"({"alg":"HS256"})");
  const std::string payload = base64url(agent_payload);
  const auto signed_with = [](const std::string& text) { return text + "." + base64url(hmac(test_secret, text)); };
  ASSERT_EQ(secret_verdict(signed_with(header + "." + payload)), "accepted");
  for (const std::string_view tail : {"=", "==", " ", "\n", "+", "/", "A", "%3D", "\xC3\xBC"}) {
    EXPECT_EQ(secret_verdict(signed_with(header + std::string(tail) + "." + payload)), "unauthenticated") << tail;
    EXPECT_EQ(secret_verdict(signed_with(header + "." + payload + std::string(tail))), "unauthenticated") << tail;
    EXPECT_EQ(secret_verdict(signed_with(header + "." + payload) + std::string(tail)), "unauthenticated") << tail;
  }
  EXPECT_EQ(secret_verdict(signed_with(header + std::string(1, '\0') + "." + payload)), "unauthenticated");
  // The last digit of 32 bytes carries two spare bits: three more texts would decode to the same signature.
  std::string token = signed_with(header + "." + payload);
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const std::size_t last = digits.find(token.back());
  for (std::size_t spare = 1; spare < 4; ++spare) {
    token.back() = digits[last + spare];
    EXPECT_EQ(secret_verdict(token), "unauthenticated") << spare;
  }
}

TEST(Attack, NamesTwiceInHeaderOrPayload) {
  EXPECT_EQ(secret_verdict(hmac_token(R"({"alg":"none","alg":"HS256"})", agent_payload)), "unauthenticated");
  EXPECT_EQ(secret_verdict(hmac_token(R"({"alg":"HS256","\u0061lg":"HS256"})", agent_payload)), "unauthenticated");
  EXPECT_EQ(verdict_on(R"({"sub":"a1","role":"agent","role":"admin","exp":1800000600})"), "unauthenticated");
  EXPECT_EQ(verdict_on(R"({"sub":"a1","role":"agent","exp":1800000600,"x":{"y":1,"y":2}})"), "unauthenticated");
  EXPECT_EQ(verdict_on(R"({"sub":"a1","role":"agent","exp":1800000600,"x":{"sub":1},"y":{"sub":2}})"), "accepted");
}

TEST(Attack, DeepJson) {
  const auto nested = [](std::size_t depth) {
    return R"({"sub":"a1","role":"agent","exp":1800000600,"x":)" + std::string(depth, '[') + std::string(depth, ']') +
           "}";
  };
  EXPECT_EQ(verdict_on(nested(20)), "accepted");
  EXPECT_EQ(verdict_on(nested(40)), "unauthenticated");
  EXPECT_EQ(verdict_on(nested(2'900)), "unauthenticated");
  EXPECT_EQ(verdict_on(std::string(5'000, '[')), "unauthenticated");
  EXPECT_EQ(
      secret_verdict(hmac_token(R"({"alg":"HS256","x":)" + std::string(4'000, '[') + std::string(1'000, ']'), "{}")),
      "unauthenticated");
}

TEST(Attack, BytesBehindTheJson) {
  const std::string zero(1, '\0');
  EXPECT_EQ(secret_verdict(hmac_token(R"({"alg":"HS256"})" + zero + R"({"alg":"none"})", agent_payload)),
            "unauthenticated");
  EXPECT_EQ(verdict_on(std::string(agent_payload) + zero), "unauthenticated");
  EXPECT_EQ(verdict_on(std::string(agent_payload) + "{}"), "unauthenticated");
  EXPECT_EQ(verdict_on(std::string(agent_payload) + " \n"), "accepted");
}

TEST(Attack, PayloadThatIsNoObject) {
  for (const std::string_view payload :
       {"", "null", "[]", "\"sub\"", "1", "{", "{}x", "{\"sub\":\"\xFF\"}", "not json"}) {
    EXPECT_EQ(verdict_on(payload), "unauthenticated") << payload;
  }
}

TEST(Attack, NestedAndEncryptedTokens) {
  const std::string token = hmac_token(R"({"alg":"HS256"})", agent_payload);
  EXPECT_EQ(verdict_on("\"" + token + "\""), "unauthenticated");
  EXPECT_EQ(secret_verdict(token + ".AAAA.AAAA"), "unauthenticated");
  EXPECT_EQ(secret_verdict("Bearer " + token), "unauthenticated");
  EXPECT_EQ(secret_verdict(R"({"payload":"e30","signatures":[]})"), "unauthenticated");
}

}  // namespace
}  // namespace fieldcast::access
