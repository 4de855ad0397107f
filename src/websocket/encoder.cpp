#include "fieldcast/websocket/encoder.hpp"

#include "frame_header.hpp"

namespace fieldcast::websocket {
namespace {

void append_big_endian(std::string& out, std::uint64_t value, unsigned bytes) {
  for (unsigned shift = bytes * 8; shift != 0; shift -= 8)
    out.push_back(static_cast<char>(value >> (shift - 8) & 0xFF));
}

void append_length(std::string& out, std::size_t payload_bytes, bool masked) {
  const unsigned mask_bit = masked ? 0x80 : 0;
  if (payload_bytes < 126) {
    out.push_back(static_cast<char>(mask_bit | static_cast<unsigned>(payload_bytes)));
  } else if (payload_bytes < 65'536) {
    out.push_back(static_cast<char>(mask_bit | 126));
    append_big_endian(out, payload_bytes, 2);
  } else {
    out.push_back(static_cast<char>(mask_bit | 127));
    append_big_endian(out, payload_bytes, 8);
  }
}

/// At most `bytes_max` bytes, never ending within a character.
std::string_view cut_at_character(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80) --end;
  return text.substr(0, end);
}

}  // namespace

void append_frame(std::string& out, Opcode opcode, std::string_view payload, std::optional<std::uint32_t> mask,
                  bool fin) {
  out.push_back(static_cast<char>((fin ? 0x80U : 0U) | static_cast<unsigned>(opcode)));
  append_length(out, payload.size(), mask.has_value());
  if (!mask) {
    out.append(payload);
    return;
  }
  append_big_endian(out, *mask, 4);
  MaskingKey key;
  std::string_view(out).substr(out.size() - 4).copy(key.data(), key.size());
  const std::size_t payload_at = out.size();
  out.append(payload);
  apply_mask(std::span(out).subspan(payload_at), key);
}

void append_close(std::string& out, std::uint16_t code, std::string_view reason, std::optional<std::uint32_t> mask) {
  std::string payload;
  if (code != 1005) {
    append_big_endian(payload, code, 2);
    payload += cut_at_character(reason, control_payload_bytes_max - 2);
  }
  append_frame(out, Opcode::close, payload, mask);
}

}  // namespace fieldcast::websocket
