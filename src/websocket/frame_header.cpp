#include "frame_header.hpp"

namespace fieldcast::websocket {
namespace {

Violation judge_first_byte(unsigned byte, FrameHeader& header) {
  if ((byte & 0x70U) != 0) return Violation::reserved_bits;
  const unsigned opcode = byte & 0x0FU;
  if (opcode > 10 || (opcode > 2 && opcode < 8)) return Violation::unknown_opcode;
  header.opcode = static_cast<Opcode>(opcode);
  header.fin = (byte & 0x80U) != 0;
  if (header.is_control() && !header.fin) return Violation::control_fragmented;
  return Violation::none;
}

Violation judge_length(std::uint64_t length, std::size_t length_bytes) {
  if (length_bytes == 8 && (length >> 63U) != 0) return Violation::length_too_big;
  if (length_bytes == 2 && length < 126) return Violation::length_not_minimal;
  if (length_bytes == 8 && length < 65'536) return Violation::length_not_minimal;
  return Violation::none;
}

}  // namespace

HeaderRead read_header(std::string_view bytes, Role reader, FrameHeader& header) {
  const auto byte_at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  if (bytes.empty()) return {};
  if (const auto violation = judge_first_byte(byte_at(0), header); violation != Violation::none) return {violation};
  if (bytes.size() < 2) return {};
  header.masked = (byte_at(1) & 0x80U) != 0;
  if (header.masked != (reader == Role::server)) return {Violation::masking};
  header.payload_bytes = byte_at(1) & 0x7FU;
  if (header.is_control() && header.payload_bytes > control_payload_bytes_max) return {Violation::control_too_long};

  const std::size_t length_bytes = header.payload_bytes == 126 ? 2 : header.payload_bytes == 127 ? 8 : 0;
  if (bytes.size() < 2 + length_bytes) return {};
  if (length_bytes != 0) {
    header.payload_bytes = 0;
    for (std::size_t i = 0; i < length_bytes; ++i) header.payload_bytes = header.payload_bytes << 8U | byte_at(2 + i);
    const auto violation = judge_length(header.payload_bytes, length_bytes);
    if (violation != Violation::none) return {violation};
  }
  const std::size_t all = 2 + length_bytes + (header.masked ? 4 : 0);
  if (bytes.size() < all) return {};
  if (header.masked) bytes.copy(header.key.data(), header.key.size(), 2 + length_bytes);
  return {Violation::none, all};
}

}  // namespace fieldcast::websocket
