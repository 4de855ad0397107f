// JSON Web Tokens (RFC 7519) in, claims out.
//
// A key ring maps kid → (algorithm, key), parsed once. The header's algorithm is
// only ever compared with the key's. Refused: `none`, `crit`, bad base64url, more
// than two dots, more than 8 KiB, a missing `exp`, a token without `sub`.
// HS256 (secret of 32 bytes or more), RS256 (2048 bits or more), ES256, EdDSA (Ed25519).
// Threads: verify may be called from any; a KeyRing is immutable once built.
#pragma once

#include "fieldcast/access/claims.hpp"
#include "fieldcast/base/result.hpp"

#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace fieldcast::access {

enum class Algorithm : std::uint8_t { hs256, rs256, es256, eddsa };
std::string_view to_string(Algorithm algorithm);
std::optional<Algorithm> algorithm_from(std::string_view name);

class Key;  // an OpenSSL key or an HMAC secret

class KeyRing {
 public:
  KeyRing();
  ~KeyRing();
  KeyRing(KeyRing&&) noexcept;
  KeyRing& operator=(KeyRing&&) noexcept;

  /// A key without kid serves tokens without kid. Errors: key_unusable (weak, unreadable, wrong kind).
  Result<void> add_secret(std::string kid, std::string_view secret);
  Result<void> add_pem(std::string kid, Algorithm algorithm, std::string_view pem);  // public or private PEM
  /// Adds every usable key of a JWKS document; skips `use` other than `sig`. Errors: key_unusable.
  Result<void> add_jwks(std::string_view json);
  std::size_t size() const;

 private:
  friend class Verifier;
  std::vector<std::unique_ptr<Key>> keys_;
};

/// Where claims stand in somebody else's tokens; a dotted name descends into objects, unless it is itself a member
/// (`https://example.com/role`). Ids may be text or whole numbers.
struct ClaimNames {
  std::string user = "sub", role = "role", org = "org", team = "team", teams = "teams", name = "name";
};

struct VerifierSettings {
  std::optional<std::string> issuer;    // compared when set
  std::optional<std::string> audience;  // `aud` must be or contain it when set
  seconds leeway{60};
  ClaimNames names;
};

class Verifier {
 public:
  Verifier(KeyRing keys, VerifierSettings settings);
  ~Verifier();

  /// Accepts until `exp` + leeway; `expires_at` is `exp` itself, so it may lie behind `now` by up to the leeway. That
  /// serves single requests; a session ends at `expires_at` and does not begin after it.
  /// Errors: code unauthenticated or token_expired; the text says why, never the token.
  /// Cost: 5 µs (HS256) to 100 µs (EdDSA).
  Result<ClaimsPtr> verify(std::string_view token, Timestamp now) const;

 private:
  KeyRing keys_;
  VerifierSettings settings_;
};
using VerifierPtr = std::shared_ptr<const Verifier>;

/// Remembers verified tokens until `exp` (bounded; oldest forgotten first), keyed by their SHA-256. Refusals are not
/// remembered.
/// Threads: one (each shard has its own).
class VerifiedTokens {
 public:
  explicit VerifiedTokens(std::size_t tokens_max = 10'000);
  Result<ClaimsPtr> verify(const Verifier& verifier, std::string_view token, Timestamp now);
  void clear();  // when keys change

 private:
  using Digest = std::array<char, 32>;  // SHA-256
  struct FirstBytes {                   // a digest is its own hash
    std::size_t operator()(const Digest& digest) const noexcept;
  };
  static Digest digest_of(std::string_view token);
  void remember(const Digest& digest, ClaimsPtr claims);

  std::size_t tokens_max_;
  std::unordered_map<Digest, ClaimsPtr, FirstBytes> known_;
  std::deque<Digest> order_;
};

}  // namespace fieldcast::access
