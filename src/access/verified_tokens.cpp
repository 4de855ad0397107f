#include "fieldcast/access/verifier.hpp"
#include "key.hpp"

#include <cstring>

namespace fieldcast::access {

std::size_t VerifiedTokens::FirstBytes::operator()(const Digest& digest) const noexcept {
  std::size_t hash = 0;
  std::memcpy(&hash, digest.data(), sizeof hash);
  return hash;
}

VerifiedTokens::Digest VerifiedTokens::digest_of(std::string_view token) {
  Digest digest{};
  EVP_Digest(token.data(), token.size(), reinterpret_cast<unsigned char*>(digest.data()), nullptr,
             access::digest_of(Algorithm::hs256), nullptr);
  return digest;
}

VerifiedTokens::VerifiedTokens(std::size_t tokens_max) : tokens_max_(tokens_max) {}

Result<ClaimsPtr> VerifiedTokens::verify(const Verifier& verifier, std::string_view token, Timestamp now) {
  const Digest digest = digest_of(token);
  if (const auto found = known_.find(digest); found != known_.end()) {
    if (now < found->second->expires_at) return found->second;
    // Its place in order_ stays until it is the oldest: it may only name a token that is gone.
    known_.erase(found);
  }
  auto claims = verifier.verify(token, now);
  if (claims && now < (*claims)->expires_at) remember(digest, *claims);
  return claims;
}

void VerifiedTokens::remember(const Digest& digest, ClaimsPtr claims) {
  while (!order_.empty() && order_.size() >= tokens_max_) {
    known_.erase(order_.front());
    order_.pop_front();
  }
  order_.push_back(digest);
  known_.insert_or_assign(digest, std::move(claims));
}

void VerifiedTokens::clear() {
  known_.clear();
  order_.clear();
}

}  // namespace fieldcast::access
