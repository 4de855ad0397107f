// RFC 6455 frames, from bytes to messages. Pure: no I/O, no clock.
//
// Reads in place from a shared buffer: a whole message that lies in one piece of
// input is unmasked where it lies and handed out without a copy; only what is
// incomplete at the end of the input is kept. Threads: one.
// Memory: 32 bytes or so while no message is in the making.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace fieldcast::websocket {

enum class Role : std::uint8_t { server, client };  // who decodes: a server wants masked frames, a client unmasked

enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

struct DecoderLimits {
  std::size_t message_bytes_max = 131'072;
  std::uint32_t fragments_max = 1'024;  // frames of one message
};

/// Receives what was decoded. Views live until the call returns. A callback neither feeds nor destroys the decoder
/// that calls it.
class Events {
 public:
  virtual ~Events() = default;
  /// `readable_after`: bytes behind the text that may be read (padding for fast parsers).
  virtual void on_text(std::string_view text, std::size_t readable_after) = 0;
  virtual void on_binary(std::string_view bytes) = 0;
  virtual void on_ping(std::string_view payload) = 0;
  virtual void on_pong(std::string_view payload) = 0;
  /// Code 1005 when the frame carried none.
  virtual void on_close(std::uint16_t code, std::string_view reason) = 0;
};

enum class Violation : std::uint8_t {
  none,
  reserved_bits,
  unknown_opcode,
  masking,
  control_too_long,
  control_fragmented,
  continuation_unexpected,
  continuation_expected,
  length_not_minimal,
  length_too_big,
  message_too_big,
  too_many_fragments,
  text_not_utf8,
  close_code_invalid,
  close_payload_invalid,
};
/// RFC 6455 7.4.1: 1002, 1007 or 1009.
std::uint16_t close_code(Violation violation);
std::string_view to_string(Violation violation);

struct FrameHeader;

class Decoder {
 public:
  explicit Decoder(Role role);
  ~Decoder();
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  /// Decodes all of `input`, which it may change (unmasking). `readable_after`: bytes behind
  /// input that may be read. Stops at the first violation and after a close frame; what
  /// follows is ignored for good. A message in the making holds message_bytes_max at most; text fails at its first
  /// byte that is not UTF-8, ended or not.
  Violation feed(std::span<char> input, std::size_t readable_after, const DecoderLimits& limits, Events& events);

  /// Frames seen since the last call, control frames and empty continuations included: for rate limits.
  std::uint32_t take_frames_seen();
  /// A close frame or a violation ended it.
  bool closed() const { return closed_; }

 private:
  struct Partial;
  struct Input;
  Partial& partial();
  Violation read_some(Input& input);
  Violation read_header_bytes(Input& input, FrameHeader& header, bool& complete);
  Violation admit(const FrameHeader& header, const DecoderLimits& limits) const;
  Violation read_payload(const FrameHeader& header, Input& input);
  Violation keep(const FrameHeader& header, std::uint64_t before, std::string_view piece, const DecoderLimits& limits);
  Violation deliver_message(Events& events);
  Violation deliver(Opcode opcode, std::string_view payload, std::size_t readable_after, Events& events);

  Role role_;
  bool closed_ = false;
  std::uint32_t frames_seen_ = 0;
  std::unique_ptr<Partial> partial_;
};

}  // namespace fieldcast::websocket
