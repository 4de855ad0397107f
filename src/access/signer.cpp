#include "fieldcast/access/signer.hpp"

#include "base64url.hpp"
#include "key.hpp"

#include <nlohmann/json.hpp>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

namespace fieldcast::access {
namespace {

using boost::system::in_place_value;

std::string text_of(const BioPtr& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

Result<KeyPair> pem_pair(const PkeyPtr& key) {
  const BioPtr private_pem(BIO_new(BIO_s_mem()));
  const BioPtr public_pem(BIO_new(BIO_s_mem()));
  if (key == nullptr ||
      PEM_write_bio_PrivateKey(private_pem.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1 ||
      PEM_write_bio_PUBKEY(public_pem.get(), key.get()) != 1) {
    ERR_clear_error();
    return key_unusable("the key could not be made");
  }
  return KeyPair{text_of(private_pem), text_of(public_pem)};
}

Result<KeyPair> generate_secret() {
  std::string bytes(32, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size())) != 1) {
    return key_unusable("the system gave no random bytes");
  }
  return KeyPair{base64url_encode(bytes), ""};
}

/// Empty when OpenSSL refuses.
std::string sign_by_pkey(Algorithm algorithm, EVP_PKEY* key, std::string_view text) {
  const DigestContextPtr context(EVP_MD_CTX_new());
  std::size_t size = 0;
  if (EVP_DigestSignInit(context.get(), nullptr, digest_of(algorithm), nullptr, key) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, octets(text), text.size()) != 1) {
    return {};
  }
  std::string signature(size, '\0');
  auto* to = reinterpret_cast<unsigned char*>(signature.data());
  if (EVP_DigestSign(context.get(), to, &size, octets(text), text.size()) != 1) return {};
  signature.resize(size);
  return algorithm == Algorithm::es256 ? raw_from_der_ecdsa(signature) : signature;
}

/// Errors: key_unusable.
Result<std::string> sign(Algorithm algorithm, std::string_view private_key, std::string_view text) {
  if (algorithm == Algorithm::hs256) {
    if (auto key = Key::from_secret("", private_key); !key) return key.error();
    return {in_place_value, hmac_sha256(private_key, text)};
  }
  PkeyPtr key = read_private_pem(private_key);
  if (key == nullptr) return key_unusable("not the PEM of a private key");
  EVP_PKEY_up_ref(key.get());
  if (auto judged = Key::from_pkey("", algorithm, PkeyPtr(key.get())); !judged) return judged.error();
  std::string signature = sign_by_pkey(algorithm, key.get(), text);
  ERR_clear_error();
  if (signature.empty()) return key_unusable("the key does not sign");
  return {in_place_value, std::move(signature)};
}

}  // namespace

Result<KeyPair> generate_key(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::hs256:
      return generate_secret();
    case Algorithm::rs256:
      return pem_pair(PkeyPtr(EVP_RSA_gen(2'048)));
    case Algorithm::es256:
      return pem_pair(PkeyPtr(EVP_EC_gen("P-256")));
    case Algorithm::eddsa:
      return pem_pair(PkeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")));
  }
  return key_unusable("no such algorithm");
}

Result<std::string> sign_token(Algorithm algorithm, std::string_view private_key, std::string_view kid,
                               std::string_view payload_json) {
  nlohmann::json header{{"alg", to_string(algorithm)}, {"typ", "JWT"}};
  if (!kid.empty()) header["kid"] = kid;
  using Replace = nlohmann::json::error_handler_t;
  std::string token = base64url_encode(header.dump(-1, ' ', false, Replace::replace));
  token += '.';
  token += base64url_encode(payload_json);
  const auto signature = sign(algorithm, private_key, token);
  if (!signature) return signature.error();
  return {in_place_value, token + '.' + base64url_encode(*signature)};
}

std::string token_payload(const Claims& claims, Timestamp issued_at, const VerifierSettings& settings) {
  const auto unix_s = [](Timestamp time) { return std::chrono::floor<seconds>(time).time_since_epoch().count(); };
  const ClaimNames& names = settings.names;
  nlohmann::ordered_json payload;
  payload[names.user] = claims.user.str();
  payload[names.role] = to_string(claims.role);
  payload[names.org] = claims.org.str();
  if (!claims.team.empty()) payload[names.team] = claims.team.str();
  if (claims.all_teams && claims.role != Role::admin) {
    payload[names.teams] = "*";
  } else if (!claims.teams.empty() || (claims.role == Role::manager && !claims.teams_from_store)) {
    payload[names.teams] = nlohmann::ordered_json::array();
    for (const auto& team : claims.teams) payload[names.teams].push_back(team.str());
  }
  if (!claims.name.empty()) payload[names.name] = claims.name;
  if (settings.issuer) payload["iss"] = *settings.issuer;
  if (settings.audience) payload["aud"] = *settings.audience;
  payload["iat"] = unix_s(issued_at);
  payload["exp"] = unix_s(claims.expires_at);
  return payload.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace fieldcast::access
