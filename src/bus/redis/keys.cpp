#include "fieldcast/bus/redis_keys.hpp"

namespace fieldcast::bus {
namespace {

std::uint16_t crc16(std::string_view text) {
  std::uint32_t crc = 0;
  for (const char c : text) {
    crc ^= static_cast<std::uint32_t>(static_cast<unsigned char>(c)) << 8U;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 0x8000U) != 0 ? (crc << 1U) ^ 0x1021U : crc << 1U;
  }
  return static_cast<std::uint16_t>(crc & 0xffffU);
}

/// Braces would end the hash tag, a slash would make two teams one.
void append_escaped(std::string& out, std::string_view id) {
  constexpr std::string_view digits = "0123456789abcdef";
  for (const char c : id) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte != 0x7f && std::string_view{"{}%/"}.find(c) == std::string_view::npos) {
      out += c;
    } else {
      out += '%';
      out += digits[byte >> 4U];
      out += digits[byte & 15U];
    }
  }
}

}  // namespace

std::uint16_t slot_of(std::string_view name) {
  const auto open = name.find('{');
  if (open != std::string_view::npos) {
    const auto close = name.find('}', open + 1);
    if (close != std::string_view::npos && close > open + 1) name = name.substr(open + 1, close - open - 1);
  }
  return crc16(name) % cluster_slots;
}

TeamKeys::TeamKeys(std::string_view prefix, const TeamKey& team) {
  std::string stem(prefix);
  stem += '{';
  append_escaped(stem, team.org.str());
  stem += '/';
  append_escaped(stem, team.team.str());
  stem += "}:";
  live = stem + "live";
  last = stem + "last";
  seen = stem + "seen";
  geo = stem + "geo";
  slot = slot_of(stem);
}

std::string control_channel(std::string_view prefix) { return std::string(prefix) + "control"; }

std::string once_key(std::string_view prefix, std::string_view name) {
  return std::string(prefix) + "once:" + std::string(name);
}

}  // namespace fieldcast::bus
