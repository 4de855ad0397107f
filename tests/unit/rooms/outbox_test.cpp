#include "fieldcast/rooms/outbox.hpp"

#include <array>
#include <gtest/gtest.h>
#include <random>

namespace fieldcast::rooms {
namespace {

const OutboxLimits wide{};

std::string waiting(const Outbox& outbox) {
  std::array<std::string_view, 64> views;
  const std::size_t count = outbox.gather(views.data(), views.size());
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += views[i];
  return all;
}

TEST(Outbox, HandsOutItsMessagesInOrderAndInTheirForm) {
  Outbox outbox;
  const MessagePtr message = make_message("{}");
  ASSERT_TRUE(outbox.push("head", wide));
  ASSERT_TRUE(outbox.push(message, Outbox::Form::payload, wide));
  ASSERT_TRUE(outbox.push(message, Outbox::Form::frame, wide));
  EXPECT_EQ(outbox.messages(), 3u);
  EXPECT_EQ(waiting(outbox), "head{}" + std::string(message->frame()));
  EXPECT_EQ(outbox.bytes(), waiting(outbox).size());
}

TEST(Outbox, GoesOnAfterAWriteThatEndedAtAnyByte) {
  const std::array<std::string, 4> texts{"first", "2", "the third one", "four"};
  std::string all;
  for (const auto& text : texts) all += text;
  for (std::size_t first = 0; first <= all.size(); ++first) {
    for (std::size_t second = 0; first + second <= all.size(); ++second) {
      Outbox outbox;
      for (const auto& text : texts) ASSERT_TRUE(outbox.push(text, wide));
      outbox.consume(first);
      ASSERT_EQ(waiting(outbox), all.substr(first));
      outbox.consume(second);
      ASSERT_EQ(waiting(outbox), all.substr(first + second));
      ASSERT_EQ(outbox.bytes(), all.size() - first - second);
      ASSERT_EQ(outbox.empty(), first + second == all.size());
    }
  }
}

TEST(Outbox, GathersNoMoreThanItIsAskedFor) {
  Outbox outbox;
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(outbox.push("x", wide));
  std::array<std::string_view, 3> views;
  EXPECT_EQ(outbox.gather(views.data(), views.size()), 3u);
  EXPECT_EQ(outbox.gather(views.data(), 0), 0u);
}

TEST(Outbox, RefusesWhatIsOverTheNumberOfMessages) {
  Outbox outbox;
  const OutboxLimits limits{.messages_max = 2, .bytes_max = 100};
  ASSERT_TRUE(outbox.push("a", limits));
  ASSERT_TRUE(outbox.push("b", limits));
  EXPECT_FALSE(outbox.push("c", limits));
  EXPECT_FALSE(outbox.push(make_message("{}"), Outbox::Form::frame, limits));
  EXPECT_EQ(waiting(outbox), "ab");
  outbox.consume(1);
  EXPECT_TRUE(outbox.push("c", limits));
}

TEST(Outbox, RefusesWhatIsOverTheNumberOfBytes) {
  Outbox outbox;
  const OutboxLimits limits{.messages_max = 10, .bytes_max = 4};
  ASSERT_TRUE(outbox.push("abc", limits));
  EXPECT_FALSE(outbox.push("de", limits));
  EXPECT_TRUE(outbox.push("d", limits));
  EXPECT_EQ(waiting(outbox), "abcd");
  outbox.consume(2);
  EXPECT_TRUE(outbox.push("ef", limits));
}

TEST(Outbox, TakesAMessageAboveTheBoundWhenNothingElseWaits) {
  Outbox outbox;
  const OutboxLimits limits{.messages_max = 10, .bytes_max = 4};
  EXPECT_TRUE(outbox.push("a long answer", limits));
  EXPECT_FALSE(outbox.push("x", limits));
}

TEST(Outbox, LetsGoOfAMessageOnceItIsWritten) {
  Outbox outbox;
  MessagePtr message = make_message("{}");
  ASSERT_TRUE(outbox.push(message, Outbox::Form::frame, wide));
  ASSERT_TRUE(outbox.push("more", wide));
  EXPECT_EQ(message.use_count(), 2);
  outbox.consume(message->frame().size());
  EXPECT_EQ(message.use_count(), 1);
}

TEST(Outbox, ForgetsEverythingWhenCleared) {
  Outbox outbox;
  MessagePtr message = make_message("{}");
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(outbox.push(message, Outbox::Form::frame, wide));
  outbox.consume(3);
  outbox.clear();
  EXPECT_TRUE(outbox.empty());
  EXPECT_EQ(outbox.bytes(), 0u);
  EXPECT_EQ(message.use_count(), 1);
  ASSERT_TRUE(outbox.push("again", wide));
  EXPECT_EQ(waiting(outbox), "again");
}

TEST(Outbox, DeliversEveryByteOnceWhateverThePaceOfTheSocket) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  Outbox outbox;
  std::string expected, written;
  std::array<std::string_view, 4> views;
  for (int step = 0; step < 20'000; ++step) {
    if (random() % 2 == 0) {
      const std::string text(1 + random() % 30, static_cast<char>('a' + random() % 26));
      if (outbox.push(text, {.messages_max = 40, .bytes_max = 600})) expected += text;
    } else {
      const std::size_t count = outbox.gather(views.data(), views.size());
      std::string offered;
      for (std::size_t i = 0; i < count; ++i) offered += views[i];
      const std::size_t taken = offered.empty() ? 0 : random() % (offered.size() + 1);
      written += offered.substr(0, taken);
      outbox.consume(taken);
    }
    ASSERT_EQ(outbox.bytes(), expected.size() - written.size());
  }
  EXPECT_EQ(written + waiting(outbox), expected);
}

TEST(Outbox, IsSmallWhileItIsEmpty) { EXPECT_LE(sizeof(Outbox), 48u); }

}  // namespace
}  // namespace fieldcast::rooms
