#include "fieldcast/access/verifier.hpp"

#include "base64url.hpp"
#include "key.hpp"
#include "strict_json.hpp"
#include "token_claims.hpp"

#include <algorithm>

namespace fieldcast::access {
namespace {

constexpr std::size_t token_bytes_max = 8'192;

struct TokenParts {
  std::string_view header, payload, signature;
  std::string_view signed_text;  // header and payload with their dot
};

std::optional<TokenParts> split(std::string_view token) {
  const auto first = token.find('.');
  const auto second = token.find('.', first == std::string_view::npos ? first : first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) return std::nullopt;
  return TokenParts{token.substr(0, first), token.substr(first + 1, second - first - 1), token.substr(second + 1),
                    token.substr(0, second)};
}

std::optional<nlohmann::json> read_object(std::string_view base64url) {
  const auto text = base64url_decode(base64url);
  return text ? parse_object(*text) : std::nullopt;
}

/// What the header is allowed to say. Keys that it brings along (jwk, jku, x5u, x5c) are never looked at.
struct Header {
  Algorithm algorithm;
  std::optional<std::string> kid;
};
Result<Header> read_header(std::string_view base64url) {
  const auto json = read_object(base64url);
  if (!json) return unauthenticated("the token's header cannot be read");
  if (json->contains("crit")) return unauthenticated("the token's header has `crit`, which is not understood here");
  const auto* name = text_member(*json, "alg");
  const auto algorithm = name != nullptr ? algorithm_from(*name) : std::nullopt;
  if (!algorithm) return unauthenticated("the token's algorithm must be HS256, RS256, ES256 or EdDSA");
  const auto* kid = text_member(*json, "kid");
  if (json->contains("kid") && kid == nullptr) return unauthenticated("the token's `kid` must be text");
  return Header{*algorithm, kid != nullptr ? std::optional(*kid) : std::nullopt};
}

/// `kid` picks the keys. Without one: the keys without kid, or the only key there is.
bool is_candidate(const Key& key, const Header& header, bool only_key) {
  return header.kid ? key.kid() == *header.kid && !key.kid().empty() : key.kid().empty() || only_key;
}

/// Errors: unauthenticated.
Result<void> judge_signature(const std::vector<std::unique_ptr<Key>>& keys, const Header& header,
                             const TokenParts& parts) {
  const auto signature = base64url_decode(parts.signature);
  if (!signature || signature->empty()) return unauthenticated("the token's signature cannot be read");
  bool key_found = false;
  bool algorithm_fits = false;
  for (const auto& key : keys) {
    if (!is_candidate(*key, header, keys.size() == 1)) continue;
    key_found = true;
    if (key->algorithm() != header.algorithm) continue;
    algorithm_fits = true;
    if (key->verifies(parts.signed_text, *signature)) return {};
  }
  if (!key_found) return unauthenticated("no key of the token's `kid` is known");
  if (!algorithm_fits) return unauthenticated("the token's algorithm is not that of its key");
  return unauthenticated("the token's signature does not match");
}

}  // namespace

Verifier::Verifier(KeyRing keys, VerifierSettings settings) : keys_(std::move(keys)), settings_(std::move(settings)) {}
Verifier::~Verifier() = default;

Result<ClaimsPtr> Verifier::verify(std::string_view token, Timestamp now) const {
  if (token.size() > token_bytes_max) return unauthenticated("a token has 8 KiB at most");
  const auto parts = split(token);
  if (!parts) return unauthenticated("a token has three parts");
  const auto header = read_header(parts->header);
  if (!header) return header.error();
  if (auto judged = judge_signature(keys_.keys_, *header, *parts); !judged) return judged.error();
  const auto payload = read_object(parts->payload);
  if (!payload) return unauthenticated("the token's payload cannot be read");
  auto claims = read_claims(*payload, settings_, now);
  if (!claims) return claims.error();
  return std::make_shared<const Claims>(std::move(*claims));
}

}  // namespace fieldcast::access
