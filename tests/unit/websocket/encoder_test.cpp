#include "fieldcast/websocket/encoder.hpp"

#include "unit/websocket/recorded_events.hpp"
#include "unit/websocket/server_frame_headers.hpp"

#include <gtest/gtest.h>
#include <random>

namespace fieldcast::websocket {
namespace {

TEST(AppendFrame, WritesTheExamplesOfTheStandard) {
  EXPECT_EQ(unmasked(Opcode::text, "Hello"), "\x81\x05Hello");
  EXPECT_EQ(unmasked(Opcode::text, "Hel", false), "\x01\x03Hel");
  EXPECT_EQ(masked(Opcode::text, "Hello"), raw({0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58}));
}

TEST(AppendFrame, UsesTheShortestLength) {
  EXPECT_EQ(unmasked(Opcode::binary, std::string(125, 'x')).substr(0, 2), raw({0x82, 125}));
  EXPECT_EQ(unmasked(Opcode::binary, std::string(126, 'x')).substr(0, 4), raw({0x82, 126, 0, 126}));
  EXPECT_EQ(unmasked(Opcode::binary, std::string(65'535, 'x')).substr(0, 4), raw({0x82, 126, 0xFF, 0xFF}));
  EXPECT_EQ(unmasked(Opcode::binary, std::string(65'536, 'x')).substr(0, 10), raw({0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0}));
}

TEST(AppendFrame, WritesTheFramesThatMessagesCarry) {
  for (const auto& [payload_bytes, header] : server_frame_headers()) {
    const std::string payload(payload_bytes, 'x');
    EXPECT_EQ(unmasked(Opcode::text, payload), header + payload) << payload_bytes;
  }
}

TEST(AppendFrame, AppendsBehindWhatIsThere) {
  std::string out = "before";
  append_frame(out, Opcode::ping, "p");
  EXPECT_EQ(out, "before\x89\x01p");
}

TEST(AppendFrame, IsReadBackWithAnyMaskInAnyPieces) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 500; ++round) {
    std::string payload(random() % 300, ' ');
    for (char& c : payload) c = static_cast<char>(random());
    std::string out;
    append_frame(out, Opcode::binary, payload, static_cast<std::uint32_t>(random()));
    Conversation conversation(Role::server);
    for (std::size_t at = 0; at < out.size();) {
      const std::size_t size = 1 + random() % 40;
      conversation.feed(std::string_view(out).substr(at, size));
      at += size;
    }
    ASSERT_EQ(conversation.events.lines, std::vector<std::string>{"binary " + payload});
  }
}

TEST(AcceptKey, GivesTheExampleOfTheStandard) {
  EXPECT_EQ(accept_key("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(IsValidKey, WantsSixteenBytesInBase64) {
  EXPECT_TRUE(is_valid_key("dGhlIHNhbXBsZSBub25jZQ=="));
  EXPECT_TRUE(is_valid_key("+/+/+/+/+/+/+/+/+/+/+A=="));
  EXPECT_FALSE(is_valid_key(""));
  EXPECT_FALSE(is_valid_key("dGhlIHNhbXBsZSBub25jZQ="));
  EXPECT_FALSE(is_valid_key("dGhlIHNhbXBsZSBub25jZQ=a"));
  EXPECT_FALSE(is_valid_key("dGhlIHNhbXBsZSBub25jZQAA"));
  EXPECT_FALSE(is_valid_key("dGhlIHNhbXBsZSBub25jZQ== "));
  EXPECT_FALSE(is_valid_key("dGhlIHNhbXBsZSBub25j-_=="));
  EXPECT_FALSE(is_valid_key("dGhlIHNhbXBs\nSBub25jZQ=="));
}

}  // namespace
}  // namespace fieldcast::websocket
