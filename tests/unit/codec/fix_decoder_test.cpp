#include "fieldcast/codec/fix_decoder.hpp"

#include "fieldcast/base/rfc3339.hpp"
#include "unit/codec/difference.hpp"

#include <gtest/gtest.h>

namespace fieldcast::codec {
namespace {

/// The answer of both decoders, which must be one.
Answer decode(std::string_view text, Dialect dialect = Dialect::native, const DecodeLimits& limits = {}) {
  FixDecoder decoder;
  const Answer answer = answer_of(decoder, text, dialect, limits);
  EXPECT_EQ(difference(answer, reference_answer_of(text, dialect, limits)), "") << text;
  return answer;
}

std::string error_of(std::string_view text, Dialect dialect = Dialect::native, const DecodeLimits& limits = {}) {
  return decode(text, dialect, limits).error;
}

/// The one fix of a text.
DecodedFix one(std::string_view text, Dialect dialect = Dialect::native) {
  const Answer answer = decode(text, dialect);
  EXPECT_EQ(answer.error, "") << text;
  EXPECT_EQ(answer.batch.fixes.size(), 1U) << text;
  return answer.batch.fixes.empty() ? DecodedFix{} : answer.batch.fixes.front();
}

std::string_view problem_of(std::string_view text, Dialect dialect = Dialect::native) {
  const DecodedFix fix = one(text, dialect);
  return fix.problem == nullptr ? "" : fix.problem->code;
}

constexpr std::string_view when = R"("recorded_at":"2026-11-22T08:15:30.250Z")";
const Timestamp when_time = from_unix_ms(1'795'335'330'250);

/// A good native record with `more` among its members.
std::string record_with(std::string_view more) {
  return std::string(R"({"lat":12.97,"lon":77.59,)").append(when).append(",").append(more).append("}");
}
std::string record_at(std::string_view latitude, std::string_view longitude) {
  std::string text = R"({"lat":)";
  return text.append(latitude).append(R"(,"lon":)").append(longitude).append(",").append(when).append("}");
}
std::string record_when(std::string_view time) {
  return std::string(R"({"lat":12.97,"lon":77.59,"recorded_at":)").append(time).append("}");
}
Fix fix_with(std::string_view more) { return one(record_with(more)).fix; }

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

TEST(FixDecoder, TakesNumbersAsText) {
  const Fix fix =
      one(R"({"lat":"12.97","lon":"-7.5e1","recorded_at":"1795335330250","speed":"7.2","battery":"81"})").fix;
  EXPECT_EQ(fix.at.latitude_deg, 12.97);
  EXPECT_EQ(fix.at.longitude_deg, -75.0);
  EXPECT_EQ(fix.recorded_at, when_time);
  EXPECT_EQ(fix.speed_mps, 7.2F);
  EXPECT_EQ(fix.battery, 0.81F);
}

TEST(FixDecoder, ReadsEveryDigitOfANumber) {
  for (const char* number : {"12.970000000000001",
                             "0.14089718836151772746278",
                             "0.1",
                             "1e-7",
                             "123456789012345678901234567890",
                             "0.000000000000000000000000000000000012345678901234567890123",
                             "4.9e-324",
                             "1e-400",
                             "2.2250738585072011e-308",
                             "1.7976931348623157e308",
                             "9007199254740993",
                             "-0",
                             "-0.0",
                             "18446744073709551615",
                             "18446744073709551616",
                             "-9223372036854775808",
                             "-9223372036854775809",
                             "1E+2",
                             "1e0000000000000000000002",
                             "1e-99999999999999999999",
                             "0e999",
                             "0.0000e99999",
                             "1e-9999999999999999999",
                             "1e-18446744073709551617"}) {
    const DecodedFix fix = one(record_at(number, "0"));
    EXPECT_EQ(fix.problem, nullptr) << number;
    EXPECT_EQ(fix.fix.at.latitude_deg, std::strtod(number, nullptr)) << number;
    EXPECT_FALSE(std::signbit(fix.fix.at.latitude_deg) && fix.fix.at.latitude_deg == 0) << number;
  }
}

TEST(FixDecoder, LetsOnlyTheRecordSufferThatHoldsNoNumber) {
  for (const std::string_view odd : {"NaN", "Infinity", "-Infinity", "nan", "-nan", "inf", "-inf", "1e999", "-1e999",
                                     "1E+400", "1e9999999999999999999", "1e18446744073709551616"}) {
    const Answer answer = decode("[" + record_at("1", "2") + ", " + record_at(odd, "0") + "," + record_at("1", odd) +
                                 " ," + record_when(odd) + "," + std::string(odd) + " , " + record_at("3", "4") + "]");
    ASSERT_EQ(answer.error, "") << odd;
    ASSERT_EQ(answer.batch.fixes.size(), 6U);
    EXPECT_EQ(answer.batch.fixes[0].problem, nullptr);
    EXPECT_EQ(answer.batch.fixes[1].problem, &outcome::latitude_not_a_number) << odd;
    EXPECT_EQ(answer.batch.fixes[1].record, record_at(odd, "0"));
    EXPECT_EQ(answer.batch.fixes[2].problem, &outcome::longitude_not_a_number) << odd;
    EXPECT_EQ(answer.batch.fixes[3].problem, &outcome::recorded_at_unreadable) << odd;
    EXPECT_EQ(answer.batch.fixes[4].problem, &outcome::record_not_an_object) << odd;
    EXPECT_EQ(answer.batch.fixes[4].record, odd);
    EXPECT_EQ(answer.batch.fixes[5].problem, nullptr);
  }
  const std::string digits(400, '9');
  EXPECT_EQ(problem_of(record_at(digits, "0")), "latitude_not_a_number");
}

TEST(FixDecoder, LooksForOddNumbersOutsideOfTextsOnly) {
  const DecodedFix fix = one(record_with(R"("agent":"NaN","team":"a \" NaN , 1e999","x":NaN)"));
  EXPECT_EQ(fix.problem, nullptr);
  EXPECT_EQ(fix.agent, "NaN");
  EXPECT_EQ(fix.team, "a \" NaN , 1e999");
}

TEST(FixDecoder, ReadsTimesInEverySpelling) {
  for (const std::string_view time :
       {"\"2026-11-22T08:15:30.250Z\"", "\"2026-11-22T13:45:30.25+05:30\"", "1795335330250", "1795335330.25",
        "\"1795335330.25\"", "1795335330250.4", "17953353302.5e-1", "1.79533533025e9", "\"2026-11-22 08:15:30.250\""}) {
    const DecodedFix fix = one(record_when(time));
    EXPECT_EQ(fix.problem, nullptr) << time;
    EXPECT_EQ(fix.fix.recorded_at, when_time) << time;
  }
}

TEST(FixDecoder, TellsSecondsFromMillisecondsByTheirSize) {
  EXPECT_EQ(one(record_when("0")).fix.recorded_at, from_unix_ms(0));
  EXPECT_EQ(one(record_when("99999999999")).fix.recorded_at, from_unix_ms(99'999'999'999'000));
  EXPECT_EQ(one(record_when("100000000000")).fix.recorded_at, from_unix_ms(100'000'000'000));
  EXPECT_EQ(one(record_when("-99999999")).fix.recorded_at, from_unix_ms(-99'999'999'000));
  EXPECT_EQ(one(record_when("-1000000000000")).fix.recorded_at, from_unix_ms(-1'000'000'000'000));
  EXPECT_EQ(one(record_when("253402300799999")).fix.recorded_at, from_unix_ms(253'402'300'799'999));
  EXPECT_EQ(one(record_when("1795335330.001")).fix.recorded_at, from_unix_ms(1'795'335'330'001));
  EXPECT_EQ(one(record_when("1795335330.999")).fix.recorded_at, from_unix_ms(1'795'335'330'999));
}

TEST(FixDecoder, KnowsTheOtherNamesOfAField) {
  const Fix fix = one(R"({"latitude":1,"longitude":2,"timestamp":5,"accuracy":3,"speed":4,"course":5,"altitude":6,)"
                      R"("battery_level":0.5})")
                      .fix;
  EXPECT_EQ(fix.at.latitude_deg, 1);
  EXPECT_EQ(fix.at.longitude_deg, 2);
  EXPECT_EQ(fix.recorded_at, from_unix_ms(5000));
  EXPECT_EQ(fix.accuracy_m, 3);
  EXPECT_EQ(fix.speed_mps, 4);
  EXPECT_EQ(fix.heading_deg, 5);
  EXPECT_EQ(fix.altitude_m, 6);
  EXPECT_EQ(fix.battery, 0.5F);
  EXPECT_EQ(one(R"({"lat":1,"lng":2,"time":5,"bearing":9})").fix.heading_deg, 9);
  EXPECT_EQ(one(R"({"lat":1,"lng":2,"ts":5,"heading":9})").fix.at.longitude_deg, 2);
  EXPECT_EQ(one(R"({"lat":1,"lng":2,"ts":5})").fix.recorded_at, from_unix_ms(5000));
}

TEST(FixDecoder, PrefersOneNameWhateverTheOrder) {
  for (const std::string_view text :
       {R"({"lat":1,"latitude":9,"lon":2,"lng":9,"longitude":9,"recorded_at":3,"timestamp":9,"time":9,"ts":9,)"
        R"("heading_deg":4,"heading":9,"bearing":9,"course":9,"speed_mps":5,"speed":9})",
        R"({"speed":9,"speed_mps":5,"course":9,"bearing":9,"heading":9,"heading_deg":4,"ts":9,"time":9,"timestamp":9,)"
        R"("recorded_at":3,"longitude":9,"lng":9,"lon":2,"latitude":9,"lat":1})"}) {
    const Fix fix = one(text).fix;
    EXPECT_EQ(fix.at.latitude_deg, 1);
    EXPECT_EQ(fix.at.longitude_deg, 2);
    EXPECT_EQ(fix.recorded_at, from_unix_ms(3000));
    EXPECT_EQ(fix.heading_deg, 4);
    EXPECT_EQ(fix.speed_mps, 5);
  }
  EXPECT_EQ(one(R"({"lat":null,"latitude":1,"lon":null,"lng":2,"recorded_at":null,"ts":3})").fix.at.latitude_deg, 1);
}

TEST(FixDecoder, TakesTheLastOfTwoValuesForOneKey) {
  EXPECT_EQ(one(R"({"lat":9,"lon":2,"ts":3,"lat":1})").fix.at.latitude_deg, 1);
  EXPECT_EQ(problem_of(R"({"lat":9,"lon":2,"ts":3,"lat":null})"), "latitude_missing");
  EXPECT_EQ(fix_with(R"("attributes":{"a":1},"attributes":{"b":2})").attributes, R"({"b":2})");
  EXPECT_EQ(fix_with(R"("attributes":{"a":1},"attributes":null)").attributes, "");
  EXPECT_EQ(decode(R"({"positions":[{},{}],"positions":[{}]})").batch.fixes.size(), 1U);
  EXPECT_EQ(error_of(R"({"positions":[{},{}],"positions":5})"), "bad_request");
  EXPECT_EQ(decode(R"({"lat":1,"positions":[{},{"attributes":{"x":1}}],"attributes":{"y":2},"positions":null})")
                .batch.fixes.size(),
            1U);
}

TEST(FixDecoder, ReadsKeysAndTextsWithEscapes) {
  const DecodedFix fix =
      one(R"({"l\u0061t":1,"lon":2,"\u0074s":3,"agent":"\u0061\/\"b","team":"caf\u00e9 \ud83d\ude9a"})");
  EXPECT_EQ(fix.problem, nullptr);
  EXPECT_EQ(fix.agent, "a/\"b");
  EXPECT_EQ(fix.team, "café 🚚");
}

TEST(FixDecoder, DropsOptionalFieldsThatMakeNoSense) {
  for (const std::string_view wrong : {"-1", "\"fast\"", "true", "[]", "{}", "null", "NaN", "1e999", "1e39", "\"\""}) {
    const auto field = [wrong](std::string_view name) {
      return std::string("\"").append(name).append("\":").append(wrong);
    };
    EXPECT_FALSE(known(fix_with(field("speed_mps")).speed_mps)) << wrong;
    EXPECT_FALSE(known(fix_with(field("accuracy_m")).accuracy_m)) << wrong;
    EXPECT_FALSE(known(fix_with(field("heading_deg")).heading_deg)) << wrong;
    EXPECT_FALSE(known(fix_with(field("battery")).battery)) << wrong;
    if (wrong != "-1") {
      EXPECT_FALSE(known(fix_with(field("altitude_m")).altitude_m)) << wrong;
    }
  }
  EXPECT_EQ(fix_with(R"("activity":"flying")").activity, Activity::unknown);
  EXPECT_EQ(fix_with(R"("activity":3)").activity, Activity::unknown);
  EXPECT_EQ(fix_with(R"("attributes":"text")").attributes, "");
  EXPECT_EQ(fix_with(R"("attributes":[1])").attributes, "");
}

TEST(FixDecoder, TakesABatteryAsAFractionOrInPercent) {
  EXPECT_EQ(fix_with(R"("battery":0)").battery, 0);
  EXPECT_EQ(fix_with(R"("battery":1)").battery, 1);
  EXPECT_EQ(fix_with(R"("battery":81)").battery, 0.81F);
  EXPECT_EQ(fix_with(R"("battery":100)").battery, 1);
  EXPECT_FALSE(known(fix_with(R"("battery":100.5)").battery));
  EXPECT_FALSE(known(fix_with(R"("battery":-0.01)").battery));
}

TEST(FixDecoder, LeavesHeadingsBeyondARoundToIngest) { EXPECT_EQ(fix_with(R"("heading":725)").heading_deg, 725); }

TEST(FixDecoder, KeepsAttributesAsTheyCameButForWhiteSpace) {
  EXPECT_EQ(fix_with(R"("attributes": { "a" : [ 1.50 , "x  y" , { } ] ,
                     "b":"\u00e9\"  ", "n":1e2, "a": null } )")
                .attributes,
            R"({"a":[1.50,"x  y",{}],"b":"\u00e9\"  ","n":1e2,"a":null})");
  EXPECT_EQ(fix_with(R"("attributes":{})").attributes, "{}");
}

TEST(FixDecoder, DropsAttributesThatNobodyElseCouldRead) {
  EXPECT_EQ(fix_with(R"("attributes":{"a":NaN})").attributes, "");
  EXPECT_EQ(fix_with(R"("attributes":{"a":1e999})").attributes, "");
  EXPECT_EQ(fix_with(R"("x":NaN,"attributes":{"a":"NaN"})").attributes, R"({"a":"NaN"})");
  EXPECT_EQ(fix_with(R"("x":{"y":NaN},"attributes":{"a":2})").attributes, R"({"a":2})");
}

TEST(FixDecoder, SetsAsideARecordWithTooManyAttributes) {
  const auto attributes = [](std::size_t bytes) {
    return R"("attributes": { "a":")" + std::string(bytes - 8, 'x') + "\" }";
  };
  EXPECT_EQ(one(record_with(attributes(2048))).problem, nullptr);
  EXPECT_EQ(one(record_with(attributes(2048))).fix.attributes.size(), 2048U);
  const DecodedFix big = one(record_with(attributes(2049)));
  EXPECT_EQ(big.problem, &outcome::record_too_big);
  EXPECT_EQ(big.fix.attributes, "");
}

TEST(FixDecoder, TakesIdsAsTextOrWholeNumbers) {
  EXPECT_EQ(one(record_with(R"("agent":42)")).agent, "42");
  EXPECT_EQ(one(record_with(R"("agent":18446744073709551615)")).agent, "18446744073709551615");
  EXPECT_EQ(one(record_with(R"("agent":"वाहन")")).agent, "वाहन");
  for (const std::string_view wrong : {"-5", "4.2", "1e3", "18446744073709551616", "true", "null", "\"\"", "{}",
                                       "\"a\\u0000b\"", "\"line\\nbreak\"", "NaN"}) {
    EXPECT_EQ(one(record_with("\"agent\":" + std::string(wrong))).agent, "") << wrong;
  }
  EXPECT_EQ(one(record_with("\"agent\":\"" + std::string(129, 'a') + "\"")).agent, "");
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

TEST(FixDecoder, ReadsTheEmployeeDialect) {
  const DecodedFix fix = one(
      R"({"employeeId":"E-7","latitude":12.97,"longitude":77.59,"timestamp":1795335330250,"accuracy":5,"speed":7.5,)"
      R"("batteryLevel":80})",
      Dialect::employee);
  EXPECT_EQ(fix.problem, nullptr);
  EXPECT_EQ(fix.agent, "E-7");
  EXPECT_EQ(fix.fix.recorded_at, when_time);
  EXPECT_EQ(fix.fix.speed_mps, 7.5F);
  EXPECT_EQ(one(R"({"employeeId":7,"latitude":1,"longitude":2,"timestamp":3})", Dialect::employee).agent, "7");
  EXPECT_EQ(problem_of(R"({"employeeId":7,"latitude":1,"longitude":2})", Dialect::employee), "recorded_at_missing");
}

TEST(FixDecoder, ReadsTheVehicleDialectWithItsSpeedInKilometresPerHour) {
  const DecodedFix fix =
      one(R"({"vehicleId":"KA-01","lat":12.97,"lng":77.59,"speed":36,"time":"2026-11-22T08:15:30.250Z"})",
          Dialect::vehicle);
  EXPECT_EQ(fix.problem, nullptr);
  EXPECT_EQ(fix.agent, "KA-01");
  EXPECT_EQ(fix.fix.speed_mps, 10.0F);
  EXPECT_EQ(fix.fix.recorded_at, when_time);
  EXPECT_EQ(one(R"({"lat":1,"lng":2,"time":3,"speed":"36"})", Dialect::vehicle).fix.speed_mps, 10.0F);
  EXPECT_EQ(one(R"({"lat":1,"lng":2,"time":3,"speed_mps":36})", Dialect::vehicle).fix.speed_mps, 36.0F);
  EXPECT_FALSE(known(one(R"({"lat":1,"lng":2,"time":3,"speed":-36})", Dialect::vehicle).fix.speed_mps));
}

TEST(FixDecoder, ReadsBatchesOfVehiclesAndEmployees) {
  const Answer answer = decode(R"({"updates":[{"vehicleId":"v","lat":1,"lng":2,"speed":36,"time":3},)"
                               R"({"employeeId":"e","latitude":1,"longitude":2,"speed":36,"timestamp":3},7]})",
                               Dialect::updates);
  ASSERT_EQ(answer.batch.fixes.size(), 3U);
  EXPECT_EQ(answer.batch.fixes[0].agent, "v");
  EXPECT_EQ(answer.batch.fixes[0].fix.speed_mps, 10.0F);
  EXPECT_EQ(answer.batch.fixes[1].agent, "e");
  EXPECT_EQ(answer.batch.fixes[1].fix.speed_mps, 36.0F);
  EXPECT_EQ(answer.batch.fixes[2].problem, &outcome::record_not_an_object);
}

TEST(FixDecoder, TakesOneObjectOrAnArrayInEveryDialect) {
  const std::string_view record = R"({"vehicleId":"v","employeeId":"e","agent":"a","lat":1,"lng":2,"time":3})";
  for (const Dialect dialect : {Dialect::native, Dialect::employee, Dialect::vehicle, Dialect::updates}) {
    EXPECT_EQ(decode(record, dialect).batch.fixes.size(), 1U);
    EXPECT_EQ(decode("[" + std::string(record) + "]", dialect).batch.fixes.size(), 1U);
  }
  EXPECT_EQ(error_of(R"({"updates":[]})", Dialect::updates), "bad_request");
  EXPECT_EQ(error_of(R"({"updates":{}})", Dialect::updates), "bad_request");
}

TEST(FixDecoder, LetsEachDialectNameTheAgentInItsWay) {
  const std::string_view record = R"({"vehicleId":"v","employeeId":"e","agent":"a","lat":1,"lng":2,"time":3})";
  EXPECT_EQ(one(record, Dialect::native).agent, "a");
  EXPECT_EQ(one(record, Dialect::employee).agent, "e");
  EXPECT_EQ(one(record, Dialect::vehicle).agent, "v");
  EXPECT_EQ(one(record, Dialect::updates).agent, "v");
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
