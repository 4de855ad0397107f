// UTF-8 as the decoder judges it, in one piece, in fragments and in reads.
#include "unit/websocket/recorded_events.hpp"

#include <gtest/gtest.h>
#include <random>

namespace fieldcast::websocket {
namespace {

bool accepted(std::string_view text) {
  Conversation conversation(Role::client);
  return conversation.feed(unmasked(Opcode::text, text)) == Violation::none && conversation.events.lines.size() == 1;
}
bool accepted_in_fragments(std::string_view text, std::size_t cut) {
  Conversation conversation(Role::client);
  conversation.feed(unmasked(Opcode::text, text.substr(0, cut), false) +
                    unmasked(Opcode::continuation, text.substr(cut)));
  return conversation.violation == Violation::none && conversation.events.lines.size() == 1;
}
bool accepted_in_reads(std::string_view text, std::size_t cut) {
  Conversation conversation(Role::client);
  const std::string bytes = unmasked(Opcode::text, text);
  const std::size_t at = bytes.size() - text.size() + cut;
  conversation.feed(bytes.substr(0, at));
  conversation.feed(bytes.substr(at));
  return conversation.violation == Violation::none && conversation.events.lines.size() == 1;
}

/// Decodes whole code points the plain way.
bool is_utf8_by_the_book(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U; };
    const unsigned lead = byte(i);
    const std::size_t size = lead < 0x80 ? 1 : lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3 : lead >> 3 == 30 ? 4 : 0;
    if (size == 0) return false;
    unsigned point = size == 1 ? lead : lead & (0xFFU >> (size + 1));
    for (std::size_t k = 1; k < size; ++k) {
      if (byte(i + k) >> 6 != 2) return false;
      point = point << 6 | (byte(i + k) & 0x3F);
    }
    const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (point < least[size] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return false;
    i += size;
  }
  return true;
}

TEST(Utf8, TakesTheEdgesOfEveryRange) {
  for (const std::string_view text :
       {"", "plain ASCII, longer than one word", "\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF",
        "\xEE\x80\x80", "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF",
        "12345678\xC3\xBC"
        "12345678"}) {
    EXPECT_TRUE(accepted(text));
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      EXPECT_TRUE(accepted_in_fragments(text, cut)) << cut;
      EXPECT_TRUE(accepted_in_reads(text, cut)) << cut;
    }
  }
}

TEST(Utf8, RefusesOverlongFormsSurrogatesAndTheRest) {
  for (const std::string_view text : {"\x80",
                                      "\xBF",
                                      "\xC0\x80",
                                      "\xC1\xBF",
                                      "\xC2",
                                      "\xC2\x7F",
                                      "\xC2\xC0",
                                      "\xE0\x80\x80",
                                      "\xE0\x9F\xBF",
                                      "\xED\xA0\x80",
                                      "\xED\xBF\xBF",
                                      "\xE2\x82",
                                      "\xE2\x28\xA1",
                                      "\xF0\x80\x80\x80",
                                      "\xF0\x8F\xBF\xBF",
                                      "\xF4\x90\x80\x80",
                                      "\xF5\x80\x80\x80",
                                      "\xF8\x88\x80\x80\x80",
                                      "\xFE",
                                      "\xFF",
                                      "12345678\xFF",
                                      "\xF0\x9F\x98",
                                      "a\xC3\xBC\xC3"}) {
    EXPECT_FALSE(accepted(text));
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      EXPECT_FALSE(accepted_in_fragments(text, cut)) << cut;
      EXPECT_FALSE(accepted_in_reads(text, cut)) << cut;
    }
  }
}

TEST(Utf8, AgreesWithTheBookOnRandomBytes) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  const std::string_view likely = "a\x7F\x80\x8F\x90\x9F\xA0\xBF\xC1\xC2\xDF\xE0\xE1\xED\xEF\xF0\xF1\xF4\xF5";
  for (int round = 0; round < 20'000; ++round) {
    std::string text(random() % 12, 'a');
    for (char& c : text) c = likely[random() % likely.size()];
    ASSERT_EQ(accepted(text), is_utf8_by_the_book(text)) << testing::PrintToString(text);
    const std::size_t cut = text.empty() ? 0 : random() % text.size();
    ASSERT_EQ(accepted_in_fragments(text, cut), is_utf8_by_the_book(text)) << testing::PrintToString(text);
  }
}

TEST(Utf8, FailsAtTheFirstBadByteOfAMessageThatIsNotComplete) {
  Conversation conversation(Role::client);
  EXPECT_EQ(conversation.feed(unmasked(Opcode::text, "good \xFF more to come", false).substr(0, 8)),
            Violation::text_not_utf8);
}

TEST(Utf8, DoesNotConcernBinaryMessages) {
  Conversation conversation(Role::client);
  EXPECT_EQ(conversation.feed(unmasked(Opcode::binary, "\xFF", false) + unmasked(Opcode::continuation, "\xC0") +
                              unmasked(Opcode::text, "text")),
            Violation::none);
  EXPECT_EQ(conversation.events.lines.size(), 2U);
}

}  // namespace
}  // namespace fieldcast::websocket
