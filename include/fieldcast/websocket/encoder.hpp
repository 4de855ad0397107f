// RFC 6455 frames, from payload to bytes; and the upgrade's key.
#pragma once

#include "fieldcast/websocket/decoder.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace fieldcast::websocket {

/// Appends one frame. `mask`: a client's masking key (servers send none).
void append_frame(std::string& out, Opcode opcode, std::string_view payload, std::optional<std::uint32_t> mask = {},
                  bool fin = true);
/// Appends a close frame; `reason` is cut to 123 bytes at a character's edge.
void append_close(std::string& out, std::uint16_t code, std::string_view reason,
                  std::optional<std::uint32_t> mask = {});

/// Sec-WebSocket-Accept for a Sec-WebSocket-Key (RFC 6455 4.2.2).
std::string accept_key(std::string_view key);
/// 16 bytes in base64.
bool is_valid_key(std::string_view key);

}  // namespace fieldcast::websocket
