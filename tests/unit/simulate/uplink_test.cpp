#include "fieldcast/simulate/uplink.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace fieldcast::simulate {
namespace {

using nlohmann::json;
using testing::ElementsAre;

const SteadyTime start = SteadyTime{} + seconds{1'000};

QueuedFix fix_at(std::int64_t ms, std::uint32_t agent = 0) {
  return {agent, from_unix_ms(ms), "\"lat\":1,\"lon\":2,\"recorded_at\":" + std::to_string(ms)};
}

std::vector<std::int64_t> times_of(const std::string& text) {
  const json message = json::parse(text);
  if (message["type"] == "position") return {message["recorded_at"].get<std::int64_t>()};
  std::vector<std::int64_t> times;
  for (const json& position : message["positions"]) times.push_back(position["recorded_at"]);
  return times;
}

class UplinkTest : public testing::Test {
 protected:
  void record(std::int64_t first_ms, std::int64_t last_ms) {
    for (std::int64_t ms = first_ms; ms <= last_ms; ++ms) uplink_.push(fix_at(ms));
  }
  void welcome(std::optional<std::uint64_t> positions_max = {}) {
    ServerReply reply;
    reply.positions_per_message = positions_max;
    uplink_.on_welcome(reply);
  }
  std::optional<std::string> next(SteadyTime now = start) {
    std::string text;
    if (!uplink_.next_message(now, text)) return std::nullopt;
    return text;
  }
  std::optional<Settled> ack(std::int64_t id, std::uint64_t accepted, std::uint64_t duplicates = 0,
                             std::vector<std::uint32_t> quarantined = {}) {
    ServerReply reply;
    reply.id = id;
    reply.accepted = accepted;
    reply.duplicates = duplicates;
    for (const std::uint32_t index : quarantined) reply.quarantined.push_back({index, "latitude_out_of_range"});
    return uplink_.on_ack(reply);
  }
  void error(std::optional<std::int64_t> id, std::string_view code, std::optional<double> retry_after_s = {}) {
    ServerReply reply;
    reply.id = id;
    reply.code = code;
    reply.retry_after_s = retry_after_s;
    uplink_.on_error(reply, start);
  }

  UplinkSettings settings_{2, 5, 1'000};
  UplinkCounts counts_;
  Uplink uplink_{settings_, counts_, nullptr};
};

TEST_F(UplinkTest, SaysNothingBeforeTheWelcome) {
  record(1, 3);
  EXPECT_EQ(next(), std::nullopt);
  welcome();
  EXPECT_TRUE(next());
}

TEST_F(UplinkTest, SendsOneFixAsAPositionAndManyAsABatchOldestFirst) {
  welcome();
  record(1, 1);
  const json single = json::parse(next().value());
  EXPECT_EQ(single["type"], "position");
  EXPECT_EQ(single["id"], 1);
  EXPECT_EQ(single["lat"], 1);
  record(2, 4);
  const std::string batch = next().value();
  EXPECT_EQ(json::parse(batch)["type"], "positions");
  EXPECT_THAT(times_of(batch), ElementsAre(2, 3, 4));
}

TEST_F(UplinkTest, KeepsSoManyBatchesUnacknowledgedAndNoMore) {
  welcome();
  record(1, 20);
  EXPECT_THAT(times_of(next().value()), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(times_of(next().value()), ElementsAre(6, 7, 8, 9, 10));
  EXPECT_EQ(next(), std::nullopt);
  EXPECT_TRUE(ack(1, 5));
  EXPECT_THAT(times_of(next().value()), ElementsAre(11, 12, 13, 14, 15));
}

TEST_F(UplinkTest, ObeysTheServersLimitWhenItIsLower) {
  welcome(2);
  record(1, 5);
  EXPECT_EQ(times_of(next().value()).size(), 2u);
}

TEST_F(UplinkTest, StaysBelowTheServersMessageSize) {
  ServerReply reply;
  reply.message_bytes = 700;
  uplink_.on_welcome(reply);
  record(1, 5);
  const std::string text = next().value();
  EXPECT_LT(text.size(), 700u);
  EXPECT_LT(times_of(text).size(), 5u);
}

TEST_F(UplinkTest, SendsAgainWhatWasNotAcknowledgedWhenTheConnectionIsLost) {
  welcome();
  record(1, 12);
  next();
  next();
  ASSERT_TRUE(ack(1, 5));
  uplink_.on_lost();
  EXPECT_EQ(next(), std::nullopt);
  record(13, 13);
  welcome();
  EXPECT_THAT(times_of(next().value()), ElementsAre(6, 7, 8, 9, 10));
  EXPECT_THAT(times_of(next().value()), ElementsAre(11, 12, 13));
  EXPECT_EQ(counts_.sent, 18u);
}

TEST_F(UplinkTest, KeepsTheOrderOfSeveralLostBatches) {
  welcome();
  record(1, 10);
  next();
  next();
  uplink_.on_lost();
  welcome();
  EXPECT_THAT(times_of(next().value()), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(times_of(next().value()), ElementsAre(6, 7, 8, 9, 10));
}

TEST_F(UplinkTest, IgnoresTheAckOfAnEarlierConnection) {
  welcome();
  record(1, 1);
  next();
  uplink_.on_lost();
  welcome();
  EXPECT_FALSE(ack(1, 1));  // the flight has another id by now
  EXPECT_EQ(uplink_.queue().waiting(), 1u);
  EXPECT_EQ(counts_.odd_acks, 1u);
}

TEST_F(UplinkTest, WaitsAndSendsAgainWhenTheServerCannotStore) {
  welcome();
  record(1, 3);
  next();
  error(1, "store_unavailable", 5);
  EXPECT_EQ(next(start + milliseconds{4'999}), std::nullopt);
  EXPECT_EQ(uplink_.retry_at(start), start + seconds{5});
  EXPECT_THAT(times_of(next(start + seconds{5}).value()), ElementsAre(1, 2, 3));
  EXPECT_EQ(counts_.refused, 1u);
  EXPECT_EQ(counts_.rejected, 0u);
}

TEST_F(UplinkTest, DropsABatchThatTheServerCallsWrong) {
  welcome();
  record(1, 6);
  next();
  error(1, "bad_json");
  EXPECT_EQ(counts_.rejected, 5u);
  EXPECT_THAT(times_of(next().value()), ElementsAre(6));
  EXPECT_EQ(uplink_.queue().flights(), 1u);
}

TEST_F(UplinkTest, CountsErrorsThatConcernNoBatch) {
  welcome();
  error(std::nullopt, "unknown_type");
  error(17, "bad_json");
  EXPECT_EQ(counts_.other_errors, 1u);
  EXPECT_EQ(counts_.rejected, 0u);
}

TEST_F(UplinkTest, TellsWhichFixesWereSetAside) {
  welcome();
  record(1, 5);
  next();
  const auto settled = ack(1, 2, 1, {4, 0});
  ASSERT_TRUE(settled);
  EXPECT_THAT(settled->quarantined, ElementsAre(0u, 4u));
  EXPECT_EQ(counts_.quarantined, 2u);
  EXPECT_EQ(counts_.duplicates, 1u);
  EXPECT_EQ(counts_.odd_acks, 0u);
  EXPECT_TRUE(uplink_.queue().empty());
}

TEST_F(UplinkTest, NoticesAnAckThatDoesNotAddUp) {
  welcome();
  record(1, 5);
  next();
  EXPECT_TRUE(ack(1, 4));
  EXPECT_EQ(counts_.odd_acks, 1u);
  EXPECT_FALSE(ack(1, 5));
  EXPECT_EQ(counts_.odd_acks, 2u);
}

TEST_F(UplinkTest, ForgetsTheOldestWhenTheQueueIsFull) {
  record(1, 1'003);
  EXPECT_EQ(counts_.forgotten, 3u);
  EXPECT_EQ(counts_.recorded, 1'003u);
  welcome();
  EXPECT_THAT(times_of(next().value()), ElementsAre(4, 5, 6, 7, 8));
}

TEST_F(UplinkTest, StaysBelowTheServersMessageRate) {
  ServerReply reply;
  reply.messages_per_s = 10;
  uplink_.on_welcome(reply);
  int sent = 0;
  for (int ms = 0; ms < 3'000; ++ms) {
    record(ms + 1, ms + 1);
    const SteadyTime now = start + milliseconds{ms};
    if (next(now)) ++sent;
    if (uplink_.queue().flights() > 0) {
      const auto flight_id = static_cast<std::int64_t>(counts_.messages);
      ack(flight_id, 1);
    }
  }
  EXPECT_LE(sent, 10 + 30);
  EXPECT_GE(sent, 30);
  EXPECT_TRUE(uplink_.retry_at(start + seconds{3}));
}

TEST(GatewayUplink, NamesTheAgentOfEachFix) {
  const UplinkSettings settings;
  UplinkCounts counts;
  const std::vector<std::string> ids{"van 1", "van \"2\""};
  Uplink uplink(settings, counts, &ids);
  uplink.on_welcome({});
  uplink.push(fix_at(1, 1));
  uplink.push(fix_at(2, 0));
  std::string text;
  ASSERT_TRUE(uplink.next_message(start, text));
  const json message = json::parse(text);
  EXPECT_EQ(message["positions"][0]["agent"], "van \"2\"");
  EXPECT_EQ(message["positions"][1]["agent"], "van 1");
}

TEST(FixQueue, ReturnsARefusedFlightAlone) {
  FixQueue queue;
  for (int i = 1; i <= 4; ++i) queue.push(fix_at(i));
  EXPECT_EQ(queue.take(2, 10'000, start)->id, 1);
  EXPECT_EQ(queue.take(2, 10'000, start)->id, 2);
  EXPECT_TRUE(queue.refuse(2));
  EXPECT_FALSE(queue.refuse(2));
  EXPECT_EQ(queue.flights(), 1u);
  EXPECT_EQ(queue.waiting(), 2u);
  EXPECT_EQ(queue.take(1, 0, start)->fixes[0].recorded_at, from_unix_ms(3));
  EXPECT_EQ(queue.take(0, 0, start)->fixes.size(), 1u) << "one always goes, or the queue would never empty";
  EXPECT_EQ(queue.take(1, 0, start), nullptr);
}

}  // namespace
}  // namespace fieldcast::simulate
