// XOR with a masking key (RFC 6455 5.3), eight bytes at a time.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>

namespace fieldcast::websocket {

/// The four bytes as they stand in the frame.
using MaskingKey = std::array<char, 4>;

/// `offset`: how many bytes of the frame's payload came before `bytes`.
inline void apply_mask(std::span<char> bytes, const MaskingKey& key, std::uint64_t offset = 0) {
  std::array<char, 8> doubled;
  for (std::size_t i = 0; i < doubled.size(); ++i) doubled[i] = key[(offset + i) & 3];
  const auto word_key = std::bit_cast<std::uint64_t>(doubled);
  char* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= sizeof(word_key); at += sizeof(word_key), left -= sizeof(word_key)) {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof(word));
    word ^= word_key;
    std::memcpy(at, &word, sizeof(word));
  }
  for (std::size_t i = 0; i < left; ++i) at[i] = static_cast<char>(at[i] ^ doubled[i]);
}

}  // namespace fieldcast::websocket
