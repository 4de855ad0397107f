#include "fieldcast/simulate/fix_text.hpp"

#include "fieldcast/codec/fix_decoder.hpp"
#include "fieldcast/simulate/random.hpp"

#include <gtest/gtest.h>

namespace fieldcast::simulate {
namespace {

std::string decimal(double value, int decimals) {
  std::string out;
  append_decimal(out, value, decimals);
  return out;
}

TEST(AppendDecimal, WritesTheShortestTextOfSoManyDecimals) {
  EXPECT_EQ(decimal(0, 7), "0");
  EXPECT_EQ(decimal(-0.0, 7), "0");
  EXPECT_EQ(decimal(12.5, 7), "12.5");
  EXPECT_EQ(decimal(-77.5946123, 7), "-77.5946123");
  EXPECT_EQ(decimal(1.0000001, 7), "1.0000001");
  EXPECT_EQ(decimal(-0.00000004, 7), "0");
  EXPECT_EQ(decimal(0.999, 2), "1");
  EXPECT_EQ(decimal(359.6, 0), "360");
  EXPECT_EQ(decimal(400.1666667, 7), "400.1666667");
  EXPECT_EQ(decimal(123456789.25, 2), "123456789.25");
}

TEST(FixText, IsReadBackByTheServersDecoderAsItWas) {
  Random random(2'024);
  codec::FixDecoder decoder;
  codec::FixBatch batch;
  for (int i = 0; i < 1'000; ++i) {
    Fix fix;
    fix.at = {random.uniform(-90, 90), random.uniform(-180, 180)};
    fix.recorded_at = from_unix_ms(1'700'000'000'000 + static_cast<std::int64_t>(random.below(1'000'000'000)));
    fix.accuracy_m = static_cast<float>(random.uniform(0, 100));
    fix.speed_mps = static_cast<float>(random.uniform(0, 40));
    if (i % 2 == 0) fix.altitude_m = static_cast<float>(random.uniform(-50, 4'000));
    fix.battery = static_cast<float>(random.uniform());
    fix.activity = Activity::driving;
    if (i % 3 == 0) fix.attributes = R"({"note":"a \"b\""})";
    std::string text = R"({"type":"position","id":7,)";
    append_fix_members(text, fix);
    text += '}';
    ASSERT_TRUE(decoder.decode(text, codec::Dialect::native, {}, false, batch)) << text;
    ASSERT_EQ(batch.fixes.size(), 1u);
    EXPECT_EQ(batch.request_id, 7);
    const Fix& read = batch.fixes[0].fix;
    ASSERT_EQ(batch.fixes[0].problem, nullptr) << text;
    EXPECT_NEAR(read.at.latitude_deg, fix.at.latitude_deg, 6e-8);
    EXPECT_NEAR(read.at.longitude_deg, fix.at.longitude_deg, 6e-8);
    EXPECT_EQ(read.recorded_at, fix.recorded_at);
    EXPECT_NEAR(read.speed_mps, fix.speed_mps, 0.006);
    EXPECT_NEAR(read.battery, fix.battery, 0.006);
    EXPECT_EQ(known(read.altitude_m), known(fix.altitude_m));
    EXPECT_EQ(read.activity, Activity::driving);
    EXPECT_EQ(read.attributes, fix.attributes);
  }
}

TEST(FixText, StaysJsonForCoordinatesThatAreNoNumbers) {
  Fix fix;
  std::string text;
  append_fix_members(text, fix);
  EXPECT_EQ(text, R"("lat":null,"lon":null,"recorded_at":"1970-01-01T00:00:00.000Z")");
}

}  // namespace
}  // namespace fieldcast::simulate
