// What a decoder holds on to, counted at the allocator.
#include "unit/websocket/recorded_events.hpp"

#include <cstdlib>
#include <gtest/gtest.h>
#include <new>

namespace {
std::size_t bytes_allocated = 0;     // by the program so far
std::size_t blocks_live = 0;         // now
std::size_t largest_allocation = 0;  // since it was last set to 0
}  // namespace

void* operator new(std::size_t size) {
  bytes_allocated += size;
  largest_allocation = std::max(largest_allocation, size);
  ++blocks_live;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  if (memory != nullptr) --blocks_live;
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept { operator delete(memory); }

namespace fieldcast::websocket {
namespace {

struct Silent : Events {
  void on_text(std::string_view, std::size_t) override {}
  void on_binary(std::string_view) override {}
  void on_ping(std::string_view) override {}
  void on_pong(std::string_view) override {}
  void on_close(std::uint16_t, std::string_view) override {}
};

TEST(DecoderMemory, AllocatesNothingForWholeMessages) {
  std::string input = masked(Opcode::text, std::string(500, 'x')) + masked(Opcode::ping, "p");
  Decoder decoder(Role::server);
  Silent events;
  const std::size_t before = bytes_allocated;
  ASSERT_EQ(decoder.feed(input, 0, {}, events), Violation::none);
  EXPECT_EQ(bytes_allocated, before);
}

TEST(DecoderMemory, HoldsNothingOnceNothingIsPending) {
  std::string input = masked(Opcode::text, std::string(500, 'x'), false) + masked(Opcode::continuation, "end");
  Decoder decoder(Role::server);
  Silent events;
  const std::size_t before = blocks_live;
  ASSERT_EQ(decoder.feed(std::span(input).first(100), 0, {}, events), Violation::none);
  EXPECT_GT(blocks_live, before);
  ASSERT_EQ(decoder.feed(std::span(input).subspan(100), 0, {}, events), Violation::none);
  EXPECT_EQ(blocks_live, before);
}

TEST(DecoderMemory, HoldsNothingAfterAViolation) {
  std::string input = masked(Opcode::text, std::string(500, 'x'), false) + raw({0xFF});
  Decoder decoder(Role::server);
  Silent events;
  const std::size_t before = blocks_live;
  ASSERT_EQ(decoder.feed(input, 0, {}, events), Violation::reserved_bits);
  EXPECT_EQ(blocks_live, before);
}

TEST(DecoderMemory, DoesNotReserveWhatAHeaderOnlyAnnounces) {
  std::string input = masked(Opcode::text, std::string(100'000, 'x')).substr(0, 20);
  Decoder decoder(Role::server);
  Silent events;
  largest_allocation = 0;
  ASSERT_EQ(decoder.feed(input, 0, {}, events), Violation::none);
  EXPECT_LT(largest_allocation, 1'000U);
}

TEST(DecoderMemory, NeverHoldsMoreThanTheLargestMessageAndItsPadding) {
  const DecoderLimits limits{.message_bytes_max = 50'000, .fragments_max = 1'024};
  for (const std::size_t fragment_bytes : {50'000U, 999U, 60U}) {
    Decoder decoder(Role::server);
    Silent events;
    largest_allocation = 0;
    std::string input;
    for (std::size_t sent = 0; sent < limits.message_bytes_max; sent += fragment_bytes) {
      const std::size_t bytes = std::min(fragment_bytes, limits.message_bytes_max - sent);
      const bool last = sent + bytes == limits.message_bytes_max;
      input = masked(sent == 0 ? Opcode::text : Opcode::continuation, std::string(bytes, 'x'), last);
      largest_allocation = 0;
      for (std::size_t at = 0; at < input.size(); at += 700) {
        const auto piece = std::span(input).subspan(at, std::min<std::size_t>(700, input.size() - at));
        ASSERT_EQ(decoder.feed(piece, 0, limits, events), Violation::none);
      }
      ASSERT_LE(largest_allocation, limits.message_bytes_max + 64) << fragment_bytes;
    }
  }
}

}  // namespace
}  // namespace fieldcast::websocket
