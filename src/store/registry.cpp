#include "fieldcast/store/registry.hpp"

#include "fieldcast/store/engine.hpp"

#include <algorithm>
#include <openssl/evp.h>

namespace fieldcast::store {

std::string digest_of(const AgentKey& agent) {
  // No id holds a zero byte: no two agents make the same text.
  std::string text = agent.org.str();
  text += '\0';
  text += agent.agent.str();
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  ::EVP_Digest(text.data(), text.size(), digest, &size, ::EVP_sha256(), nullptr);
  std::string hex;
  for (unsigned i = 0; i < size; ++i) {
    hex += "0123456789abcdef"[digest[i] >> 4U];
    hex += "0123456789abcdef"[digest[i] & 15U];
  }
  return hex;
}

Result<void> RegistryReading::read(Reader& reader, SteadyTime now, const Visitor& visitor) {
  const auto erasures = reader.erasures();
  if (!erasures) return erasures.error();
  std::vector<Erasure> fresh;
  for (const Erasure& erasure : *erasures)
    if (!erasures_told_.contains(erasure.id)) fresh.push_back(erasure);
  if (!fresh.empty()) visitor.erased(fresh);
  erasures_told_.clear();
  for (const Erasure& erasure : *erasures) erasures_told_.insert(erasure.id);

  const auto highest = reader.agents_after(settled_, visitor.registered);
  if (!highest) return highest.error();
  if (begun_ && now - risen_at_ < commits_within) return {};
  settled_ = begun_ ? rising_ : std::max<std::int64_t>(0, *highest - numbers_under_way);
  rising_ = *highest;
  risen_at_ = now;
  begun_ = true;
  return {};
}

}  // namespace fieldcast::store
