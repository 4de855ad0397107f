// From the payload of a token whose signature was verified to claims.
#pragma once

#include "fieldcast/access/verifier.hpp"

#include <nlohmann/json.hpp>

namespace fieldcast::access {

/// The claim that stands under `name`, or under its dotted path; null when there is none. A name that is itself a
/// member comes first: `https://example.com/role` is a name, not a path.
const nlohmann::json* find_claim(const nlohmann::json& payload, std::string_view name);

/// Errors: unauthenticated, token_expired.
Result<Claims> read_claims(const nlohmann::json& payload, const VerifierSettings& settings, Timestamp now);

Error unauthenticated(std::string text);

}  // namespace fieldcast::access
