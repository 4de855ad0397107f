#include "fieldcast/websocket/decoder.hpp"

#include "partial.hpp"

namespace fieldcast::websocket {
namespace {

bool may_be_received(unsigned code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

Violation deliver_close(std::string_view payload, Events& events) {
  if (payload.empty()) {
    events.on_close(1005, {});
    return Violation::none;
  }
  if (payload.size() == 1) return Violation::close_payload_invalid;
  const unsigned code = static_cast<unsigned char>(payload[0]) * 256U + static_cast<unsigned char>(payload[1]);
  if (!may_be_received(code)) return Violation::close_code_invalid;
  const std::string_view reason = payload.substr(2);
  if (!is_utf8(reason)) return Violation::text_not_utf8;
  events.on_close(static_cast<std::uint16_t>(code), reason);
  return Violation::none;
}

}  // namespace

struct Decoder::Input {
  std::span<char> left;
  std::size_t readable_after;
  const DecoderLimits& limits;
  Events& events;

  std::span<char> take(std::uint64_t bytes_max) {
    const auto taken = left.first(static_cast<std::size_t>(std::min<std::uint64_t>(bytes_max, left.size())));
    left = left.subspan(taken.size());
    return taken;
  }
};

Decoder::Decoder(Role role) : role_(role) {}
Decoder::~Decoder() = default;

std::uint32_t Decoder::take_frames_seen() { return std::exchange(frames_seen_, 0); }

Decoder::Partial& Decoder::partial() {
  if (!partial_) partial_ = std::make_unique<Partial>();
  return *partial_;
}

Violation Decoder::feed(std::span<char> bytes, std::size_t readable_after, const DecoderLimits& limits,
                        Events& events) {
  Input input{bytes, readable_after, limits, events};
  Violation violation = Violation::none;
  while (!closed_ && !input.left.empty()) {
    violation = read_some(input);
    if (violation != Violation::none) closed_ = true;
  }
  if (partial_ && (closed_ || partial_->idle())) partial_.reset();
  return violation;
}

Violation Decoder::read_some(Input& input) {
  if (partial_ && partial_->frame) return read_payload(FrameHeader(*partial_->frame), input);
  FrameHeader header;
  bool complete = false;
  if (const auto violation = read_header_bytes(input, header, complete); violation != Violation::none || !complete) {
    return violation;
  }
  ++frames_seen_;
  if (const auto violation = admit(header, input.limits); violation != Violation::none) return violation;
  return read_payload(header, input);
}

Violation Decoder::read_header_bytes(Input& input, FrameHeader& header, bool& complete) {
  if (!partial_ || partial_->header_size == 0) {
    const HeaderRead read = read_header({input.left.data(), input.left.size()}, role_, header);
    complete = read.bytes != 0;
    if (read.violation != Violation::none) return read.violation;
    if (complete) {
      input.take(read.bytes);
      return Violation::none;
    }
  }
  // Begun in an earlier input, or not all here: byte by byte, 14 at most.
  Partial& kept = partial();
  while (!input.left.empty()) {
    kept.header_bytes[kept.header_size++] = input.take(1).front();
    const HeaderRead read = read_header({kept.header_bytes.data(), kept.header_size}, role_, header);
    complete = read.bytes != 0;
    if (complete) kept.header_size = 0;
    if (complete || read.violation != Violation::none) return read.violation;
  }
  return Violation::none;
}

Violation Decoder::admit(const FrameHeader& header, const DecoderLimits& limits) const {
  if (header.is_control()) return Violation::none;
  const bool begun = partial_ && partial_->message_begun();
  const bool continues = header.opcode == Opcode::continuation;
  if (continues && !begun) return Violation::continuation_unexpected;
  if (!continues && begun) return Violation::continuation_expected;
  const std::uint32_t fragments = begun ? partial_->fragments : 0;
  if (fragments >= limits.fragments_max) return Violation::too_many_fragments;
  const std::size_t so_far = begun ? partial_->message.size() : 0;
  if (header.payload_bytes > limits.message_bytes_max || so_far > limits.message_bytes_max - header.payload_bytes) {
    return Violation::message_too_big;
  }
  return Violation::none;
}

Violation Decoder::read_payload(const FrameHeader& header, Input& input) {
  const std::uint64_t before = partial_ && partial_->frame ? partial_->payload_read : 0;
  const std::uint64_t wanted = header.payload_bytes - before;
  const std::span<char> bytes = input.take(wanted);
  if (header.masked) apply_mask(bytes, header.key, before);
  const std::string_view piece(bytes.data(), bytes.size());
  const bool whole = piece.size() == wanted;

  const bool alone = header.is_control() || (header.fin && !(partial_ && partial_->message_begun()));
  if (whole && before == 0 && alone) {
    if (partial_) partial_->frame.reset();
    if (header.opcode == Opcode::text && !is_utf8(piece)) return Violation::text_not_utf8;
    return deliver(header.opcode, piece, input.left.size() + input.readable_after, input.events);
  }
  if (const auto violation = keep(header, before, piece, input.limits); violation != Violation::none) return violation;
  Partial& kept = *partial_;
  if (!whole) {
    kept.frame = header;
    kept.payload_read = before + piece.size();
    return Violation::none;
  }
  kept.frame.reset();
  if (header.is_control()) {
    return deliver(header.opcode, {kept.control.data(), static_cast<std::size_t>(header.payload_bytes)}, 0,
                   input.events);
  }
  return header.fin ? deliver_message(input.events) : Violation::none;
}

Violation Decoder::keep(const FrameHeader& header, std::uint64_t before, std::string_view piece,
                        const DecoderLimits& limits) {
  Partial& kept = partial();
  if (header.is_control()) {
    piece.copy(kept.control.data() + before, piece.size());
    return Violation::none;
  }
  if (!kept.frame) ++kept.fragments;  // this frame's first piece
  if (header.opcode != Opcode::continuation) kept.message_opcode = header.opcode;
  if (kept.message_opcode == Opcode::text && !kept.utf8.feed(piece)) return Violation::text_not_utf8;
  kept.append(piece, header, before, limits.message_bytes_max);
  return Violation::none;
}

Violation Decoder::deliver_message(Events& events) {
  Partial& kept = *partial_;
  if (kept.message_opcode == Opcode::text && !kept.utf8.at_boundary()) return Violation::text_not_utf8;
  const std::size_t bytes = kept.message.size();
  kept.message.resize(bytes + padding_bytes);
  const auto violation = deliver(kept.message_opcode, {kept.message.data(), bytes}, padding_bytes, events);
  kept.message_opcode = Opcode::continuation;
  kept.fragments = 0;
  kept.message.clear();
  return violation;
}

Violation Decoder::deliver(Opcode opcode, std::string_view payload, std::size_t readable_after, Events& events) {
  switch (opcode) {
    case Opcode::text:
      events.on_text(payload, readable_after);
      break;
    case Opcode::binary:
      events.on_binary(payload);
      break;
    case Opcode::ping:
      events.on_ping(payload);
      break;
    case Opcode::pong:
      events.on_pong(payload);
      break;
    case Opcode::close:
      closed_ = true;
      return deliver_close(payload, events);
    case Opcode::continuation:
      break;
  }
  return Violation::none;
}

}  // namespace fieldcast::websocket
