// Any bytes in any pieces, read by either role: the story is that of one piece.
//
// Input: one byte of choices, one byte that seeds the pieces, then the bytes on the wire.
#include "fieldcast/websocket/encoder.hpp"

#include <algorithm>
#include <cstdlib>
#include <vector>

using namespace fieldcast::websocket;

namespace {

constexpr DecoderLimits limits{.message_bytes_max = 2'000, .fragments_max = 16};

struct Story : Events {
  std::string text;
  void add(char kind, std::string_view bytes) {
    text += kind;
    text += std::to_string(bytes.size()) + ":";
    text += bytes;
  }
  void on_text(std::string_view bytes, std::size_t readable_after) override {
    add('t', bytes);
    volatile char last = 0;
    if (readable_after != 0) last = bytes.data()[bytes.size() + readable_after - 1];
    static_cast<void>(last);
  }
  void on_binary(std::string_view bytes) override { add('b', bytes); }
  void on_ping(std::string_view bytes) override { add('i', bytes); }
  void on_pong(std::string_view bytes) override { add('o', bytes); }
  void on_close(std::uint16_t code, std::string_view reason) override { add('c', std::to_string(code).append(reason)); }
};

/// `step`: 0 feeds everything at once.
std::string read(Role role, std::string_view wire, unsigned step) {
  Decoder decoder(role);
  Story story;
  Violation violation = Violation::none;
  unsigned state = step;
  for (std::size_t at = 0; at < wire.size() || at == 0;) {
    state = state * 1'664'525U + 1'013'904'223U;
    const std::size_t size = step == 0 ? wire.size() : 1 + (state >> 16) % (1 + step % 40);
    const auto piece = wire.substr(at, size);
    std::vector<char> input(piece.begin(), piece.end());  // ends where the piece ends
    const auto now = decoder.feed(input, 0, limits, story);
    if (violation == Violation::none) violation = now;
    at += std::max<std::size_t>(size, 1);
  }
  story.add('v', to_string(violation));
  story.add('n', std::to_string(decoder.take_frames_seen()));
  if (violation != Violation::none && !decoder.closed()) std::abort();
  return story.text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const Role role = (data[0] & 1) != 0 ? Role::client : Role::server;
  const std::string_view wire(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::string whole = read(role, wire, 0);
  if (read(role, wire, 1) != whole) std::abort();
  if (read(role, wire, 1U + data[1]) != whole) std::abort();
  return 0;
}
