// Tokens: bytes as they come, and headers and payloads that are properly signed.
//
// Input: one byte that chooses; then a token, or a header, a newline and a payload.
#include "fieldcast/access/verifier.hpp"

#include <algorithm>
#include <cstdlib>
#include <openssl/evp.h>
#include <openssl/hmac.h>

using namespace fieldcast;
using namespace fieldcast::access;

namespace {

constexpr Timestamp now = from_unix_ms(1'800'000'000'000);
constexpr std::string_view secret = "a secret of more than thirty-two bytes";

std::string base64url(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  while (text.ends_with('=')) text.pop_back();
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return text;
}

std::string with_signature(const std::string& text) {
  unsigned char mac[32];
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac, nullptr);
  return text + "." + base64url({reinterpret_cast<const char*>(mac), sizeof(mac)});
}

const Verifier& verifier(bool mapped) {
  const auto make = [](bool with_names) {
    KeyRing ring;
    if (!ring.add_secret("", secret)) std::abort();
    VerifierSettings settings;
    if (with_names) settings.names = {"a.b", "r.o.l.e", "https://x.example/org", "t.t", "t.ts", "n"};
    return Verifier(std::move(ring), settings);
  };
  static const Verifier plain = make(false);
  static const Verifier with_names = make(true);
  return mapped ? with_names : plain;
}

void require(bool condition) {
  if (!condition) std::abort();
}

void judge(std::string_view token, bool mapped) {
  const auto result = verifier(mapped).verify(token, now);
  if (!result) {
    require(result.error().code == "unauthenticated" || result.error().code == "token_expired");
    require(!result.error().text.empty());
    return;
  }
  require(token == with_signature(std::string(token.substr(0, token.rfind('.')))));
  const Claims& claims = **result;
  require(is_valid_id(claims.user.str()) && is_valid_id(claims.org.str()));
  require(claims.team.empty() || is_valid_id(claims.team.str()));
  for (const auto& team : claims.teams) require(is_valid_id(team.str()) && team.str() != "*");
  require(claims.expires_at > now - seconds{60});
  require(claims.role != Role::agent || (!claims.all_teams && claims.teams.empty()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const bool mapped = (data[0] & 2) != 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  if ((data[0] & 1) == 0) {
    judge(rest, mapped);
    return 0;
  }
  const auto line = std::min(rest.find('\n'), rest.size());
  const std::string_view payload = rest.substr(std::min(line + 1, rest.size()));
  judge(with_signature(base64url(rest.substr(0, line)) + "." + base64url(payload)), mapped);
  return 0;
}
