#include "fieldcast/domain/message.hpp"
#include "unit/websocket/server_frame_headers.hpp"

#include <gtest/gtest.h>

namespace fieldcast {
namespace {

TEST(MessageFrame, IsTheOneThatTheWebSocketCodecWrites) {
  for (const auto& [payload_bytes, header] : server_frame_headers()) {
    const std::string payload(payload_bytes, 'x');
    const auto message = make_message(payload);
    EXPECT_EQ(message->frame(), header + payload) << payload_bytes;
    EXPECT_EQ(message->payload(), payload) << payload_bytes;
  }
}

}  // namespace
}  // namespace fieldcast
