// What a text as a whole may be: its shapes, its bounds, and everything that is no JSON.
#include "unit/codec/both_decoders.hpp"

#include <vector>

namespace fieldcast::codec {
namespace {

TEST(FixDecoder, ReadsEveryFieldOfANativeFix) {
  const DecodedFix decoded = one(
      R"({"lat":12.9716412,"lon":77.5945627,"recorded_at":"2026-11-22T08:15:30.250Z","accuracy_m":5,"speed_mps":7.2,)"
      R"("heading_deg":45,"altitude_m":-3.5,"battery":0.81,"activity":"driving","attributes":{"load":3},)"
      R"("agent":"truck-7","team":"north"})");
  EXPECT_EQ(decoded.problem, nullptr);
  EXPECT_EQ(decoded.record, "");
  EXPECT_EQ(decoded.agent, "truck-7");
  EXPECT_EQ(decoded.team, "north");
  const Fix& fix = decoded.fix;
  EXPECT_EQ(fix.at.latitude_deg, 12.9716412);
  EXPECT_EQ(fix.at.longitude_deg, 77.5945627);
  EXPECT_EQ(fix.recorded_at, when_time);
  EXPECT_EQ(fix.accuracy_m, 5.0F);
  EXPECT_EQ(fix.speed_mps, 7.2F);
  EXPECT_EQ(fix.heading_deg, 45.0F);
  EXPECT_EQ(fix.altitude_m, -3.5F);
  EXPECT_EQ(fix.battery, 0.81F);
  EXPECT_EQ(fix.activity, Activity::driving);
  EXPECT_EQ(fix.attributes, R"({"load":3})");
}

TEST(FixDecoder, LeavesAbsentFieldsUnknown) {
  const DecodedFix decoded = one(record_at("1", "2"));
  EXPECT_FALSE(known(decoded.fix.accuracy_m) || known(decoded.fix.speed_mps) || known(decoded.fix.heading_deg));
  EXPECT_FALSE(known(decoded.fix.altitude_m) || known(decoded.fix.battery));
  EXPECT_EQ(decoded.fix.activity, Activity::unknown);
  EXPECT_EQ(decoded.fix.attributes + decoded.agent + decoded.team, "");
}

TEST(FixDecoder, TakesOneFixAnArrayOrAListOfPositions) {
  const std::string fix = record_at("1", "2");
  EXPECT_EQ(decode(fix).batch.fixes.size(), 1U);
  EXPECT_EQ(decode("[" + fix + "]").batch.fixes.size(), 1U);
  EXPECT_EQ(decode(" [ " + fix + " ,\n" + fix + " ] ").batch.fixes.size(), 2U);
  EXPECT_EQ(decode(R"({"positions":[)" + fix + "," + fix + "," + fix + "]}").batch.fixes.size(), 3U);
  EXPECT_EQ(decode(R"({"device":{"os":["x",{}]},"positions":[)" + fix + R"(],"more":1})").batch.fixes.size(), 1U);
}

TEST(FixDecoder, KeepsTheOrderOfTheText) {
  const Answer answer = decode("[" + record_at("1", "0") + "," + record_at("2", "0") + "," + record_at("3", "0") + "]");
  ASSERT_EQ(answer.batch.fixes.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(answer.batch.fixes[i].fix.at.latitude_deg, static_cast<double>(i + 1));
  }
}

TEST(FixDecoder, RefusesWhatIsNotJson) {
  for (const std::string_view text : {"",
                                      " ",
                                      "{",
                                      "}",
                                      "[",
                                      "]",
                                      "{]",
                                      "[}",
                                      "nul",
                                      "lat=1&lon=2",
                                      R"({"lat":1)",
                                      R"({"lat":1,})",
                                      R"({"lat" 1})",
                                      R"({"lat":1 "lon":2})",
                                      R"({lat:1})",
                                      R"({'lat':1})",
                                      R"({"lat":01})",
                                      R"({"lat":1.})",
                                      R"({"lat":.5})",
                                      R"({"lat":+1})",
                                      R"({"lat":1e})",
                                      R"({"lat":-})",
                                      R"({"lat":0x1})",
                                      R"({"lat":tru})",
                                      R"({"lat":nul})",
                                      R"({"lat":truely})",
                                      R"({"lat":1}})",
                                      R"({"lat":1}{"lat":2})",
                                      R"({"lat":1} x)",
                                      R"([1,])",
                                      R"([,1])",
                                      R"([1 2])",
                                      R"({"a":"\x"})",
                                      R"({"a":"\u12"})",
                                      R"({"a":"\ud800"})",
                                      R"({"a":"\udc00"})",
                                      R"({"\x":1})",
                                      R"({"a":"b)",
                                      R"({"a":"b":1})",
                                      R"({"a":{"b":1,,"c":2}})",
                                      R"({"a":[1,2})",
                                      R"({"a":[1}])",
                                      "/**/{}",
                                      "{}//",
                                      R"({"a":1/**/})",
                                      R"({"lat":Nan})",
                                      R"({"lat":--1})",
                                      R"({"a":{"b"}})",
                                      R"({"a":{1:2}})"}) {
    EXPECT_EQ(error_of(text), "bad_json") << text;
  }
}

TEST(FixDecoder, RefusesJsonThatIsNeitherObjectNorArray) {
  for (const std::string_view text : {"1", "-1.5", "\"text\"", "true", "null", "NaN", "1e999"}) {
    EXPECT_EQ(error_of(text), "bad_json") << text;
  }
}

TEST(FixDecoder, RefusesControlCharactersAndNul) {
  EXPECT_EQ(error_of("{\"a\":\"\x01\"}"), "bad_json");
  EXPECT_EQ(error_of("{\"a\":\"line\nbreak\"}"), "bad_json");
  const std::string good = record_at("1", "2");
  EXPECT_EQ(error_of(good + std::string(1, '\0')), "bad_json");
  EXPECT_EQ(error_of(good + std::string("\0 trailing", 10)), "bad_json");
  EXPECT_EQ(error_of(std::string("\0", 1) + good), "bad_json");
  EXPECT_EQ(error_of("\f" + good), "bad_json");
}

TEST(FixDecoder, RefusesWhatIsNotUtf8) {
  EXPECT_EQ(error_of("{\"a\":\"\xff\"}"), "bad_json");
  EXPECT_EQ(error_of("{\"a\":\"\xed\xa0\x80\"}"), "bad_json");
  EXPECT_EQ(error_of("{\"a\xc3\":1}"), "bad_json");
  EXPECT_EQ(error_of("{\"a\":1}\xff"), "bad_json");
}

TEST(FixDecoder, RefusesDeepNestingWithoutFollowingIt) {
  const auto nested = [](std::size_t depth) {
    return R"({"lat":1,"lon":2,"a":)" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
  };
  EXPECT_EQ(error_of(nested(32)), "");
  EXPECT_EQ(error_of(nested(33)), "bad_json");
  EXPECT_EQ(error_of(nested(100'000)), "bad_json");
  EXPECT_EQ(error_of(std::string(1'000'000, '[')), "bad_json");
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += R"({"a":)";
  EXPECT_EQ(error_of(objects), "bad_json");
}

TEST(FixDecoder, CountsTheNestingOfAttributesToo) {
  const auto nested = [](std::size_t depth) {
    std::string text = R"([{"lat":1,"lon":2,"attributes":)";
    for (std::size_t i = 2; i < depth; ++i) text += R"({"a":)";
    text += "1" + std::string(depth - 2, '}') + "}]";
    return text;
  };
  EXPECT_EQ(error_of(nested(32)), "");
  EXPECT_EQ(error_of(nested(33)), "bad_json");
}

TEST(FixDecoder, RefusesJsonWithoutRecords) {
  for (const std::string_view text :
       {"[]", R"({"positions":[]})", R"({"positions":{}})", R"({"positions":5})", R"({"positions":"x"})",
        R"({"type":"positions","id":8})", R"({"type":"positions","positions":null})"}) {
    EXPECT_EQ(error_of(text), "bad_request") << text;
  }
}

TEST(FixDecoder, RefusesMoreRecordsThanAllowed) {
  DecodeLimits limits;
  limits.fixes_max = 2;
  EXPECT_EQ(error_of("[1,2]", Dialect::native, limits), "");
  EXPECT_EQ(error_of("[1,2,3]", Dialect::native, limits), "too_many_positions");
  EXPECT_EQ(error_of("[1,2,{}]", Dialect::native, limits), "too_many_positions");
  EXPECT_EQ(error_of("[1,2,[]]", Dialect::native, limits), "too_many_positions");
  EXPECT_EQ(error_of("[1,2,\"\"]", Dialect::native, limits), "too_many_positions");
  EXPECT_EQ(error_of(R"([1,2,"\u12"])", Dialect::native, limits), "bad_json");
  EXPECT_EQ(error_of(R"({"positions":[{},{},{}]})", Dialect::native, limits), "too_many_positions");
  EXPECT_EQ(error_of(R"({"updates":[{},{},{}]})", Dialect::updates, limits), "too_many_positions");
  limits.fixes_max = 0;
  EXPECT_EQ(error_of("{}", Dialect::native, limits), "too_many_positions");
}

TEST(FixDecoder, LeavesNoFixesBehindAnError) {
  FixDecoder decoder;
  FixBatch batch;
  const DecodeLimits limits;
  ASSERT_TRUE(decoder.decode(record_at("1", "2"), Dialect::native, limits, false, batch).has_value());
  for (const std::string_view text : {"[{}", "[]", "nonsense"}) {
    EXPECT_FALSE(decoder.decode(text, Dialect::native, limits, false, batch).has_value());
    EXPECT_TRUE(batch.fixes.empty());
  }
}

TEST(FixDecoder, SetsAsideARecordThatIsNoObject) {
  const Answer answer = decode(R"([1, "two" ,null,[ {"x":1} ], true,-2.5e3 ,"\n",)" + record_at("1", "2") + "]");
  ASSERT_EQ(answer.batch.fixes.size(), 8U);
  const std::vector<std::string> records{"1", "\"two\"", "null", R"([ {"x":1} ])", "true", "-2.5e3", R"("\n")"};
  for (std::size_t i = 0; i < 7; ++i) {
    EXPECT_EQ(answer.batch.fixes[i].problem, &outcome::record_not_an_object);
    EXPECT_EQ(answer.batch.fixes[i].record, records[i]);
  }
  EXPECT_EQ(answer.batch.fixes[7].problem, nullptr);
}

TEST(FixDecoder, NamesTheProblemOfARecord) {
  EXPECT_EQ(problem_of("{}"), "latitude_missing");
  EXPECT_EQ(problem_of(R"({"lon":1})"), "latitude_missing");
  EXPECT_EQ(problem_of(R"({"lat":1})"), "longitude_missing");
  EXPECT_EQ(problem_of(R"({"lat":1,"lon":2})"), "recorded_at_missing");
  EXPECT_EQ(problem_of(record_at("null", "1")), "latitude_missing");
  EXPECT_EQ(problem_of(record_at("1", "null")), "longitude_missing");
  EXPECT_EQ(problem_of(record_when("null")), "recorded_at_missing");
  for (const std::string_view wrong : {"\"north\"", "true", "false", "[]", "[1]", "{}", "\"\"", "\"12,97\"", "\"0x10\"",
                                       "\"nan\"", "\"inf\"", "\"1e999\"", "\" 12\"", "\"12 \"", "\"+12\""}) {
    EXPECT_EQ(problem_of(record_at(wrong, "1")), "latitude_not_a_number") << wrong;
    EXPECT_EQ(problem_of(record_at("1", wrong)), "longitude_not_a_number") << wrong;
  }
  for (const std::string_view wrong : {"\"yesterday\"", "true", "[]", "{}", "\"\"", "\"2026-11-22\"", "1e300",
                                       "253402300800000", "-1e17", "1795335330250000", "\"1e999\""}) {
    EXPECT_EQ(problem_of(record_when(wrong)), "recorded_at_unreadable") << wrong;
  }
}

TEST(FixDecoder, KeepsTheTextOfARecordThatCannotBeUsed) {
  EXPECT_EQ(one(R"(  { "lat" : "x" , "lon":1 }  )").record, R"({ "lat" : "x" , "lon":1 })");
  EXPECT_EQ(decode(R"([ {"lat":1} , {"a":"\u00e9"}])").batch.fixes[0].record, R"({"lat":1})");
  EXPECT_EQ(decode(R"([ {"lat":1} , {"a":"\u00e9"}])").batch.fixes[1].record, R"({"a":"\u00e9"})");
}

TEST(FixDecoder, CutsAKeptTextAt4KiBBetweenCharacters) {
  const std::string text = R"({"a":")" + std::string(4088, 'x') + "é\"}";  // its two bytes are the 4095th and 4096th
  EXPECT_EQ(one(text).record.size(), 4096U);
  const std::string one_more = R"({"a":")" + std::string(4089, 'x') + "é\"}";
  EXPECT_EQ(one(one_more).record.size(), 4095U);
}

TEST(FixDecoder, DecodesCoordinatesThatAreOutOfRange) {
  const DecodedFix fix = one(record_at("1000", "-1e300"));
  EXPECT_EQ(fix.problem, nullptr);
  EXPECT_EQ(fix.fix.at.latitude_deg, 1000);
  EXPECT_EQ(fix.fix.at.longitude_deg, -1e300);
}

TEST(FixDecoder, KnowsAWholeWebSocketMessage) {
  const Answer single = decode(R"({"type":"position","id":7,"lat":1,"lon":2,"ts":3})");
  EXPECT_TRUE(single.batch.is_message);
  EXPECT_EQ(single.batch.request_id, 7);
  EXPECT_EQ(single.batch.fixes.size(), 1U);
  const Answer many =
      decode(R"({"positions":[{"lat":1,"lon":2,"ts":3,"id":9,"type":"x"}],"id":-8,"type":"positions"})");
  EXPECT_TRUE(many.batch.is_message);
  EXPECT_EQ(many.batch.request_id, -8);
  EXPECT_EQ(many.batch.fixes.size(), 1U);
}

TEST(FixDecoder, TakesOnlyWholeNumbersForARequestId) {
  for (const std::string_view id : {"7.0", "1e1", "\"7\"", "null", "true", "9223372036854775808", "[]", "NaN"}) {
    const Answer answer = decode(R"({"type":"position","id":)" + std::string(id) + R"(,"lat":1,"lon":2,"ts":3})");
    EXPECT_EQ(answer.batch.request_id, std::nullopt) << id;
    EXPECT_EQ(answer.batch.fixes.size(), 1U);
  }
  EXPECT_EQ(decode(R"({"type":"position","id":9223372036854775807})").batch.request_id, 9223372036854775807);
}

TEST(FixDecoder, IgnoresAnIdWithoutAMessageType) {
  EXPECT_EQ(decode(R"({"id":7,"lat":1,"lon":2,"ts":3})").batch.request_id, std::nullopt);
  const Answer other = decode(R"({"type":"Feature","id":7,"lat":1,"lon":2,"ts":3})");
  EXPECT_EQ(other.batch.request_id, std::nullopt);
  EXPECT_FALSE(other.batch.is_message);
  EXPECT_FALSE(decode(R"({"type":"position","employeeId":7})", Dialect::employee).batch.is_message);
}

TEST(FixDecoder, TellsTheRequestIdOfAMessageThatHoldsNoList) {
  const Answer answer = decode(R"({"type":"positions","id":8,"positions":[]})");
  EXPECT_EQ(answer.error, "bad_request");
  EXPECT_TRUE(answer.batch.is_message);
  EXPECT_EQ(answer.batch.request_id, 8);
}

TEST(FixDecoder, IgnoresFieldsItDoesNotKnow) {
  EXPECT_EQ(one(record_with(R"("x":1,"y":"\ud83d\ude9a \/","z":[[{"lat":5}]],"w":{"lat":6,"recorded_at":7},"":null)"))
                .fix.at.latitude_deg,
            12.97);
}

TEST(FixDecoder, SkipsAByteOrderMark) {
  EXPECT_EQ(one("\xef\xbb\xbf" + record_at("1", "2")).problem, nullptr);
  EXPECT_EQ(error_of("\xef\xbb" + record_at("1", "2")), "bad_json");
}

TEST(FixDecoder, ReadsAPaddedTextWhateverIsBehindIt) {
  FixDecoder decoder;
  const DecodeLimits limits;
  for (const std::string_view text :
       {R"([{"lat":1},{"lat":2}])", R"({"lat":1,"lon":2,"ts":3})", R"([[1])", R"({"a":{"b":1})", R"([{"a":[1])",
        R"({"a":[{}])", R"([1)", R"({"a":12)", "[1,2", R"({"a":"b)"}) {
    const Answer expected = reference_answer_of(text, Dialect::native, limits);
    for (const char behind : {'\0', ' ', ']', '}', ',', '"', '1', ':', '{', '[', 'x'}) {
      const std::string padded = std::string(text) + std::string(text_padding_bytes, behind);
      Answer answer;
      const auto result =
          decoder.decode(std::string_view(padded).substr(0, text.size()), Dialect::native, limits, true, answer.batch);
      if (!result.has_value()) answer.error = result.error().code;
      EXPECT_EQ(difference(answer, expected), "") << text << " before " << behind;
    }
  }
}

TEST(FixDecoder, ReadsABodyOfManyFixesAndThenASmallOne) {
  FixDecoder decoder;
  DecodeLimits limits;
  limits.fixes_max = 100'000;
  std::string body = "[" + record_at("1", "2");
  for (int i = 1; i < 50'000; ++i) body += "," + record_at("1", "2");
  body += "]";
  EXPECT_EQ(answer_of(decoder, body, Dialect::native, limits).batch.fixes.size(), 50'000U);
  EXPECT_EQ(answer_of(decoder, record_at("1", "2"), Dialect::native, limits).batch.fixes.size(), 1U);
}

}  // namespace
}  // namespace fieldcast::codec
