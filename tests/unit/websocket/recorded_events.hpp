// Turns what a decoder says into lines of text, and feeds it in pieces.
#pragma once

#include "fieldcast/websocket/encoder.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace fieldcast::websocket {

struct RecordedEvents : Events {
  std::vector<std::string> lines;
  const char* last_text_at = nullptr;
  std::size_t last_readable_after = 0;

  void on_text(std::string_view text, std::size_t readable_after) override {
    lines.push_back("text " + std::string(text));
    last_text_at = text.data();
    last_readable_after = readable_after;
  }
  void on_binary(std::string_view bytes) override { lines.push_back("binary " + std::string(bytes)); }
  void on_ping(std::string_view payload) override { lines.push_back("ping " + std::string(payload)); }
  void on_pong(std::string_view payload) override { lines.push_back("pong " + std::string(payload)); }
  void on_close(std::uint16_t code, std::string_view reason) override {
    lines.push_back("close " + std::to_string(code) + " " + std::string(reason));
  }
};

/// One decoder and what it said.
struct Conversation {
  explicit Conversation(Role role, DecoderLimits limits_to_use = {}) : decoder(role), limits(limits_to_use) {}

  /// Feeds a copy that ends exactly where `bytes` end, so that reading behind it is caught.
  Violation feed(std::string_view bytes) {
    std::vector<char> input(bytes.begin(), bytes.end());
    const auto now = decoder.feed(input, 0, limits, events);
    if (violation == Violation::none) violation = now;
    return now;
  }
  /// As one line per event, the violation last.
  std::vector<std::string> story() const {
    auto lines = events.lines;
    lines.push_back(std::string(to_string(violation)));
    return lines;
  }

  Decoder decoder;
  DecoderLimits limits;
  RecordedEvents events;
  Violation violation = Violation::none;
};

inline constexpr std::uint32_t test_mask = 0x37FA213D;

/// A frame as a client sends it.
inline std::string masked(Opcode opcode, std::string_view payload, bool fin = true) {
  std::string out;
  append_frame(out, opcode, payload, test_mask, fin);
  return out;
}
inline std::string unmasked(Opcode opcode, std::string_view payload, bool fin = true) {
  std::string out;
  append_frame(out, opcode, payload, {}, fin);
  return out;
}
/// Bytes given as numbers.
inline std::string raw(std::initializer_list<unsigned> bytes) {
  std::string out;
  for (const unsigned byte : bytes) out.push_back(static_cast<char>(byte));
  return out;
}

}  // namespace fieldcast::websocket
