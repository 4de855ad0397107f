#include "fieldcast/domain/message.hpp"

namespace fieldcast {

// RFC 6455 5.2: FIN and opcode text, then the payload length in its shortest form; servers do not mask.
MessagePtr make_message(std::string_view payload) {
  auto message = std::make_shared<Message>();
  std::string& bytes = message->bytes_;
  const std::size_t length = payload.size();
  bytes.reserve(length + 10);
  bytes.push_back(static_cast<char>(0x81));
  const auto append_big_endian = [&bytes, length](int width) {
    for (int shift = 8 * (width - 1); shift >= 0; shift -= 8)
      bytes.push_back(static_cast<char>((length >> shift) & 0xff));
  };
  if (length < 126) {
    bytes.push_back(static_cast<char>(length));
  } else if (length <= 0xffff) {
    bytes.push_back(126);
    append_big_endian(2);
  } else {
    bytes.push_back(127);
    append_big_endian(8);
  }
  message->header_bytes_ = bytes.size();
  bytes.append(payload);
  return message;
}

}  // namespace fieldcast
