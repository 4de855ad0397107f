#include "unit/websocket/recorded_events.hpp"

#include <gmock/gmock.h>

namespace fieldcast::websocket {
namespace {

using testing::ElementsAre;

std::string close_payload(unsigned code, std::string_view reason = {}) {
  return raw({code >> 8, code & 0xFF}) + std::string(reason);
}

TEST(Close, WithoutACodeIsReportedAs1005) {
  Conversation conversation(Role::server);
  conversation.feed(masked(Opcode::close, ""));
  EXPECT_THAT(conversation.story(), ElementsAre("close 1005 ", "none"));
  EXPECT_TRUE(conversation.decoder.closed());
}

TEST(Close, TakesTheCodesThatMayTravel) {
  for (const unsigned code : {1000U, 1001U, 1002U, 1003U, 1007U, 1008U, 1009U, 1010U, 1011U, 1012U, 1013U, 1014U, 3000U,
                              3999U, 4000U, 4201U, 4999U}) {
    Conversation conversation(Role::server);
    conversation.feed(masked(Opcode::close, close_payload(code, "why")));
    EXPECT_THAT(conversation.story(), ElementsAre("close " + std::to_string(code) + " why", "none"));
  }
}

TEST(Close, RefusesTheCodesThatMayNot) {
  for (const unsigned code : {0U, 1U, 999U, 1004U, 1005U, 1006U, 1015U, 1016U, 1100U, 2000U, 2999U, 5000U, 65'535U}) {
    Conversation conversation(Role::server);
    conversation.feed(masked(Opcode::close, close_payload(code)));
    EXPECT_THAT(conversation.story(), ElementsAre("close_code_invalid")) << code;
    EXPECT_TRUE(conversation.decoder.closed());
  }
}

TEST(Close, RefusesHalfACode) {
  Conversation conversation(Role::server);
  conversation.feed(masked(Opcode::close, "\x03"));
  EXPECT_THAT(conversation.story(), ElementsAre("close_payload_invalid"));
}

TEST(Close, RefusesAReasonThatIsNotUtf8) {
  for (const std::string_view reason : {"\xFF", "cut \xE2\x82"}) {
    Conversation conversation(Role::server);
    conversation.feed(masked(Opcode::close, close_payload(1000, reason)));
    EXPECT_THAT(conversation.story(), ElementsAre("text_not_utf8"));
  }
}

TEST(Close, EndsTheConversation) {
  Conversation conversation(Role::server);
  conversation.feed(masked(Opcode::close, close_payload(1000)) + masked(Opcode::text, "late") + "\xFF\xFF");
  conversation.feed(masked(Opcode::text, "later"));
  EXPECT_THAT(conversation.story(), ElementsAre("close 1000 ", "none"));
}

TEST(Close, MayComeBetweenFragments) {
  Conversation conversation(Role::server);
  conversation.feed(masked(Opcode::text, "begun", false) + masked(Opcode::close, ""));
  EXPECT_THAT(conversation.story(), ElementsAre("close 1005 ", "none"));
}

TEST(AppendClose, IsReadBackByTheOtherSide) {
  for (const std::optional<std::uint32_t> mask : {std::optional<std::uint32_t>{}, std::optional(test_mask)}) {
    std::string out;
    append_close(out, 4101, "too_slow", mask);
    Conversation conversation(mask ? Role::server : Role::client);
    conversation.feed(out);
    EXPECT_THAT(conversation.story(), ElementsAre("close 4101 too_slow", "none"));
  }
}

TEST(AppendClose, SendsNoPayloadFor1005) {
  std::string out;
  append_close(out, 1005, "ignored");
  EXPECT_EQ(out, std::string("\x88\x00", 2));
}

TEST(AppendClose, CutsTheReasonAtACharactersEdge) {
  const auto reason_of = [](std::string_view reason) {
    std::string out;
    append_close(out, 1000, reason);
    Conversation conversation(Role::client);
    EXPECT_EQ(conversation.feed(out), Violation::none);
    return conversation.events.lines.at(0).substr(std::string_view("close 1000 ").size());
  };
  EXPECT_EQ(reason_of(std::string(123, 'r')), std::string(123, 'r'));
  EXPECT_EQ(reason_of(std::string(124, 'r')), std::string(123, 'r'));
  EXPECT_EQ(reason_of(std::string(122, 'r') + "ü"), std::string(122, 'r'));
  EXPECT_EQ(reason_of(std::string(121, 'r') + "ü!"), std::string(121, 'r') + "ü");
  EXPECT_EQ(reason_of(std::string(120, 'r') + "🚚"), std::string(120, 'r'));
}

}  // namespace
}  // namespace fieldcast::websocket
