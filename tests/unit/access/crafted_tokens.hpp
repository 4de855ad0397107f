// Tokens made by hand: any header, any payload, any signature.
#pragma once

#include "fieldcast/access/signer.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

namespace fieldcast::access {

inline constexpr Timestamp test_now = from_unix_ms(1'800'000'000'000);
inline constexpr std::string_view test_secret = "a secret of more than thirty-two bytes";
inline constexpr std::string_view agent_payload = R"({"sub":"a1","role":"agent","exp":1800000600})";

/// Written apart from the code under test.
inline std::string base64url(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  while (text.ends_with('=')) text.pop_back();
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text;
}

inline std::string hmac(std::string_view secret, std::string_view text) {
  unsigned char mac[32];
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac, nullptr);
  return {reinterpret_cast<const char*>(mac), sizeof(mac)};
}

/// Signed as HS256 would, whatever the header says.
inline std::string hmac_token(std::string_view header, std::string_view payload,
                              std::string_view secret = test_secret) {
  const std::string text = base64url(header) + "." + base64url(payload);
  return text + "." + base64url(hmac(secret, text));
}

/// Signed as RS256 would, whatever the header says.
inline std::string rsa_token(std::string_view header, std::string_view payload, const std::string& private_pem) {
  const std::string text = base64url(header) + "." + base64url(payload);
  BIO* bio = BIO_new_mem_buf(private_pem.data(), static_cast<int>(private_pem.size()));
  EVP_PKEY* key = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key);
  std::string signature(512, '\0');
  std::size_t size = signature.size();
  EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size,
                 reinterpret_cast<const unsigned char*>(text.data()), text.size());
  signature.resize(size);
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(key);
  BIO_free(bio);
  return text + "." + base64url(signature);
}

/// One pair per algorithm, made once per program.
inline const KeyPair& pair_of(Algorithm algorithm) {
  static const KeyPair pairs[] = {*generate_key(Algorithm::hs256), *generate_key(Algorithm::rs256),
                                  *generate_key(Algorithm::es256), *generate_key(Algorithm::eddsa)};
  return pairs[static_cast<std::size_t>(algorithm)];
}

inline void add_key(KeyRing& ring, const std::string& kid, Algorithm algorithm) {
  const KeyPair& pair = pair_of(algorithm);
  const auto added = algorithm == Algorithm::hs256 ? ring.add_secret(kid, pair.private_pem)
                                                   : ring.add_pem(kid, algorithm, pair.public_pem);
  ASSERT_TRUE(added.has_value()) << added.error().text;
}

inline Verifier secret_verifier(VerifierSettings settings = {}) {
  KeyRing ring;
  EXPECT_TRUE(ring.add_secret("", test_secret).has_value());
  return Verifier(std::move(ring), std::move(settings));
}

/// "accepted", or the error's code; the error's text must not repeat the token.
inline std::string verdict(const Verifier& verifier, std::string_view token, Timestamp now = test_now) {
  const auto result = verifier.verify(token, now);
  if (result) return "accepted";
  EXPECT_FALSE(result.error().text.empty());
  if (token.size() > 20) {
    EXPECT_EQ(result.error().text.find(token.substr(0, 12)), std::string::npos);
  }
  return result.error().code;
}
/// The verdict on a payload that was signed properly.
inline std::string verdict_on(std::string_view payload, VerifierSettings settings = {}, Timestamp now = test_now) {
  return verdict(secret_verifier(std::move(settings)), hmac_token(R"({"alg":"HS256"})", payload), now);
}
/// Claims of a payload that must be accepted.
inline Claims claims_from(std::string_view payload, VerifierSettings settings = {}) {
  const auto result = secret_verifier(std::move(settings)).verify(hmac_token(R"({"alg":"HS256"})", payload), test_now);
  EXPECT_TRUE(result.has_value()) << payload << ": " << (result ? "" : result.error().text);
  return result ? **result : Claims{};
}

}  // namespace fieldcast::access
