#include "fieldcast/websocket/encoder.hpp"

#include <algorithm>
#include <array>
#include <openssl/evp.h>

namespace fieldcast::websocket {

std::string accept_key(std::string_view key) {
  const std::string salted = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, 20> digest{};
  EVP_Digest(salted.data(), salted.size(), digest.data(), nullptr, EVP_sha1(), nullptr);
  std::array<unsigned char, 29> base64{};  // 28 characters and the zero that EVP_EncodeBlock adds
  EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(digest.size()));
  return {base64.begin(), base64.end() - 1};
}

bool is_valid_key(std::string_view key) {
  // 16 bytes are 22 digits and two of padding. The four spare bits of the last digit are not judged: the key is only
  // echoed in a hash.
  const auto is_digit = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
  };
  return key.size() == 24 && key.ends_with("==") && std::ranges::all_of(key.substr(0, 22), is_digit);
}

}  // namespace fieldcast::websocket
