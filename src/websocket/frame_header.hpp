// The 2 to 14 bytes in front of a frame's payload (RFC 6455 5.2).
#pragma once

#include "fieldcast/websocket/decoder.hpp"
#include "masking.hpp"

namespace fieldcast::websocket {

inline constexpr std::size_t header_bytes_max = 14;
inline constexpr std::size_t control_payload_bytes_max = 125;

struct FrameHeader {
  Opcode opcode = Opcode::continuation;
  bool fin = false;
  bool masked = false;
  MaskingKey key{};
  std::uint64_t payload_bytes = 0;

  bool is_control() const { return (static_cast<unsigned>(opcode) & 8U) != 0; }
};

struct HeaderRead {
  Violation violation = Violation::none;
  std::size_t bytes = 0;  // 0: more bytes are needed
};

/// Judges every byte as early as it can, in the order of the bytes: a header that comes in
/// pieces ends in the same violation as one in one piece.
HeaderRead read_header(std::string_view bytes, Role reader, FrameHeader& header);

}  // namespace fieldcast::websocket
