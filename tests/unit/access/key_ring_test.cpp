#include "unit/access/crafted_tokens.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>

namespace fieldcast::access {
namespace {

std::string pem_of(EVP_PKEY* key, bool private_half) {
  BIO* bio = BIO_new(BIO_s_mem());
  if (private_half) {
    PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  } else {
    PEM_write_bio_PUBKEY(bio, key);
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string pem(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  EVP_PKEY_free(key);
  return pem;
}

std::string code_of(const Result<void>& result) { return result ? "usable" : result.error().code; }
std::string pem_verdict(Algorithm algorithm, std::string_view pem) {
  KeyRing ring;
  const std::string code = code_of(ring.add_pem("k", algorithm, pem));
  EXPECT_EQ(ring.size(), code == "usable" ? 1U : 0U);
  return code;
}
std::string jwks_verdict(std::string_view json) {
  KeyRing ring;
  return code_of(ring.add_jwks(json));
}

std::string number_of(const EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  EVP_PKEY_get_bn_param(key, name, &number);
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(number)), '\0');
  BN_bn2bin(number, reinterpret_cast<unsigned char*>(bytes.data()));
  BN_free(number);
  return base64url(std::string(bytes.size() < 32 && bytes.size() > 3 ? 32 - bytes.size() : 0, '\0') + bytes);
}

/// The public half of a pair as a JWK, `more` added.
std::string jwk_of(Algorithm algorithm, const std::string& more = "") {
  const KeyPair& pair = pair_of(algorithm);
  if (algorithm == Algorithm::hs256) return R"({"kty":"oct","k":")" + base64url(pair.private_pem) + "\"" + more + "}";
  BIO* bio = BIO_new_mem_buf(pair.public_pem.data(), -1);
  EVP_PKEY* key = PEM_read_bio_PUBKEY(bio, nullptr, nullptr, nullptr);
  std::string jwk;
  if (algorithm == Algorithm::rs256) {
    jwk = R"({"kty":"RSA","n":")" + number_of(key, OSSL_PKEY_PARAM_RSA_N) + R"(","e":")" +
          number_of(key, OSSL_PKEY_PARAM_RSA_E);
  } else if (algorithm == Algorithm::es256) {
    jwk = R"({"kty":"EC","crv":"P-256","x":")" + number_of(key, OSSL_PKEY_PARAM_EC_PUB_X) + R"(","y":")" +
          number_of(key, OSSL_PKEY_PARAM_EC_PUB_Y);
  } else {
    std::string raw(32, '\0');
    std::size_t size = raw.size();
    EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(raw.data()), &size);
    jwk = R"({"kty":"OKP","crv":"Ed25519","x":")" + base64url(raw);
  }
  EVP_PKEY_free(key);
  BIO_free(bio);
  return jwk + "\"" + more + "}";
}
std::string set_of(const std::string& jwks) { return R"({"keys":[)" + jwks + "]}"; }

TEST(KeyRing, RefusesShortSecrets) {
  KeyRing ring;
  EXPECT_EQ(code_of(ring.add_secret("", "")), "key_unusable");
  EXPECT_EQ(code_of(ring.add_secret("", std::string(31, 's'))), "key_unusable");
  EXPECT_EQ(code_of(ring.add_secret("", std::string(32, 's'))), "usable");
  EXPECT_EQ(ring.size(), 1U);
}

TEST(KeyRing, RefusesAPemAsASecret) {
  KeyRing ring;
  EXPECT_EQ(code_of(ring.add_secret("", pair_of(Algorithm::rs256).public_pem)), "key_unusable");
}

TEST(KeyRing, RefusesWeakRsaKeys) {
  EXPECT_EQ(pem_verdict(Algorithm::rs256, pem_of(EVP_RSA_gen(1'024), false)), "key_unusable");
  EXPECT_EQ(pem_verdict(Algorithm::rs256, pem_of(EVP_RSA_gen(2'040), false)), "key_unusable");
  EXPECT_EQ(pem_verdict(Algorithm::rs256, pair_of(Algorithm::rs256).public_pem), "usable");
}

TEST(KeyRing, RefusesAnRsaExponentOfOne) {
  const std::string sound = jwk_of(Algorithm::rs256);
  ASSERT_EQ(jwks_verdict(set_of(sound)), "usable");
  for (const std::string_view exponent : {"AQ", "Ag", "AA"}) {
    std::string weak = sound;
    weak.replace(weak.find(R"("e":"AQAB")"), 10, R"("e":")" + std::string(exponent) + "\"");
    EXPECT_EQ(jwks_verdict(set_of(weak)), "key_unusable") << exponent;
  }
}

TEST(KeyRing, TakesAPrivatePemAsItsPublicHalf) {
  for (const auto algorithm : {Algorithm::rs256, Algorithm::es256, Algorithm::eddsa}) {
    KeyRing ring;
    ASSERT_EQ(code_of(ring.add_pem("", algorithm, pair_of(algorithm).private_pem)), "usable") << to_string(algorithm);
    const Verifier verifier(std::move(ring), {});
    EXPECT_EQ(verdict(verifier, *sign_token(algorithm, pair_of(algorithm).private_pem, "", agent_payload)), "accepted");
  }
}

TEST(KeyRing, RefusesKeysOfTheWrongKind) {
  for (const auto algorithm : {Algorithm::hs256, Algorithm::rs256, Algorithm::es256, Algorithm::eddsa}) {
    for (const auto kind : {Algorithm::rs256, Algorithm::es256, Algorithm::eddsa}) {
      if (kind == algorithm) continue;
      EXPECT_EQ(pem_verdict(algorithm, pair_of(kind).public_pem), "key_unusable");
      EXPECT_EQ(pem_verdict(algorithm, pair_of(kind).private_pem), "key_unusable");
    }
  }
  EXPECT_EQ(pem_verdict(Algorithm::es256, pem_of(EVP_EC_gen("P-384"), false)), "key_unusable");
  EXPECT_EQ(pem_verdict(Algorithm::es256, pem_of(EVP_EC_gen("secp256k1"), false)), "key_unusable");
  EXPECT_EQ(pem_verdict(Algorithm::eddsa, pem_of(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519"), false)),
            "key_unusable");
}

TEST(KeyRing, RefusesWhatIsNoPem) {
  for (const std::string_view pem : {"", "key", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
                                     "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}) {
    EXPECT_EQ(pem_verdict(Algorithm::rs256, pem), "key_unusable");
  }
  // Encrypted: refused, and nobody is asked for a pass phrase.
  const std::string& plain = pair_of(Algorithm::es256).private_pem;
  BIO* in = BIO_new_mem_buf(plain.data(), -1);
  EVP_PKEY* key = PEM_read_bio_PrivateKey(in, nullptr, nullptr, nullptr);
  BIO* out = BIO_new(BIO_s_mem());
  std::string phrase = "phrase";
  PEM_write_bio_PrivateKey(out, key, EVP_aes_128_cbc(), nullptr, 0, nullptr, phrase.data());
  char* data = nullptr;
  const long size = BIO_get_mem_data(out, &data);
  EXPECT_EQ(pem_verdict(Algorithm::es256, {data, static_cast<std::size_t>(size)}), "key_unusable");
  EVP_PKEY_free(key);
  BIO_free(in);
  BIO_free(out);
}

TEST(Jwks, GivesKeysOfEveryKind) {
  for (const auto algorithm : {Algorithm::hs256, Algorithm::rs256, Algorithm::es256, Algorithm::eddsa}) {
    KeyRing ring;
    const auto added = ring.add_jwks(set_of(jwk_of(algorithm, R"(,"kid":"k","use":"sig")")));
    ASSERT_TRUE(added.has_value()) << to_string(algorithm) << added.error().text;
    const Verifier verifier(std::move(ring), {});
    EXPECT_EQ(verdict(verifier, *sign_token(algorithm, pair_of(algorithm).private_pem, "k", agent_payload)), "accepted")
        << to_string(algorithm);
  }
}

TEST(Jwks, SkipsWhatIsNotForOurSignatures) {
  const std::string good = jwk_of(Algorithm::es256, R"(,"kid":"good")");
  for (const std::string& skipped :
       {jwk_of(Algorithm::rs256, R"(,"use":"enc")"), jwk_of(Algorithm::rs256, R"(,"use":1)"),
        jwk_of(Algorithm::rs256, R"(,"alg":"RS512")"), jwk_of(Algorithm::rs256, R"(,"alg":"HS256")"),
        jwk_of(Algorithm::rs256, R"(,"key_ops":["encrypt"])"), jwk_of(Algorithm::rs256, R"(,"kid":5)"),
        std::string(R"({"kty":"RSA"})"), std::string(R"({"kty":"EC","crv":"P-521","x":"AA","y":"AA"})"),
        std::string(R"({"kty":"oct","k":"c2hvcnQ"})"), std::string(R"({"kty":"OKP","crv":"Ed25519","x":"AA"})"),
        std::string(R"({"kty":["RSA"]})"), std::string("{}"), std::string("5"), std::string("null")}) {
    KeyRing ring;
    ASSERT_TRUE(ring.add_jwks(set_of(skipped + "," + good)).has_value()) << skipped;
    EXPECT_EQ(ring.size(), 1U) << skipped;
    EXPECT_EQ(jwks_verdict(set_of(skipped)), "key_unusable") << skipped;
  }
  EXPECT_EQ(jwks_verdict(set_of(jwk_of(Algorithm::rs256, R"(,"key_ops":["sign","verify"],"alg":"RS256")"))), "usable");
}

TEST(Jwks, RefusesAPointThatIsNotOnTheCurve) {
  const std::string x = base64url(std::string(32, '\x01'));
  EXPECT_EQ(jwks_verdict(set_of(R"({"kty":"EC","crv":"P-256","x":")" + x + R"(","y":")" + x + "\"}")), "key_unusable");
}

TEST(Jwks, RefusesWhatIsNoKeySet) {
  for (const std::string_view json :
       {"", "[]", "{}", R"({"keys":{}})", R"({"keys":[]})", R"({"keys":5})", "not json", R"({"keys":[],"keys":[]})"}) {
    EXPECT_EQ(jwks_verdict(json), "key_unusable") << json;
  }
  EXPECT_EQ(jwks_verdict(R"({"keys":)" + std::string(100'000, '[')), "key_unusable");
  EXPECT_EQ(jwks_verdict(std::string((1U << 20) + 1, ' ')), "key_unusable");
}

TEST(Jwks, AddsToWhatIsThere) {
  KeyRing ring;
  ASSERT_TRUE(ring.add_secret("mine", test_secret).has_value());
  ASSERT_TRUE(ring.add_jwks(set_of(jwk_of(Algorithm::rs256) + "," + jwk_of(Algorithm::es256))).has_value());
  EXPECT_EQ(ring.size(), 3U);
  EXPECT_FALSE(ring.add_jwks("{}").has_value());
  EXPECT_EQ(ring.size(), 3U);
}

TEST(AlgorithmName, ReadsBackAndIsExact) {
  for (const auto algorithm : {Algorithm::hs256, Algorithm::rs256, Algorithm::es256, Algorithm::eddsa}) {
    EXPECT_EQ(algorithm_from(to_string(algorithm)), algorithm);
  }
  for (const std::string_view name : {"", "none", "hs256", "EDDSA", "PS256", "ES384"}) {
    EXPECT_EQ(algorithm_from(name), std::nullopt) << name;
  }
}

}  // namespace
}  // namespace fieldcast::access
