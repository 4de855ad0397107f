// Makes keys and tokens, for `fieldcast token` and tests.
#pragma once

#include "fieldcast/access/verifier.hpp"

namespace fieldcast::access {

struct KeyPair {
  std::string private_pem;  // for HS256: the secret itself
  std::string public_pem;   // empty for HS256
};
/// HS256: 32 random bytes as base64url text. RS256: 2048 bits.
Result<KeyPair> generate_key(Algorithm algorithm);

/// `payload_json` is signed as it stands.
Result<std::string> sign_token(Algorithm algorithm, std::string_view private_key, std::string_view kid,
                               std::string_view payload_json);
/// The payload of claims with `exp`, `iat` and, when set, `iss` and `aud`. A dotted claim name is written as one
/// member, which reads back the same.
std::string token_payload(const Claims& claims, Timestamp issued_at, const VerifierSettings& settings);

}  // namespace fieldcast::access
