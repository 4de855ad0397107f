#include "key.hpp"

namespace fieldcast::access {
namespace {

Result<void> add(std::vector<std::unique_ptr<Key>>& keys, Result<std::unique_ptr<Key>> key) {
  if (!key) return key.error();
  keys.push_back(std::move(*key));
  return {};
}

}  // namespace

KeyRing::KeyRing() = default;
KeyRing::~KeyRing() = default;
KeyRing::KeyRing(KeyRing&&) noexcept = default;
KeyRing& KeyRing::operator=(KeyRing&&) noexcept = default;

Result<void> KeyRing::add_secret(std::string kid, std::string_view secret) {
  return add(keys_, Key::from_secret(std::move(kid), secret));
}

Result<void> KeyRing::add_pem(std::string kid, Algorithm algorithm, std::string_view pem) {
  PkeyPtr key = read_public_pem(pem);
  if (key == nullptr) key = read_private_pem(pem);
  return add(keys_, Key::from_pkey(std::move(kid), algorithm, std::move(key)));
}

std::size_t KeyRing::size() const { return keys_.size(); }

std::string_view to_string(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::hs256:
      return "HS256";
    case Algorithm::rs256:
      return "RS256";
    case Algorithm::es256:
      return "ES256";
    case Algorithm::eddsa:
      return "EdDSA";
  }
  return "";
}

std::optional<Algorithm> algorithm_from(std::string_view name) {
  for (const auto algorithm : {Algorithm::hs256, Algorithm::rs256, Algorithm::es256, Algorithm::eddsa}) {
    if (name == to_string(algorithm)) return algorithm;
  }
  return std::nullopt;
}

}  // namespace fieldcast::access
