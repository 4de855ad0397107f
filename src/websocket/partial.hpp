// What is incomplete at the end of an input: a header, a frame's payload, a message's first fragments.
#pragma once

#include "frame_header.hpp"
#include "utf8.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace fieldcast::websocket {

/// Readable bytes behind a message put together from pieces: what fast parsers ask for.
inline constexpr std::size_t padding_bytes = 64;

/// Exists only while something is incomplete, so an idle connection holds no buffer.
struct Decoder::Partial {
  std::array<char, header_bytes_max> header_bytes{};
  std::size_t header_size = 0;

  std::optional<FrameHeader> frame;  // its payload is being read
  std::uint64_t payload_read = 0;
  std::array<char, control_payload_bytes_max> control{};

  Opcode message_opcode = Opcode::continuation;  // continuation: no message is in the making
  std::uint32_t fragments = 0;
  std::vector<char> message;
  Utf8Check utf8;

  bool message_begun() const { return message_opcode != Opcode::continuation; }
  bool idle() const { return header_size == 0 && !frame && !message_begun(); }

  /// Appends to the message. The buffer grows with what arrives, not with what a header announces, and never
  /// beyond what the message may hold.
  void append(std::string_view piece, const FrameHeader& header, std::uint64_t before, std::size_t message_bytes_max) {
    const std::size_t needed = message.size() + piece.size() + padding_bytes;
    if (needed > message.capacity()) {
      const std::size_t frame_left = static_cast<std::size_t>(header.payload_bytes - before);
      const std::size_t bound = (header.fin ? message.size() + frame_left : message_bytes_max) + padding_bytes;
      message.reserve(std::max(needed, std::min(bound, 2 * message.capacity())));
    }
    message.insert(message.end(), piece.begin(), piece.end());
  }
};

}  // namespace fieldcast::websocket
