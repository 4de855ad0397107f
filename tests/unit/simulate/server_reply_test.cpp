#include "fieldcast/simulate/server_reply.hpp"

#include "fieldcast/codec/server_message.hpp"
#include "fieldcast/domain/outcome.hpp"

#include <gtest/gtest.h>

namespace fieldcast::simulate {
namespace {

const AgentIdentity asha{OrgId("default"), TeamId("north"), AgentId("a1"), "Asha \"A\" Şen"};

Position position_at(std::int64_t ms) {
  Position position;
  position.fix.at = {12.5, 77.25};
  position.fix.recorded_at = from_unix_ms(ms);
  position.fix.speed_mps = 7.5F;
  position.fix.activity = Activity::driving;
  position.fix.attributes = R"({"deep":{"positions":[1,2,{"agent":"x"}]},"left":["y"]})";
  return position;
}

TEST(ReplyReader, ReadsTheWelcomeThatTheServerWrites) {
  ReplyReader reader;
  codec::Welcome welcome{};
  welcome.session = "s";
  welcome.user = "u";
  welcome.role = "agent";
  welcome.heartbeat = seconds{25};
  welcome.interval = seconds{30};
  welcome.limits = {131'072, 500, 100};
  const ServerReply& reply = reader.read(codec::welcome(welcome), 0);
  ASSERT_EQ(reply.kind, ReplyKind::welcome);
  EXPECT_EQ(reply.heartbeat_s, 25);
  EXPECT_EQ(reply.interval_s, 30);
  EXPECT_EQ(reply.message_bytes, 131'072u);
  EXPECT_EQ(reply.positions_per_message, 500u);
  EXPECT_EQ(reply.messages_per_s, 100u);
}

TEST(ReplyReader, ReadsTheAckThatTheServerWrites) {
  ReplyReader reader;
  const std::vector<codec::Quarantined> quarantined{{3, &outcome::latitude_out_of_range},
                                                    {5, &outcome::recorded_at_missing}};
  const std::string text = codec::ack(8, 41, 7, quarantined);
  const ServerReply& reply = reader.read(text, 0);
  ASSERT_EQ(reply.kind, ReplyKind::ack);
  EXPECT_EQ(reply.id, 8);
  EXPECT_EQ(reply.accepted, 41u);
  EXPECT_EQ(reply.duplicates, 7u);
  ASSERT_EQ(reply.quarantined.size(), 2u);
  EXPECT_EQ(reply.quarantined[1].index, 5u);
  EXPECT_EQ(reply.quarantined[1].code, "recorded_at_missing");
}

TEST(ReplyReader, ReadsTheErrorThatTheServerWrites) {
  ReplyReader reader;
  const std::string text = codec::error(8, outcome::store_unavailable, "disk", 5);
  const ServerReply& reply = reader.read(text, 0);
  ASSERT_EQ(reply.kind, ReplyKind::error);
  EXPECT_EQ(reply.id, 8);
  EXPECT_EQ(reply.code, "store_unavailable");
  EXPECT_EQ(reply.retry_after_s, 5);
}

TEST(ReplyReader, ReadsTheUpdateThatTheServerWrites) {
  ReplyReader reader;
  const std::string one = codec::position_fragment(asha, position_at(1'700'000'000'123));
  const std::string other = codec::position_fragment(asha, position_at(1'700'000'001'000), true);
  const std::vector<std::string_view> fragments{one, other};
  const std::vector<std::string_view> left{"gone"};
  const std::string text = codec::update("team:north", "c-1", fragments, left);
  const ServerReply& reply = reader.read(text, 0);
  ASSERT_EQ(reply.kind, ReplyKind::update);
  EXPECT_EQ(reply.room, "team:north");
  EXPECT_EQ(reply.cursor, "c-1");
  ASSERT_EQ(reply.positions.size(), 2u);
  EXPECT_EQ(reply.positions[0].agent, "a1");
  EXPECT_EQ(reply.positions[0].name, "Asha \"A\" Şen");
  EXPECT_EQ(reply.positions[0].recorded_at, from_unix_ms(1'700'000'000'123));
  EXPECT_EQ(reply.positions[0].at.longitude_deg, 77.25);
  EXPECT_EQ(reply.positions[0].speed_mps, 7.5F);
  EXPECT_EQ(reply.positions[1].recorded_at, from_unix_ms(1'700'000'001'000));
  ASSERT_EQ(reply.left.size(), 1u);
  EXPECT_EQ(reply.left[0], "gone");
}

TEST(ReplyReader, ReadsTheSnapshotThatTheServerWrites) {
  ReplyReader reader;
  std::string agents = "[";
  codec::append_agent_entry(agents, codec::position_fragment(asha, position_at(1'700'000'000'123)),
                            PresenceState::parked, from_unix_ms(1'700'000'000'000));
  agents += "]";
  const std::string part = codec::snapshot(1, "team:north", "c-1", true, agents, codec::SnapshotPart{2, false});
  const ServerReply& reply = reader.read(part, 0);
  ASSERT_EQ(reply.kind, ReplyKind::snapshot);
  EXPECT_TRUE(reply.resumed);
  EXPECT_FALSE(reply.last);
  ASSERT_EQ(reply.positions.size(), 1u);
  EXPECT_EQ(reply.positions[0].presence, "parked");
  const std::string whole = codec::snapshot(1, "team:north", "c-1", false, agents, std::nullopt);
  EXPECT_TRUE(reader.read(whole, 0).last);
  EXPECT_FALSE(reader.read(whole, 0).resumed);
}

TEST(ReplyReader, ReadsTheRemainingMessagesOfTheServer) {
  ReplyReader reader;
  EXPECT_EQ(reader.read(codec::ok(2), 0).kind, ReplyKind::ok);
  EXPECT_EQ(reader.read(codec::token_expiring(seconds{10}), 0).kind, ReplyKind::token_expiring);
  const std::string goaway = codec::goaway("drain", milliseconds{200}, milliseconds{5'000});
  EXPECT_EQ(reader.read(goaway, 0).kind, ReplyKind::goaway);
  EXPECT_EQ(reader.read(goaway, 0).reconnect_after_max, milliseconds{5'000});
  const std::string presence =
      codec::presence("team:north", "c-2", AgentId("a1"), PresenceState::silent, from_unix_ms(1'700'000'000'000));
  const ServerReply& reply = reader.read(presence, 0);
  EXPECT_EQ(reply.kind, ReplyKind::presence);
  EXPECT_EQ(reply.agent, "a1");
  EXPECT_EQ(reply.state, "silent");
  EXPECT_EQ(reply.cursor, "c-2");
  EXPECT_EQ(reader.read(R"({"event":{"id":7,"kind":"geofence_enter"},"room":"r","type":"event"})", 0).event_kind,
            "geofence_enter");
}

TEST(ReplyReader, SkipsWhatItDoesNotKnow) {
  ReplyReader reader;
  EXPECT_EQ(reader.read(R"({"type":"later","x":[{"y":null}],"id":"text"})", 0).kind, ReplyKind::unknown);
  EXPECT_EQ(reader.read(R"({"new":{"type":"ack"},"type":"ok"})", 0).kind, ReplyKind::ok);
  EXPECT_EQ(reader.read("{}", 0).kind, ReplyKind::unknown);
}

TEST(ReplyReader, SaysSoWhenItCannotRead) {
  ReplyReader reader;
  for (const char* text : {"", " ", "[]", "nonsense", "{", R"({"type":"ack","accepted":"many"})",
                           R"({"type":"update","positions":{}})", R"({"type":"ack",)", R"({"type" "ack"})"})
    EXPECT_EQ(reader.read(text, 0).kind, ReplyKind::unreadable) << text;
  EXPECT_EQ(reader.read(R"({"type":"ok"})", 0).kind, ReplyKind::ok) << "and recovers";
}

TEST(ReplyReader, ForgetsTheMessageBefore) {
  ReplyReader reader;
  static_cast<void>(reader.read(R"({"type":"ack","id":1,"accepted":5,"duplicates":1,"quarantined":[{"index":0}]})", 0));
  const ServerReply& reply = reader.read(R"({"type":"ack","id":2})", 0);
  EXPECT_EQ(reply.accepted, 0u);
  EXPECT_TRUE(reply.quarantined.empty());
}

TEST(ReplyReader, ReadsInPlaceWhenThereIsRoomBehindTheText) {
  ReplyReader reader;
  std::string buffer = R"({"type":"ack","id":9,"accepted":1})";
  const std::size_t bytes = buffer.size();
  buffer.resize(bytes + 128, '"');
  EXPECT_EQ(reader.read(std::string_view(buffer).substr(0, bytes), 128).id, 9);
}

}  // namespace
}  // namespace fieldcast::simulate
