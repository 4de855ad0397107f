// What the fields of a record mean, in every dialect.
#include "unit/codec/both_decoders.hpp"

#include <cstdlib>

namespace fieldcast::codec {
namespace {

TEST(FixFields, TakesNumbersAsText) {
  const Fix fix =
      one(R"({"lat":"12.97","lon":"-7.5e1","recorded_at":"1795335330250","speed":"7.2","battery":"81"})").fix;
  EXPECT_EQ(fix.at.latitude_deg, 12.97);
  EXPECT_EQ(fix.at.longitude_deg, -75.0);
  EXPECT_EQ(fix.recorded_at, when_time);
  EXPECT_EQ(fix.speed_mps, 7.2F);
  EXPECT_EQ(fix.battery, 0.81F);
}

TEST(FixFields, ReadsEveryDigitOfANumber) {
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

TEST(FixFields, LetsOnlyTheRecordSufferThatHoldsNoNumber) {
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

TEST(FixFields, LooksForOddNumbersOutsideOfTextsOnly) {
  const DecodedFix fix = one(record_with(R"("agent":"NaN","team":"a \" NaN , 1e999","x":NaN)"));
  EXPECT_EQ(fix.problem, nullptr);
  EXPECT_EQ(fix.agent, "NaN");
  EXPECT_EQ(fix.team, "a \" NaN , 1e999");
}

TEST(FixFields, ReadsTimesInEverySpelling) {
  for (const std::string_view time :
       {"\"2026-11-22T08:15:30.250Z\"", "\"2026-11-22T13:45:30.25+05:30\"", "1795335330250", "1795335330.25",
        "\"1795335330.25\"", "1795335330250.4", "17953353302.5e-1", "1.79533533025e9", "\"2026-11-22 08:15:30.250\""}) {
    const DecodedFix fix = one(record_when(time));
    EXPECT_EQ(fix.problem, nullptr) << time;
    EXPECT_EQ(fix.fix.recorded_at, when_time) << time;
  }
}

TEST(FixFields, TellsSecondsFromMillisecondsByTheirSize) {
  EXPECT_EQ(one(record_when("0")).fix.recorded_at, from_unix_ms(0));
  EXPECT_EQ(one(record_when("99999999999")).fix.recorded_at, from_unix_ms(99'999'999'999'000));
  EXPECT_EQ(one(record_when("100000000000")).fix.recorded_at, from_unix_ms(100'000'000'000));
  EXPECT_EQ(one(record_when("-99999999")).fix.recorded_at, from_unix_ms(-99'999'999'000));
  EXPECT_EQ(one(record_when("-1000000000000")).fix.recorded_at, from_unix_ms(-1'000'000'000'000));
  EXPECT_EQ(one(record_when("253402300799999")).fix.recorded_at, from_unix_ms(253'402'300'799'999));
  EXPECT_EQ(one(record_when("1795335330.001")).fix.recorded_at, from_unix_ms(1'795'335'330'001));
  EXPECT_EQ(one(record_when("1795335330.999")).fix.recorded_at, from_unix_ms(1'795'335'330'999));
}

TEST(FixFields, KnowsTheOtherNamesOfAField) {
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

TEST(FixFields, PrefersOneNameWhateverTheOrder) {
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

TEST(FixFields, TakesTheLastOfTwoValuesForOneKey) {
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

TEST(FixFields, ReadsKeysAndTextsWithEscapes) {
  const DecodedFix fix =
      one(R"({"l\u0061t":1,"lon":2,"\u0074s":3,"agent":"\u0061\/\"b","team":"caf\u00e9 \ud83d\ude9a"})");
  EXPECT_EQ(fix.problem, nullptr);
  EXPECT_EQ(fix.agent, "a/\"b");
  EXPECT_EQ(fix.team, "café 🚚");
}

TEST(FixFields, DropsOptionalFieldsThatMakeNoSense) {
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

TEST(FixFields, TakesABatteryAsAFractionOrInPercent) {
  EXPECT_EQ(fix_with(R"("battery":0)").battery, 0);
  EXPECT_EQ(fix_with(R"("battery":1)").battery, 1);
  EXPECT_EQ(fix_with(R"("battery":81)").battery, 0.81F);
  EXPECT_EQ(fix_with(R"("battery":100)").battery, 1);
  EXPECT_FALSE(known(fix_with(R"("battery":100.5)").battery));
  EXPECT_FALSE(known(fix_with(R"("battery":-0.01)").battery));
}

TEST(FixFields, LeavesHeadingsBeyondARoundToIngest) { EXPECT_EQ(fix_with(R"("heading":725)").heading_deg, 725); }

TEST(FixFields, KeepsAttributesAsTheyCameButForWhiteSpace) {
  EXPECT_EQ(fix_with(R"("attributes": { "a" : [ 1.50 , "x  y" , { } ] ,
                     "b":"\u00e9\"  ", "n":1e2, "a": null } )")
                .attributes,
            R"({"a":[1.50,"x  y",{}],"b":"\u00e9\"  ","n":1e2,"a":null})");
  EXPECT_EQ(fix_with(R"("attributes":{})").attributes, "{}");
}

TEST(FixFields, DropsAttributesThatNobodyElseCouldRead) {
  EXPECT_EQ(fix_with(R"("attributes":{"a":NaN})").attributes, "");
  EXPECT_EQ(fix_with(R"("attributes":{"a":1e999})").attributes, "");
  EXPECT_EQ(fix_with(R"("x":NaN,"attributes":{"a":"NaN"})").attributes, R"({"a":"NaN"})");
  EXPECT_EQ(fix_with(R"("x":{"y":NaN},"attributes":{"a":2})").attributes, R"({"a":2})");
}

TEST(FixFields, SetsAsideARecordWithTooManyAttributes) {
  const auto attributes = [](std::size_t bytes) {
    return R"("attributes": { "a":")" + std::string(bytes - 8, 'x') + "\" }";
  };
  EXPECT_EQ(one(record_with(attributes(2048))).problem, nullptr);
  EXPECT_EQ(one(record_with(attributes(2048))).fix.attributes.size(), 2048U);
  const DecodedFix big = one(record_with(attributes(2049)));
  EXPECT_EQ(big.problem, &outcome::record_too_big);
  EXPECT_EQ(big.fix.attributes, "");
}

TEST(FixFields, TakesIdsAsTextOrWholeNumbers) {
  EXPECT_EQ(one(record_with(R"("agent":42)")).agent, "42");
  EXPECT_EQ(one(record_with(R"("agent":18446744073709551615)")).agent, "18446744073709551615");
  EXPECT_EQ(one(record_with(R"("agent":"वाहन")")).agent, "वाहन");
  for (const std::string_view wrong : {"-5", "4.2", "1e3", "18446744073709551616", "true", "null", "\"\"", "{}",
                                       "\"a\\u0000b\"", "\"line\\nbreak\"", "NaN"}) {
    EXPECT_EQ(one(record_with("\"agent\":" + std::string(wrong))).agent, "") << wrong;
  }
  EXPECT_EQ(one(record_with("\"agent\":\"" + std::string(129, 'a') + "\"")).agent, "");
}

TEST(FixFields, ReadsTheEmployeeDialect) {
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

TEST(FixFields, ReadsTheVehicleDialectWithItsSpeedInKilometresPerHour) {
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

TEST(FixFields, ReadsBatchesOfVehiclesAndEmployees) {
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

TEST(FixFields, TakesOneObjectOrAnArrayInEveryDialect) {
  const std::string_view record = R"({"vehicleId":"v","employeeId":"e","agent":"a","lat":1,"lng":2,"time":3})";
  for (const Dialect dialect : {Dialect::native, Dialect::employee, Dialect::vehicle, Dialect::updates}) {
    EXPECT_EQ(decode(record, dialect).batch.fixes.size(), 1U);
    EXPECT_EQ(decode("[" + std::string(record) + "]", dialect).batch.fixes.size(), 1U);
  }
  EXPECT_EQ(error_of(R"({"updates":[]})", Dialect::updates), "bad_request");
  EXPECT_EQ(error_of(R"({"updates":{}})", Dialect::updates), "bad_request");
}

TEST(FixFields, LetsEachDialectNameTheAgentInItsWay) {
  const std::string_view record = R"({"vehicleId":"v","employeeId":"e","agent":"a","lat":1,"lng":2,"time":3})";
  EXPECT_EQ(one(record, Dialect::native).agent, "a");
  EXPECT_EQ(one(record, Dialect::employee).agent, "e");
  EXPECT_EQ(one(record, Dialect::vehicle).agent, "v");
  EXPECT_EQ(one(record, Dialect::updates).agent, "v");
}

}  // namespace
}  // namespace fieldcast::codec
