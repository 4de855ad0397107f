#include "unit/websocket/recorded_events.hpp"

#include <gmock/gmock.h>

namespace fieldcast::websocket {
namespace {

using testing::ElementsAre;

std::vector<std::string> story_of(Role role, std::string_view bytes, DecoderLimits limits = {}) {
  Conversation conversation(role, limits);
  conversation.feed(bytes);
  return conversation.story();
}
Violation violation_of(Role role, std::string_view bytes, DecoderLimits limits = {}) {
  Conversation conversation(role, limits);
  return conversation.feed(bytes);
}

TEST(Decoder, ReadsTheExamplesOfTheStandard) {
  EXPECT_THAT(story_of(Role::client, "\x81\x05Hello"), ElementsAre("text Hello", "none"));
  EXPECT_THAT(story_of(Role::server, raw({0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58})),
              ElementsAre("text Hello", "none"));
  EXPECT_THAT(story_of(Role::client, raw({0x01, 3, 'H', 'e', 'l', 0x80, 2, 'l', 'o'})),
              ElementsAre("text Hello", "none"));
  EXPECT_THAT(story_of(Role::client, "\x89\x05Hello"), ElementsAre("ping Hello", "none"));
  EXPECT_THAT(story_of(Role::server, raw({0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58})),
              ElementsAre("pong Hello", "none"));
}

TEST(Decoder, ReadsEveryFormOfLength) {
  for (const std::size_t size : {0U, 1U, 7U, 8U, 9U, 125U, 126U, 127U, 65'535U, 65'536U, 100'000U}) {
    const std::string payload(size, 'x');
    EXPECT_THAT(story_of(Role::server, masked(Opcode::text, payload)), ElementsAre("text " + payload, "none")) << size;
    EXPECT_THAT(story_of(Role::client, unmasked(Opcode::binary, payload)), ElementsAre("binary " + payload, "none"))
        << size;
  }
}

TEST(Decoder, RefusesLengthsThatAreNotMinimal) {
  EXPECT_EQ(violation_of(Role::client, raw({0x81, 126, 0, 125})), Violation::length_not_minimal);
  EXPECT_EQ(violation_of(Role::client, raw({0x81, 126, 0, 0})), Violation::length_not_minimal);
  EXPECT_EQ(violation_of(Role::client, raw({0x81, 127, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF})), Violation::length_not_minimal);
  EXPECT_EQ(violation_of(Role::client, raw({0x81, 127, 0, 0, 0, 0, 0, 0, 0, 1})), Violation::length_not_minimal);
}

TEST(Decoder, RefusesALengthWithItsTopBitSet) {
  EXPECT_EQ(violation_of(Role::client, raw({0x81, 127, 0x80, 0, 0, 0, 0, 0, 0, 0})), Violation::length_too_big);
  EXPECT_EQ(violation_of(Role::client, raw({0x81, 127, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF})),
            Violation::message_too_big);
}

TEST(Decoder, WantsClientsToMaskAndServersNotTo) {
  EXPECT_EQ(violation_of(Role::server, unmasked(Opcode::text, "hi")), Violation::masking);
  EXPECT_EQ(violation_of(Role::client, masked(Opcode::text, "hi")), Violation::masking);
  EXPECT_EQ(violation_of(Role::server, unmasked(Opcode::ping, "")), Violation::masking);
}

TEST(Decoder, RefusesReservedBitsAndOpcodes) {
  for (const unsigned bit : {0x40U, 0x20U, 0x10U}) {
    EXPECT_EQ(violation_of(Role::client, raw({0x81 | bit})), Violation::reserved_bits) << bit;
  }
  for (const unsigned opcode : {3U, 4U, 5U, 6U, 7U, 11U, 12U, 13U, 14U, 15U}) {
    EXPECT_EQ(violation_of(Role::client, raw({0x80 | opcode})), Violation::unknown_opcode) << opcode;
  }
}

TEST(Decoder, RefusesControlFramesThatAreLongOrFragmented) {
  for (const unsigned opcode : {8U, 9U, 10U}) {
    EXPECT_EQ(violation_of(Role::client, raw({0x80 | opcode, 126})), Violation::control_too_long);
    EXPECT_EQ(violation_of(Role::client, raw({0x80 | opcode, 127})), Violation::control_too_long);
    EXPECT_EQ(violation_of(Role::client, raw({opcode})), Violation::control_fragmented);
  }
  EXPECT_EQ(violation_of(Role::client, unmasked(Opcode::ping, std::string(125, 'p'))), Violation::none);
}

TEST(Decoder, DeliversControlFramesBetweenFragments) {
  const std::string bytes = masked(Opcode::text, "one ", false) + masked(Opcode::ping, "p") +
                            masked(Opcode::continuation, "", false) + masked(Opcode::pong, "q") +
                            masked(Opcode::continuation, "two", true) + masked(Opcode::binary, "three");
  EXPECT_THAT(story_of(Role::server, bytes), ElementsAre("ping p", "pong q", "text one two", "binary three", "none"));
}

TEST(Decoder, RefusesFragmentsOutOfOrder) {
  EXPECT_EQ(violation_of(Role::server, masked(Opcode::continuation, "x")), Violation::continuation_unexpected);
  EXPECT_EQ(violation_of(Role::server, masked(Opcode::text, "x") + masked(Opcode::continuation, "x")),
            Violation::continuation_unexpected);
  EXPECT_EQ(violation_of(Role::server, masked(Opcode::text, "x", false) + masked(Opcode::text, "x")),
            Violation::continuation_expected);
  EXPECT_EQ(violation_of(Role::server, masked(Opcode::binary, "", false) + masked(Opcode::binary, "x", false)),
            Violation::continuation_expected);
}

TEST(Decoder, EndsAFloodOfFragments) {
  const DecoderLimits limits{.message_bytes_max = 1'000, .fragments_max = 3};
  const std::string begun = masked(Opcode::text, "a", false) + masked(Opcode::continuation, "", false);
  EXPECT_THAT(story_of(Role::server, begun + masked(Opcode::continuation, "c"), limits),
              ElementsAre("text ac", "none"));
  EXPECT_EQ(
      violation_of(Role::server,
                   begun + masked(Opcode::continuation, "", false) + masked(Opcode::continuation, "", false), limits),
      Violation::too_many_fragments);
  // The next message counts anew.
  const std::string three = begun + masked(Opcode::continuation, "");
  EXPECT_THAT(story_of(Role::server, three + three, limits), ElementsAre("text a", "text a", "none"));
}

TEST(Decoder, RefusesAMessageAboveItsLimitAtTheHeader) {
  const DecoderLimits limits{.message_bytes_max = 200, .fragments_max = 8};
  EXPECT_EQ(violation_of(Role::client, unmasked(Opcode::text, std::string(200, 'x')), limits), Violation::none);
  EXPECT_EQ(violation_of(Role::client, raw({0x81, 126, 0, 201}), limits), Violation::message_too_big);
  const std::string begun = unmasked(Opcode::binary, std::string(150, 'x'), false);
  EXPECT_EQ(violation_of(Role::client, begun + unmasked(Opcode::continuation, std::string(50, 'x')), limits),
            Violation::none);
  EXPECT_EQ(violation_of(Role::client, begun + raw({0x80, 51}), limits), Violation::message_too_big);
  EXPECT_EQ(
      violation_of(Role::client, begun + raw({0x80, 127, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}), limits),
      Violation::message_too_big);
}

TEST(Decoder, HandsOutAWholeMessageWhereItLies) {
  std::string input = masked(Opcode::ping, "p") + masked(Opcode::text, "in place") + "rest of the buffer";
  const std::size_t rest = std::string_view("rest of the buffer").size();
  Decoder decoder(Role::server);
  RecordedEvents events;
  ASSERT_EQ(decoder.feed(std::span(input).first(input.size() - rest), rest, {}, events), Violation::none);
  EXPECT_THAT(events.lines, ElementsAre("ping p", "text in place"));
  EXPECT_EQ(events.last_text_at, input.data() + (2 + 4 + 1) + (2 + 4));
  EXPECT_EQ(events.last_readable_after, rest);
}

TEST(Decoder, LeavesRoomToReadBehindAMessageThatCameInPieces) {
  Conversation conversation(Role::server);
  const std::string bytes = masked(Opcode::text, "in pieces");
  conversation.feed(bytes.substr(0, 8));
  conversation.feed(bytes.substr(8));
  EXPECT_THAT(conversation.events.lines, ElementsAre("text in pieces"));
  EXPECT_GE(conversation.events.last_readable_after, 64U);
}

TEST(Decoder, SaysTheSameWhereverTheInputIsCut) {
  const std::string long_text(300, 'l');
  const std::vector<std::string> inputs = {
      masked(Opcode::text, "Grüße, 東京 🚚") + masked(Opcode::ping, "p") + masked(Opcode::binary, "b"),
      masked(Opcode::text, "a\xC3", false) + masked(Opcode::ping, "ping") +
          masked(Opcode::continuation, "\xBC", false) + masked(Opcode::continuation, long_text) +
          masked(Opcode::close, raw({3, 0xE8}) + "bye") + "ignored",
      masked(Opcode::text, "bad \xC0 text") + masked(Opcode::text, "never"),
      masked(Opcode::text, "cut \xE2\x82") + masked(Opcode::text, "never"),
      masked(Opcode::text, "x", false) + masked(Opcode::binary, "never"),
      masked(Opcode::text, "x") + unmasked(Opcode::text, "never"),
      masked(Opcode::pong, "") + masked(Opcode::text, "") + masked(Opcode::close, ""),
      masked(Opcode::close, "1"),
      masked(Opcode::text, std::string(2'000, 'b')),
  };
  const DecoderLimits limits{.message_bytes_max = 1'000, .fragments_max = 10};
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const std::string& bytes = inputs[i];
    const auto expected = story_of(Role::server, bytes, limits);
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
      Conversation conversation(Role::server, limits);
      conversation.feed(std::string_view(bytes).substr(0, cut));
      conversation.feed(std::string_view(bytes).substr(cut));
      ASSERT_EQ(conversation.story(), expected) << "input " << i << " cut at " << cut;
    }
    Conversation one_by_one(Role::server, limits);
    for (const char& byte : bytes) one_by_one.feed({&byte, 1});
    ASSERT_EQ(one_by_one.story(), expected) << "input " << i;
  }
}

TEST(Decoder, CountsEveryFrameForRateLimits) {
  Conversation conversation(Role::server);
  conversation.feed(masked(Opcode::ping, "") + masked(Opcode::text, "", false) +
                    masked(Opcode::continuation, "", false) + masked(Opcode::continuation, "") +
                    masked(Opcode::text, "begun").substr(0, 7));
  EXPECT_EQ(conversation.decoder.take_frames_seen(), 5U);
  EXPECT_EQ(conversation.decoder.take_frames_seen(), 0U);
}

TEST(Decoder, IgnoresEverythingAfterAViolation) {
  Conversation conversation(Role::server);
  EXPECT_EQ(conversation.feed(masked(Opcode::text, "ok") + raw({0xF0})), Violation::reserved_bits);
  EXPECT_TRUE(conversation.decoder.closed());
  EXPECT_EQ(conversation.feed(masked(Opcode::text, "late")), Violation::none);
  EXPECT_THAT(conversation.events.lines, ElementsAre("text ok"));
}

TEST(Decoder, ReadsSeveralMessagesAndTheBeginningOfAnother) {
  Conversation conversation(Role::client);
  const std::string third = unmasked(Opcode::text, "third");
  conversation.feed(unmasked(Opcode::text, "first") + unmasked(Opcode::text, "second") + third.substr(0, 1));
  EXPECT_THAT(conversation.events.lines, ElementsAre("text first", "text second"));
  conversation.feed(third.substr(1) + third);
  EXPECT_THAT(conversation.story(), ElementsAre("text first", "text second", "text third", "text third", "none"));
}

TEST(Decoder, IsSmall) { EXPECT_LE(sizeof(Decoder), 32U); }

TEST(Violation, HasACloseCodeAndANameForEach) {
  EXPECT_EQ(close_code(Violation::text_not_utf8), 1007);
  EXPECT_EQ(close_code(Violation::message_too_big), 1009);
  EXPECT_EQ(close_code(Violation::too_many_fragments), 1009);
  EXPECT_EQ(close_code(Violation::masking), 1002);
  EXPECT_EQ(to_string(Violation::close_payload_invalid), "close_payload_invalid");
  EXPECT_EQ(to_string(Violation::none), "none");
}

}  // namespace
}  // namespace fieldcast::websocket
