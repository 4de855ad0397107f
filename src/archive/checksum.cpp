#include "checksum.hpp"

#include <array>
#include <stdexcept>

namespace fieldcast::archive {
namespace {

// They fail for want of memory, or of the algorithm: nothing goes on without.
void expect(int done) {
  if (done != 1) throw std::runtime_error("OpenSSL gives no SHA-256");
}

}  // namespace

Checksum::Checksum() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
  expect(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr));
}

void Checksum::add(std::string_view bytes) { expect(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size())); }

std::string Checksum::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int bytes = 0;
  expect(EVP_DigestFinal_ex(context_.get(), digest.data(), &bytes));
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (unsigned int i = 0; i < bytes; ++i) {
    text.push_back(digits[digest[i] >> 4U]);
    text.push_back(digits[digest[i] & 0xfU]);
  }
  return text;
}

}  // namespace fieldcast::archive
