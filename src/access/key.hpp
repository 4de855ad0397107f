// One key of a ring, and the OpenSSL types it is made of.
#pragma once

#include "fieldcast/access/verifier.hpp"

#include <memory>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <string>
#include <string_view>

namespace fieldcast::access {

template <auto free_function>
struct Free {
  template <class T>
  void operator()(T* object) const {
    free_function(object);
  }
};
using PkeyPtr = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using BioPtr = std::unique_ptr<BIO, Free<BIO_free_all>>;
using DigestContextPtr = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;

/// An HMAC secret or a public key, with the one algorithm it serves.
/// Threads: any, once made.
class Key {
 public:
  /// Errors: key_unusable.
  static Result<std::unique_ptr<Key>> from_secret(std::string kid, std::string_view secret);
  /// Keeps the public half only.
  static Result<std::unique_ptr<Key>> from_pkey(std::string kid, Algorithm algorithm, PkeyPtr pkey);

  const std::string& kid() const { return kid_; }
  Algorithm algorithm() const { return algorithm_; }
  /// `signature` as it stands in a token: raw bytes, r and s for ES256.
  bool verifies(std::string_view signed_text, std::string_view signature) const;

 private:
  Key(std::string kid, Algorithm algorithm) : kid_(std::move(kid)), algorithm_(algorithm) {}
  bool verifies_by_secret(std::string_view signed_text, std::string_view signature) const;
  bool verifies_by_pkey(std::string_view signed_text, std::string_view signature) const;

  std::string kid_;
  Algorithm algorithm_;
  std::string secret_;  // HS256
  PkeyPtr public_key_;  // the others
};

Error key_unusable(std::string text);
inline const unsigned char* octets(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
/// 32 bytes.
std::string hmac_sha256(std::string_view secret, std::string_view text);
/// Null for anything that is no PEM of a key, and for an encrypted one.
PkeyPtr read_private_pem(std::string_view pem);
PkeyPtr read_public_pem(std::string_view pem);
/// Signing digest of the algorithm; null where the algorithm has its own (EdDSA).
const EVP_MD* digest_of(Algorithm algorithm);
/// ECDSA signatures: r and s of 32 bytes each, as tokens carry them, and DER, as OpenSSL does. Empty when impossible.
std::string der_from_raw_ecdsa(std::string_view raw);
std::string raw_from_der_ecdsa(std::string_view der);

}  // namespace fieldcast::access
