// Key sets as identity providers publish them (RFC 7517, 7518, 8037).
#include "base64url.hpp"
#include "key.hpp"
#include "strict_json.hpp"

#include <algorithm>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

namespace fieldcast::access {
namespace {

constexpr std::size_t document_bytes_max = 1U << 20;

using BignumPtr = std::unique_ptr<BIGNUM, Free<BN_free>>;
using BuilderPtr = std::unique_ptr<OSSL_PARAM_BLD, Free<OSSL_PARAM_BLD_free>>;
using ParamsPtr = std::unique_ptr<OSSL_PARAM, Free<OSSL_PARAM_free>>;
using PkeyContextPtr = std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>>;

/// Empty when absent, no text or bad base64url.
std::string bytes_member(const nlohmann::json& jwk, std::string_view name) {
  const auto* text = text_member(jwk, name);
  return text != nullptr ? base64url_decode(*text).value_or("") : "";
}

PkeyPtr pkey_from(const char* type, const BuilderPtr& builder) {
  const ParamsPtr params(OSSL_PARAM_BLD_to_param(builder.get()));
  const PkeyContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (params == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1) return nullptr;
  if (EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) return nullptr;
  return PkeyPtr(key);
}

BignumPtr number_member(const nlohmann::json& jwk, std::string_view name) {
  const std::string bytes = bytes_member(jwk, name);
  if (bytes.empty() || bytes.size() > 2'048) return nullptr;
  return BignumPtr(BN_bin2bn(octets(bytes), static_cast<int>(bytes.size()), nullptr));
}

PkeyPtr rsa_key(const nlohmann::json& jwk) {
  const BignumPtr modulus = number_member(jwk, "n");
  const BignumPtr exponent = number_member(jwk, "e");
  const BuilderPtr builder(OSSL_PARAM_BLD_new());
  if (modulus == nullptr || exponent == nullptr || builder == nullptr) return nullptr;
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get());
  return pkey_from("RSA", builder);
}

PkeyPtr p256_key(const nlohmann::json& jwk) {
  const std::string x = bytes_member(jwk, "x");
  const std::string y = bytes_member(jwk, "y");
  const BuilderPtr builder(OSSL_PARAM_BLD_new());
  if (x.size() != 32 || y.size() != 32 || builder == nullptr) return nullptr;
  const std::string point = '\x04' + x + y;  // uncompressed; OpenSSL checks that it lies on the curve
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  return pkey_from("EC", builder);
}

PkeyPtr ed25519_key(const nlohmann::json& jwk) {
  const std::string x = bytes_member(jwk, "x");
  return PkeyPtr(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, octets(x), x.size()));
}

bool member_is(const nlohmann::json& jwk, std::string_view name, std::string_view value) {
  const auto* text = text_member(jwk, name);
  return text != nullptr && *text == value;
}

/// Absent members forbid nothing.
bool is_for_signatures(const nlohmann::json& jwk, Algorithm algorithm) {
  if (jwk.contains("use") && !member_is(jwk, "use", "sig")) return false;
  if (jwk.contains("alg") && !member_is(jwk, "alg", to_string(algorithm))) return false;
  const auto* operations = member(jwk, "key_ops");
  return operations == nullptr || std::ranges::find(*operations, nlohmann::json("verify")) != operations->end();
}

std::optional<Algorithm> algorithm_of(const nlohmann::json& jwk) {
  if (member_is(jwk, "kty", "oct")) return Algorithm::hs256;
  if (member_is(jwk, "kty", "RSA")) return Algorithm::rs256;
  if (member_is(jwk, "kty", "EC") && member_is(jwk, "crv", "P-256")) return Algorithm::es256;
  if (member_is(jwk, "kty", "OKP") && member_is(jwk, "crv", "Ed25519")) return Algorithm::eddsa;
  return std::nullopt;
}

/// Null when the key serves none of our algorithms or is not for signatures.
std::unique_ptr<Key> key_from(const nlohmann::json& jwk) {
  const auto algorithm = jwk.is_object() ? algorithm_of(jwk) : std::nullopt;
  if (!algorithm || !is_for_signatures(jwk, *algorithm)) return nullptr;
  const auto* kid = text_member(jwk, "kid");
  if (jwk.contains("kid") && kid == nullptr) return nullptr;
  std::string name = kid != nullptr ? *kid : "";
  auto key = [&]() -> Result<std::unique_ptr<Key>> {
    switch (*algorithm) {
      case Algorithm::hs256:
        return Key::from_secret(std::move(name), bytes_member(jwk, "k"));
      case Algorithm::rs256:
        return Key::from_pkey(std::move(name), *algorithm, rsa_key(jwk));
      case Algorithm::es256:
        return Key::from_pkey(std::move(name), *algorithm, p256_key(jwk));
      case Algorithm::eddsa:
        return Key::from_pkey(std::move(name), *algorithm, ed25519_key(jwk));
    }
    return key_unusable("no such algorithm");
  }();
  return key ? std::move(*key) : nullptr;
}

}  // namespace

Result<void> KeyRing::add_jwks(std::string_view json) {
  if (json.size() > document_bytes_max) return key_unusable("a key set has 1 MiB at most");
  const auto document = parse_object(json);
  const auto* jwks = document ? member(*document, "keys") : nullptr;
  if (jwks == nullptr || !jwks->is_array()) return key_unusable("not a key set: a JSON object with an array `keys`");
  const std::size_t before = keys_.size();
  for (const auto& jwk : *jwks) {
    if (auto key = key_from(jwk)) keys_.push_back(std::move(key));
  }
  ERR_clear_error();
  if (keys_.size() == before) return key_unusable("the key set holds no usable key");
  return {};
}

}  // namespace fieldcast::access
