#include "fieldcast/codec/client_message.hpp"

#include <gtest/gtest.h>

namespace fieldcast::codec {
namespace {

ClientMessage decode(std::string_view text, const DecodeLimits& limits = {}) {
  FixDecoder decoder;
  return decode_client_message(text, false, limits, decoder);
}

template <class Expected>
Expected decoded(std::string_view text) {
  ClientMessage message = decode(text);
  const auto* unusable = std::get_if<Unusable>(&message);
  EXPECT_TRUE(std::holds_alternative<Expected>(message))
      << text << (unusable ? " is unusable: " + unusable->detail : "");
  return std::holds_alternative<Expected>(message) ? std::get<Expected>(std::move(message)) : Expected{};
}

/// `code detail`, and the id behind it when there is one.
std::string unusable(std::string_view text, const DecodeLimits& limits = {}) {
  const ClientMessage message = decode(text, limits);
  const auto* found = std::get_if<Unusable>(&message);
  if (found == nullptr) return "usable";
  std::string out(found->outcome->code);
  if (!found->detail.empty()) out += " " + found->detail;
  if (found->request_id) out += " id " + std::to_string(*found->request_id);
  return out;
}

TEST(ClientMessage, GreetsWithAToken) {
  EXPECT_EQ(decoded<Hello>(R"({"type":"hello","token":"a.b.c"})").token, "a.b.c");
  for (const std::string_view text :
       {R"({"type":"hello"})", R"({"type":"hello","token":""})", R"({"type":"hello","token":7})",
        R"({"type":"hello","token":null})", R"({"type":"hello","token":["t"]})"}) {
    EXPECT_EQ(unusable(text), "bad_request token") << text;
  }
}

TEST(ClientMessage, RenewsASession) {
  const auto renew = decoded<Renew>(R"({"type":"auth","id":3,"token":"t"})");
  EXPECT_EQ(renew.token, "t");
  EXPECT_EQ(renew.request_id, 3);
  EXPECT_EQ(unusable(R"({"type":"auth","id":3})"), "bad_request token id 3");
}

TEST(ClientMessage, PingsWithOrWithoutAnId) {
  EXPECT_EQ(decoded<Ping>(R"({"type":"ping"})").request_id, std::nullopt);
  EXPECT_EQ(decoded<Ping>(R"({"id":-9,"type":"ping"})").request_id, -9);
}

TEST(ClientMessage, TakesOnlyWholeNumbersAsIds) {
  for (const std::string_view id :
       {"7.5", "7.0", "\"7\"", "null", "true", "[7]", "{}", "9223372036854775808", "-9223372036854775809"}) {
    EXPECT_EQ(decoded<Ping>(R"({"type":"ping","id":)" + std::string(id) + "}").request_id, std::nullopt) << id;
  }
  EXPECT_EQ(decoded<Ping>(R"({"type":"ping","id":9223372036854775807})").request_id, 9223372036854775807);
}

TEST(ClientMessage, SubscribesToARoom) {
  const auto plain = decoded<Subscribe>(R"({"type":"subscribe","room":"team:north"})");
  EXPECT_EQ(plain.room, "team:north");
  EXPECT_FALSE(plain.request_id || plain.viewport);
  EXPECT_EQ(plain.min_interval, milliseconds(0));
  EXPECT_EQ(plain.since, "");
  const auto full = decoded<Subscribe>(
      R"({"type":"subscribe","id":1,"room":"team:north","viewport":[76.5,12,78,13.25],"min_interval_ms":250,"since":"c"})");
  EXPECT_EQ(full.request_id, 1);
  ASSERT_TRUE(full.viewport);
  EXPECT_EQ(full.viewport->west_deg, 76.5);
  EXPECT_EQ(full.viewport->south_deg, 12);
  EXPECT_EQ(full.viewport->east_deg, 78);
  EXPECT_EQ(full.viewport->north_deg, 13.25);
  EXPECT_EQ(full.min_interval, milliseconds(250));
  EXPECT_EQ(full.since, "c");
}

TEST(ClientMessage, TakesNullForAbsent) {
  const auto subscribe = decoded<Subscribe>(
      R"({"type":"subscribe","id":null,"room":"r","viewport":null,"min_interval_ms":null,"since":null})");
  EXPECT_FALSE(subscribe.request_id || subscribe.viewport);
}

TEST(ClientMessage, NeedsARoomOfOneTo200Bytes) {
  for (const std::string_view type : {"subscribe", "view", "unsubscribe"}) {
    const auto with_room = [type](const std::string& room) {
      return R"({"id":1,"type":")" + std::string(type) + R"(","room":)" + room + "}";
    };
    EXPECT_EQ(unusable(with_room("\"" + std::string(200, 'r') + "\"")), "usable");
    EXPECT_EQ(unusable(with_room("\"" + std::string(201, 'r') + "\"")), "bad_request room id 1");
    for (const char* room : {"\"\"", "null", "7", "[]", "{}", "true"}) {
      EXPECT_EQ(unusable(with_room(room)), "bad_request room id 1") << room;
    }
  }
}

TEST(ClientMessage, MovesAView) {
  const auto view = decoded<View>(R"({"type":"view","id":4,"room":"team:north","viewport":[176,-20,-178,-15]})");
  EXPECT_EQ(view.request_id, 4);
  ASSERT_TRUE(view.viewport);
  EXPECT_GT(view.viewport->west_deg, view.viewport->east_deg);
  EXPECT_EQ(decoded<Unsubscribe>(R"({"type":"unsubscribe","id":2,"room":"team:north"})").room, "team:north");
}

TEST(ClientMessage, RefusesAViewThatIsNone) {
  for (const std::string_view view :
       {"[1,2,3]", "[1,2,3,4,5]", "[]", "{}", "\"1,2,3,4\"", "7", "[\"1\",2,3,4]", "[1,2,3,null]", "[-180.1,0,0,1]",
        "[0,-90.1,0,1]", "[0,0,180.1,1]", "[0,0,0,90.1]", "[0,1,0,0.5]", "[[1],2,3,4]", "[true,2,3,4]"}) {
    const std::string text = R"({"type":"subscribe","room":"r","viewport":)" + std::string(view) + "}";
    EXPECT_EQ(unusable(text), "bad_request viewport") << view;
  }
  EXPECT_EQ(unusable(R"({"type":"view","room":"r","viewport":[-180,-90,180,90]})"), "usable");
  EXPECT_EQ(unusable(R"({"type":"view","room":"r","viewport":[5,5,5,5]})"), "usable");
  EXPECT_EQ(unusable(R"({"type":"view","room":"r","viewport":[1e999,0,0,1]})"), "bad_json");
}

TEST(ClientMessage, TakesAnIntervalOfUpToAMinute) {
  for (const std::string_view interval :
       {"-1", "60001", "250.5", "250.0", "\"250\"", "1e3", "true", "[]", "18446744073709551615"}) {
    const std::string text = R"({"type":"view","room":"r","min_interval_ms":)" + std::string(interval) + "}";
    EXPECT_EQ(unusable(text), "bad_request min_interval_ms") << interval;
  }
  EXPECT_EQ(decoded<View>(R"({"type":"view","room":"r","min_interval_ms":60000})").min_interval, milliseconds(60'000));
}

TEST(ClientMessage, RefusesACursorThatIsNoText) {
  EXPECT_EQ(unusable(R"({"type":"subscribe","room":"r","since":7})"), "bad_request since");
  EXPECT_EQ(unusable(R"({"type":"subscribe","room":"r","since":")" + std::string(513, 'c') + "\"}"),
            "bad_request since");
  EXPECT_EQ(decoded<Subscribe>(R"({"type":"subscribe","room":"r","since":""})").since, "");
}

TEST(ClientMessage, ReportsPositions) {
  const auto one = decoded<Positions>(R"({"type":"position","id":7,"lat":1,"lon":2,"recorded_at":3})");
  EXPECT_EQ(one.batch.request_id, 7);
  ASSERT_EQ(one.batch.fixes.size(), 1U);
  EXPECT_EQ(one.batch.fixes[0].fix.at.longitude_deg, 2);
  const auto many = decoded<Positions>(R"({"type":"positions","id":8,"positions":[{"lat":1},{"lat":2}]})");
  EXPECT_EQ(many.batch.request_id, 8);
  EXPECT_EQ(many.batch.fixes.size(), 2U);
}

TEST(ClientMessage, OutlivesItsText) {
  const std::string record = R"({"lat":95,"lon":2,"recorded_at":3})";
  auto text = std::make_unique<std::string>(R"({"type":"positions","id":8,"positions":[)" + record + ",7]}");
  std::vector<ClientMessage> waiting;
  waiting.push_back(decode(*text));
  text->assign(text->size(), 'x');
  text.reset();
  const std::vector<ClientMessage> later = std::move(waiting);
  const auto& fixes = std::get<Positions>(later.front()).batch.fixes;
  ASSERT_EQ(fixes.size(), 2U);
  EXPECT_EQ(fixes[0].source, record);
  EXPECT_EQ(fixes[1].source, "7");
}

TEST(ClientMessage, FindsTheTypeOfPositionsWhereverItStands) {
  const std::string filler = R"("attributes":{"x":")" + std::string(200, 'x') + R"("},)";
  for (const std::string& text : std::vector<std::string>{
           R"({"lat":1,"lon":2,"recorded_at":3,)" + filler + R"("id":7,"type":"position"})",
           R"({"id":7,"type":"position","lat":1,"lon":2,"recorded_at":3})",
           R"({ "type" : "position" , "id":7,"lat":1,"lon":2,"recorded_at":3})",
           "{" + filler + R"("positions":[{"lat":1,"lon":2,"recorded_at":3}],"id":7,"type":"positions"})",
           R"({"type":"p\u006fsition","id":7,"lat":1,"lon":2,"recorded_at":3})"}) {
    const auto positions = decoded<Positions>(text);
    EXPECT_EQ(positions.batch.request_id, 7) << text;
    EXPECT_EQ(positions.batch.fixes.size(), 1U) << text;
  }
}

TEST(ClientMessage, ReadsPositionsWithOddNumbersWhereverTheTypeStands) {
  for (const std::string_view text :
       {R"({"type":"position","id":7,"lat":NaN,"lon":2,"recorded_at":3})",
        R"({"lat":NaN,"lon":2,"recorded_at":3,"id":7,"speed":1e999,"accuracy_m":1,"xx":1,)"
        R"("type":"position"})"}) {
    const auto positions = decoded<Positions>(text);
    ASSERT_EQ(positions.batch.fixes.size(), 1U);
    EXPECT_EQ(positions.batch.fixes[0].problem, &outcome::latitude_not_a_number);
    EXPECT_EQ(positions.batch.request_id, 7);
  }
}

TEST(ClientMessage, IsNotMisledByTheWordPosition) {
  EXPECT_EQ(decoded<Subscribe>(R"({"x":"position","type":"subscribe","room":"r"})").room, "r");
  EXPECT_EQ(decoded<Subscribe>(R"({"positions":[{"type":"position"}],"type":"subscribe","room":"r"})").room, "r");
  EXPECT_EQ(decoded<Ping>(R"({"type":"position","id":1,"type":"ping"})").request_id, 1);
  EXPECT_EQ(unusable(R"({"type":"positional"})"), "unknown_type type");
}

TEST(ClientMessage, NamesWhatIsWrongWithAListOfPositions) {
  EXPECT_EQ(unusable(R"({"type":"positions","id":8})"), "bad_request positions id 8");
  EXPECT_EQ(unusable(R"({"type":"positions","id":8,"positions":[]})"), "bad_request positions id 8");
  EXPECT_EQ(unusable(R"({"type":"positions","id":8,"positions":{}})"), "bad_request positions id 8");
  DecodeLimits limits;
  limits.fixes_max = 2;
  EXPECT_EQ(unusable(R"({"type":"positions","id":8,"positions":[1,2,3]})", limits),
            "too_many_positions positions id 8");
  EXPECT_EQ(unusable(R"({"positions":[1,2,3],"id":8,"type":"positions"})", limits),
            "too_many_positions positions id 8");
  EXPECT_EQ(unusable(R"({"type":"positions","id":8,"positions":[1,2]})", limits), "usable");
}

TEST(ClientMessage, RefusesUnknownTypesAndKeepsTheId) {
  EXPECT_EQ(unusable(R"({"type":"dance","id":5})"), "unknown_type type id 5");
  EXPECT_EQ(unusable(R"({"type":"","id":5})"), "unknown_type type id 5");
  EXPECT_EQ(unusable(R"({"type":"Ping"})"), "unknown_type type");
  for (const std::string_view text : {R"({"id":5})", R"({"type":null,"id":5})", R"({"type":7,"id":5})"}) {
    EXPECT_EQ(unusable(text), "bad_request type id 5") << text;
  }
  EXPECT_EQ(unusable("[]"), "bad_request type");
  EXPECT_EQ(unusable(R"([{"type":"ping"}])"), "bad_request type");
}

TEST(ClientMessage, RefusesWhatIsNotJson) {
  for (const std::string_view text :
       {"", " ", "{", "ping", "{\"type\":\"ping\"", "{\"type\":\"ping\"}}", "7", "\"ping\"", "null",
        "{\"type\":\"\xff\"}", "{'type':'ping'}", "{\"type\":\"ping\",}"}) {
    EXPECT_EQ(unusable(text), "bad_json") << text;
  }
  EXPECT_EQ(unusable(std::string("{\"type\":\"ping\"}\0", 16)), "bad_json");
  EXPECT_EQ(unusable(std::string("{\"type\":\"ping\"}\0{}", 18)), "bad_json");
}

TEST(ClientMessage, RefusesDeepJsonWithoutFollowingIt) {
  for (const std::size_t depth : {33UL, 100'000UL}) {
    EXPECT_EQ(unusable(R"({"type":"ping","x":)" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}"),
              "bad_json");
    EXPECT_EQ(unusable(R"({"type":"position","x":)" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}"),
              "bad_json");
    EXPECT_EQ(unusable(std::string(depth, '[')), "bad_json");
  }
  EXPECT_EQ(unusable(R"({"type":"ping","x":)" + std::string(31, '[') + std::string(31, ']') + "}"), "usable");
  EXPECT_EQ(unusable(R"({"type":"ping","x":")" + std::string(100, '[') + R"(\"[["})"), "usable");
}

TEST(ClientMessage, IgnoresUnknownFields) {
  EXPECT_EQ(decoded<Unsubscribe>(R"({"v":2,"type":"unsubscribe","room":"r","more":{"type":"x"}})").room, "r");
}

TEST(ClientMessage, NeverRepeatsAValueInItsDetail) {
  EXPECT_EQ(unusable(R"({"type":"hello","token":7007,"secret":"s"})").find("7007"), std::string::npos);
}

}  // namespace
}  // namespace fieldcast::codec
