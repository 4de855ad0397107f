#include "key.hpp"

#include <openssl/ec.h>

namespace fieldcast::access {
namespace {

constexpr int number_bytes = 32;  // P-256
using SignaturePtr = std::unique_ptr<ECDSA_SIG, Free<ECDSA_SIG_free>>;

}  // namespace

std::string der_from_raw_ecdsa(std::string_view raw) {
  if (raw.size() != 2 * number_bytes) return {};
  const SignaturePtr signature(ECDSA_SIG_new());
  BIGNUM* r = BN_bin2bn(octets(raw), number_bytes, nullptr);
  BIGNUM* s = BN_bin2bn(octets(raw) + number_bytes, number_bytes, nullptr);
  if (signature == nullptr || ECDSA_SIG_set0(signature.get(), r, s) != 1) {
    BN_free(r);
    BN_free(s);
    return {};
  }
  const int size = i2d_ECDSA_SIG(signature.get(), nullptr);
  if (size <= 0) return {};
  std::string der(static_cast<std::size_t>(size), '\0');
  auto* at = reinterpret_cast<unsigned char*>(der.data());
  i2d_ECDSA_SIG(signature.get(), &at);
  return der;
}

std::string raw_from_der_ecdsa(std::string_view der) {
  const unsigned char* at = octets(der);
  const SignaturePtr signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  if (signature == nullptr) return {};
  std::string raw(2 * number_bytes, '\0');
  auto* to = reinterpret_cast<unsigned char*>(raw.data());
  if (BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), to, number_bytes) < 0) return {};
  if (BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), to + number_bytes, number_bytes) < 0) return {};
  return raw;
}

}  // namespace fieldcast::access
