#include "fieldcast/codec/server_message.hpp"

#include "fieldcast/base/rfc3339.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <random>

namespace fieldcast::codec {
namespace {

using Json = nlohmann::json;

const Timestamp when = *parse_rfc3339("2026-11-22T08:15:30.250Z");
const AgentIdentity asha{OrgId("o"), TeamId("north"), AgentId("truck-7"), "Asha \"A\""};

Position bare_position() {
  Position position;
  position.fix.at = {12.9716412, -77.5};
  position.fix.recorded_at = when;
  position.received_at = when + milliseconds(750);
  return position;
}

std::string number(double value, int decimals_max = -1) {
  std::string out;
  append_number(out, value, decimals_max);
  return out;
}

std::string string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

TEST(PositionFragment, LeavesAbsentValuesOut) {
  AgentIdentity nameless = asha;
  nameless.name.clear();
  EXPECT_EQ(position_fragment(nameless, bare_position()),
            R"({"agent":"truck-7","lat":12.9716412,"lon":-77.5,"recorded_at":"2026-11-22T08:15:30.250Z",)"
            R"("received_at":"2026-11-22T08:15:31.000Z"})");
}

TEST(PositionFragment, WritesEveryFieldInItsPlace) {
  Position position = bare_position();
  position.fix.accuracy_m = 5;
  position.fix.speed_mps = 7.2F;
  position.fix.heading_deg = 45;
  position.fix.altitude_m = -3.5F;
  position.fix.battery = 0.81F;
  position.fix.activity = Activity::driving;
  position.fix.attributes = R"({"load":3})";
  EXPECT_EQ(position_fragment(asha, position, true),
            R"({"agent":"truck-7","name":"Asha \"A\"","team":"north","lat":12.9716412,"lon":-77.5,)"
            R"("recorded_at":"2026-11-22T08:15:30.250Z","accuracy_m":5,"speed_mps":7.2,"heading_deg":45,)"
            R"("altitude_m":-3.5,"battery":0.81,"activity":"driving","attributes":{"load":3},)"
            R"("received_at":"2026-11-22T08:15:31.000Z"})");
}

TEST(PositionFragment, IsJsonWhateverTheName) {
  AgentIdentity odd = asha;
  odd.name = std::string(1, '\0') + "\x01\x1f\"\\/\n\r\t\xff\xc3 \xed\xa0\x80 é 🚚";
  EXPECT_TRUE(Json::accept(position_fragment(odd, bare_position())));
}

TEST(PositionFragment, LeavesOutMeasurementsThatAreNotFinite) {
  Position position = bare_position();
  position.fix.altitude_m = std::numeric_limits<float>::infinity();
  EXPECT_EQ(position_fragment(asha, position).find("altitude_m"), std::string::npos);
}

TEST(AgentEntry, AddsThePresenceAndTheCommaBetweenEntries) {
  std::string out;
  append_agent_entry(out, R"({"agent":"a"})", PresenceState::parked, when);
  EXPECT_EQ(out, R"({"agent":"a","presence":"parked","presence_since":"2026-11-22T08:15:30.250Z"})");
  append_agent_entry(out, R"({"agent":"b"})", PresenceState::online, when);
  EXPECT_TRUE(Json::accept("[" + out + "]")) << out;
}

TEST(ServerMessage, Welcomes) {
  EXPECT_EQ(welcome({"s1", "u\"", "agent", when, seconds(25), seconds(30), {131072, 500, 100}}),
            R"({"type":"welcome","session":"s1","user":"u\"","role":"agent","server_time":"2026-11-22T08:15:30.250Z",)"
            R"("heartbeat_s":25,"interval_s":30,)"
            R"("limits":{"message_bytes":131072,"positions_per_message":500,"messages_per_s":100}})");
}

TEST(ServerMessage, AcknowledgesWithEveryVerdict) {
  const std::vector<Quarantined> quarantined{{3, &outcome::latitude_out_of_range}, {7, &outcome::recorded_at_missing}};
  EXPECT_EQ(ack(8, 41, 8, quarantined),
            R"({"type":"ack","id":8,"accepted":41,"duplicates":8,"quarantined":[)"
            R"({"index":3,"code":"latitude_out_of_range"},{"index":7,"code":"recorded_at_missing"}]})");
  EXPECT_EQ(ack({}, 0, 0, {}), R"({"type":"ack","accepted":0,"duplicates":0,"quarantined":[]})");
  EXPECT_EQ(Json::parse(ack(std::numeric_limits<std::int64_t>::min(), 1, 0, {}))["id"],
            std::numeric_limits<std::int64_t>::min());
}

TEST(ServerMessage, TellsAnErrorAndWhatToDo) {
  EXPECT_EQ(error(8, outcome::store_unavailable, {}, 5),
            R"({"type":"error","id":8,"code":"store_unavailable",)"
            R"("text":"The store cannot commit now; nothing was stored.","temporary":true,"retry_after_s":5})");
  const Json full = Json::parse(error({}, outcome::bad_request, "viewport", {}, "team:\"x\""));
  EXPECT_EQ(full["detail"], "viewport");
  EXPECT_EQ(full["room"], "team:\"x\"");
  EXPECT_EQ(full["temporary"], false);
  EXPECT_FALSE(full.contains("id") || full.contains("retry_after_s"));
}

TEST(ServerMessage, DescribesAProblemAsRfc9457) {
  EXPECT_EQ(problem(outcome::not_found),
            R"({"type":"urn:fieldcast:problem:not_found","title":"There is nothing at this path.","status":404,)"
            R"("code":"not_found","temporary":false})");
  const Json full = Json::parse(problem(outcome::store_unavailable, "the \"disk\"", 5));
  EXPECT_EQ(full["detail"], "the \"disk\"");
  EXPECT_EQ(full["retry_after_s"], 5);
  EXPECT_EQ(full["temporary"], true);
  EXPECT_FALSE(Json::parse(problem(outcome::too_slow)).contains("status"));
}

TEST(ServerMessage, AnswersShortRequests) {
  EXPECT_EQ(ok(2), R"({"type":"ok","id":2})");
  EXPECT_EQ(ok({}), R"({"type":"ok"})");
  EXPECT_EQ(pong(1, when), R"({"type":"pong","id":1,"server_time":"2026-11-22T08:15:30.250Z"})");
  EXPECT_EQ(token_expiring(seconds(10)), R"({"type":"token_expiring","in_s":10})");
  EXPECT_EQ(goaway("drain", milliseconds(200), milliseconds(5000)),
            R"({"type":"goaway","reason":"drain","reconnect_after_ms":[200,5000]})");
}

TEST(ServerMessage, TellsAPresence) {
  EXPECT_EQ(presence("team:north", "c1", AgentId("a"), PresenceState::silent, when),
            R"({"type":"presence","room":"team:north","cursor":"c1","agent":"a","state":"silent",)"
            R"("since":"2026-11-22T08:15:30.250Z"})");
  EXPECT_FALSE(Json::parse(presence("r", "", AgentId("a"), PresenceState::online, when)).contains("cursor"));
}

TEST(ServerMessage, UpdatesARoom) {
  const std::vector<std::string_view> fragments{R"({"agent":"a"})", R"({"agent":"b"})"};
  const std::vector<std::string_view> left{"c", "d\""};
  EXPECT_EQ(update("team:north", "c1", fragments),
            R"({"type":"update","room":"team:north","cursor":"c1","positions":[{"agent":"a"},{"agent":"b"}]})");
  EXPECT_EQ(update("r", "c1", {}, left),
            R"({"type":"update","room":"r","cursor":"c1","positions":[],"left":["c","d\""]})");
}

TEST(ServerMessage, SendsASnapshotWholeOrInParts) {
  EXPECT_EQ(snapshot(1, "team:north", "c1", false, R"([{"agent":"a"},{"agent":"b"}])", {}),
            R"({"type":"snapshot","id":1,"room":"team:north","cursor":"c1","resumed":false,)"
            R"("agents":[{"agent":"a"},{"agent":"b"}]})");
  const std::vector<std::string_view> left{"c"};
  EXPECT_EQ(
      snapshot({}, "r", "c1", true, "[]", SnapshotPart{2, true}, left),
      R"({"type":"snapshot","room":"r","cursor":"c1","resumed":true,"part":2,"last":true,"agents":[],"left":["c"]})");
}

TEST(AppendNumber, RoundsCoordinatesAndDropsTrailingZeros) {
  EXPECT_EQ(number(12.97, 7), "12.97");
  EXPECT_EQ(number(-0.1, 7), "-0.1");
  EXPECT_EQ(number(77.59456274999, 7), "77.5945627");
  EXPECT_EQ(number(77.59456275001, 7), "77.5945628");
  EXPECT_EQ(number(180, 7), "180");
  EXPECT_EQ(number(-180, 7), "-180");
  EXPECT_EQ(number(0.0000001, 7), "0.0000001");
  EXPECT_EQ(number(-0.00000001, 7), "0");
  EXPECT_EQ(number(-0.0, 7), "0");
  EXPECT_EQ(number(0.99999999, 7), "1");
  EXPECT_EQ(number(1.05, 0), "1");
  EXPECT_EQ(number(1234567, 2), "1234567");
}

TEST(AppendNumber, WritesTheShortestTextThatReadsBack) {
  EXPECT_EQ(number(0.1), "0.1");
  EXPECT_EQ(number(-0.0), "0");
  EXPECT_EQ(number(1e300), "1e+300");
  EXPECT_EQ(number(1e300, 7), "1e+300");
  EXPECT_EQ(number(5e-324), "5e-324");
}

TEST(AppendNumber, WritesNullForWhatIsNoNumber) {
  EXPECT_EQ(number(std::numeric_limits<double>::quiet_NaN()), "null");
  EXPECT_EQ(number(std::numeric_limits<double>::infinity(), 7), "null");
}

TEST(AppendNumber, KeepsEveryCoordinateWithinHalfOfItsLastDecimal) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> degrees(-180, 180);
  for (int i = 0; i < 100'000; ++i) {
    const double value = degrees(random);
    const std::string text = number(value, 7);
    ASSERT_NEAR(std::stod(text), value, 0.50001e-7) << text;
    ASSERT_EQ(text.find('e'), std::string::npos);
    ASSERT_LE(text.size() - text.find('.'), 8U) << text;
    ASSERT_NE(text.back(), '0') << text;
  }
}

TEST(AppendJsonString, EscapesWhatMustBe) {
  EXPECT_EQ(string("plain é 🚚 /"), "\"plain é 🚚 /\"");
  EXPECT_EQ(string("\"\\\n\r\t"), R"("\"\\\n\r\t")");
  EXPECT_EQ(string(std::string("\0\x01\x1f\x7f", 4)), "\"\\u0000\\u0001\\u001f\x7f\"");
  EXPECT_EQ(string(""), "\"\"");
}

TEST(AppendJsonString, ReplacesBytesThatAreNotUtf8) {
  EXPECT_EQ(string("a\xff"
                   "b"),
            "\"a\xef\xbf\xbd"
            "b\"");
  EXPECT_EQ(string("\xc3"), "\"\xef\xbf\xbd\"");
  EXPECT_EQ(string("\xe2\x82"), "\"\xef\xbf\xbd\xef\xbf\xbd\"");
}

TEST(AppendJsonString, GivesJsonForAnyBytes) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int i = 0; i < 5'000; ++i) {
    std::string bytes(random() % 40, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    ASSERT_TRUE(Json::accept(string(bytes))) << i;
  }
}

}  // namespace
}  // namespace fieldcast::codec
