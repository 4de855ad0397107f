// SHA-256, piece by piece.
#pragma once

#include <memory>
#include <openssl/evp.h>
#include <string>
#include <string_view>

namespace fieldcast::archive {

class Checksum {
 public:
  Checksum();
  void add(std::string_view bytes);
  /// In lower hexadecimal. Ends it.
  std::string finish();

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

}  // namespace fieldcast::archive
