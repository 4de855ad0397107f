// Key sets: any text either adds keys or leaves the ring as it was; what was added never accepts an unsigned token.
#include "fieldcast/access/verifier.hpp"

#include <cstdlib>

using namespace fieldcast;
using namespace fieldcast::access;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  KeyRing ring;
  const auto added = ring.add_jwks({reinterpret_cast<const char*>(data), size});
  if (added.has_value() != (ring.size() > 0)) std::abort();
  if (!added && added.error().code != "key_unusable") std::abort();
  if (ring.size() > 8) return 0;
  const Verifier verifier(std::move(ring), {});
  // {"alg":…} for each algorithm, {"sub":"a","role":"admin","exp":1800000600}, and 64 zero bytes.
  const std::string rest = ".eyJzdWIiOiJhIiwicm9sZSI6ImFkbWluIiwiZXhwIjoxODAwMDAwNjAwfQ." + std::string(85, 'A') + "A";
  for (const std::string header :
       {"eyJhbGciOiJIUzI1NiJ9", "eyJhbGciOiJSUzI1NiJ9", "eyJhbGciOiJFUzI1NiJ9", "eyJhbGciOiJFZERTQSJ9"}) {
    if (verifier.verify(header + rest, from_unix_ms(1'800'000'000'000)).has_value()) std::abort();
  }
  return 0;
}
