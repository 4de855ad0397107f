#include "key.hpp"

#include <array>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace fieldcast::access {
namespace {

constexpr std::size_t secret_bytes_min = 32;
constexpr int rsa_bits_min = 2'048;
constexpr int rsa_bits_max = 16'384;

/// OpenSSL keeps a queue of errors per thread; what we refuse must not linger in it for somebody else's TLS call.
struct ErrorsCleared {
  ~ErrorsCleared() { ERR_clear_error(); }
};

/// OpenSSL would ask for a pass phrase on the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

bool has_sound_exponent(const EVP_PKEY* key) {
  BIGNUM* exponent = nullptr;
  if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) != 1) return false;
  const bool sound = BN_is_odd(exponent) == 1 && BN_is_one(exponent) == 0;
  BN_free(exponent);
  return sound;
}

bool is_p256(const EVP_PKEY* key) {
  std::array<char, 32> name{};
  std::size_t size = 0;
  if (EVP_PKEY_get_group_name(key, name.data(), name.size(), &size) != 1) return false;
  const std::string_view group(name.data(), size);
  return group == "prime256v1" || group == "P-256";
}

/// Empty when the key serves the algorithm.
std::string_view why_unusable(const EVP_PKEY* key, Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::hs256:
      return "HS256 takes a secret, not a PEM key";
    case Algorithm::rs256:
      if (EVP_PKEY_is_a(key, "RSA") != 1) return "RS256 takes an RSA key";
      if (EVP_PKEY_get_bits(key) < rsa_bits_min) return "an RSA key needs 2048 bits or more";
      if (EVP_PKEY_get_bits(key) > rsa_bits_max) return "an RSA key has 16384 bits at most";
      return has_sound_exponent(key) ? "" : "the RSA key's exponent is not sound";
    case Algorithm::es256:
      return EVP_PKEY_is_a(key, "EC") == 1 && is_p256(key) ? "" : "ES256 takes a key on curve P-256";
    case Algorithm::eddsa:
      return EVP_PKEY_is_a(key, "ED25519") == 1 ? "" : "EdDSA takes an Ed25519 key";
  }
  return "no such algorithm";
}

PkeyPtr public_half(const EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  if (size <= 0) return nullptr;
  const unsigned char* at = der;
  PkeyPtr half(d2i_PUBKEY(nullptr, &at, size));
  OPENSSL_free(der);
  return half;
}

BioPtr bio_over(std::string_view text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(std::min<std::size_t>(text.size(), 1U << 20))));
}

}  // namespace

Error key_unusable(std::string text) { return {"key_unusable", std::move(text)}; }

Result<std::unique_ptr<Key>> Key::from_secret(std::string kid, std::string_view secret) {
  if (secret.size() < secret_bytes_min) return key_unusable("a secret for HS256 needs 32 bytes or more");
  if (secret.find("-----BEGIN") != std::string_view::npos) return key_unusable("a PEM key is no secret for HS256");
  std::unique_ptr<Key> key(new Key(std::move(kid), Algorithm::hs256));
  key->secret_ = secret;
  return key;
}

Result<std::unique_ptr<Key>> Key::from_pkey(std::string kid, Algorithm algorithm, PkeyPtr pkey) {
  const ErrorsCleared cleared;
  if (pkey == nullptr) return key_unusable("the key cannot be read");
  if (const auto why = why_unusable(pkey.get(), algorithm); !why.empty()) return key_unusable(std::string(why));
  std::unique_ptr<Key> key(new Key(std::move(kid), algorithm));
  key->public_key_ = public_half(pkey.get());
  if (key->public_key_ == nullptr) return key_unusable("the key has no public half");
  return key;
}

bool Key::verifies(std::string_view signed_text, std::string_view signature) const {
  const ErrorsCleared cleared;
  return algorithm_ == Algorithm::hs256 ? verifies_by_secret(signed_text, signature)
                                        : verifies_by_pkey(signed_text, signature);
}

bool Key::verifies_by_secret(std::string_view signed_text, std::string_view signature) const {
  const std::string expected = hmac_sha256(secret_, signed_text);
  return !expected.empty() && signature.size() == expected.size() &&
         CRYPTO_memcmp(expected.data(), signature.data(), expected.size()) == 0;
}

bool Key::verifies_by_pkey(std::string_view signed_text, std::string_view signature) const {
  std::string der;
  if (algorithm_ == Algorithm::es256) {
    der = der_from_raw_ecdsa(signature);
    if (der.empty()) return false;
    signature = der;
  }
  const DigestContextPtr context(EVP_MD_CTX_new());
  return context != nullptr &&
         EVP_DigestVerifyInit(context.get(), nullptr, digest_of(algorithm_), nullptr, public_key_.get()) == 1 &&
         EVP_DigestVerify(context.get(), octets(signature), signature.size(), octets(signed_text),
                          signed_text.size()) == 1;
}

const EVP_MD* digest_of(Algorithm algorithm) {
  // Fetched once: the implicit fetch behind EVP_sha256() takes a lock at every use. Lives as long as the process.
  static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return algorithm == Algorithm::eddsa ? nullptr : sha256;
}

std::string hmac_sha256(std::string_view secret, std::string_view text) {
  std::string mac(32, '\0');
  const auto* made = HMAC(digest_of(Algorithm::hs256), secret.data(), static_cast<int>(secret.size()), octets(text),
                          text.size(), reinterpret_cast<unsigned char*>(mac.data()), nullptr);
  return made != nullptr ? mac : std::string();
}

PkeyPtr read_private_pem(std::string_view pem) {
  const ErrorsCleared cleared;
  const BioPtr bio = bio_over(pem);
  return PkeyPtr(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
}

PkeyPtr read_public_pem(std::string_view pem) {
  const ErrorsCleared cleared;
  const BioPtr bio = bio_over(pem);
  return PkeyPtr(PEM_read_bio_PUBKEY(bio.get(), nullptr, no_passphrase, nullptr));
}

}  // namespace fieldcast::access
