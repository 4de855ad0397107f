#include "fieldcast/domain/message.hpp"

#include <gtest/gtest.h>

namespace fieldcast {
namespace {

std::string header_of(std::size_t payload_bytes) {
  const std::string payload(payload_bytes, 'x');
  const MessagePtr message = make_message(payload);
  EXPECT_EQ(message->payload(), payload);
  EXPECT_TRUE(message->frame().ends_with(payload));
  return std::string(message->frame().substr(0, message->frame().size() - payload_bytes));
}

TEST(Message, CarriesTheShortestFrameHeader) {
  EXPECT_EQ(header_of(0), (std::string{'\x81', '\x00'}));
  EXPECT_EQ(header_of(125), (std::string{'\x81', '\x7d'}));
  EXPECT_EQ(header_of(126), (std::string{'\x81', '\x7e', '\x00', '\x7e'}));
  EXPECT_EQ(header_of(65'535), (std::string{'\x81', '\x7e', '\xff', '\xff'}));
  EXPECT_EQ(header_of(65'536), (std::string{'\x81', '\x7f', 0, 0, 0, 0, 0, 1, 0, 0}));
}

}  // namespace
}  // namespace fieldcast
