#include "fieldcast/access/verifier.hpp"
#include "key.hpp"

namespace fieldcast::access {
namespace {

std::string sha256(std::string_view text) {
  std::string digest(32, '\0');
  EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(digest.data()), nullptr,
             digest_of(Algorithm::hs256), nullptr);
  return digest;
}

}  // namespace

VerifiedTokens::VerifiedTokens(std::size_t tokens_max) : tokens_max_(tokens_max) {}

Result<ClaimsPtr> VerifiedTokens::verify(const Verifier& verifier, std::string_view token, Timestamp now) {
  std::string name = sha256(token);
  if (const auto found = known_.find(name); found != known_.end()) {
    if (now < found->second->expires_at) return found->second;
    // Its place in order_ stays until it is the oldest: it may only name a token that is gone.
    known_.erase(found);
  }
  auto claims = verifier.verify(token, now);
  if (claims && now < (*claims)->expires_at) remember(std::move(name), *claims);
  return claims;
}

void VerifiedTokens::remember(std::string name, ClaimsPtr claims) {
  while (!order_.empty() && order_.size() >= tokens_max_) {
    known_.erase(order_.front());
    order_.pop_front();
  }
  order_.push_back(name);
  known_.insert_or_assign(std::move(name), std::move(claims));
}

void VerifiedTokens::clear() {
  known_.clear();
  order_.clear();
}

}  // namespace fieldcast::access
