// One outgoing JSON text, serialised once and shared by all its watchers.
//
// It carries its RFC 6455 server frame header in front of the payload, so a
// WebSocket writes frame() and an event stream writes payload(): no copy for
// either. Immutable after make_message. Threads: any.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace fieldcast {

class Message {
 public:
  /// Unmasked text frame, FIN set: header and payload.
  std::string_view frame() const { return bytes_; }
  std::string_view payload() const { return std::string_view(bytes_).substr(header_bytes_); }

 private:
  friend std::shared_ptr<const Message> make_message(std::string_view payload);
  std::string bytes_;
  std::size_t header_bytes_ = 0;
};
using MessagePtr = std::shared_ptr<const Message>;

/// Cost: one allocation of payload + 10 bytes, one copy.
MessagePtr make_message(std::string_view payload);

}  // namespace fieldcast
