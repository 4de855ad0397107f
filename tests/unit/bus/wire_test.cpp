#include "fieldcast/bus/wire.hpp"

#include <bit>
#include <cmath>
#include <gtest/gtest.h>
#include <random>

namespace fieldcast::bus::wire {
namespace {

const TeamKey north{OrgId("acme"), TeamId("north")};

AgentPosition full() {
  AgentPosition made{
      std::make_shared<const AgentIdentity>(AgentIdentity{north.org, north.team, AgentId("asha\u00fc"), "Asha \"A\""}),
      {}};
  Fix& fix = made.position.fix;
  fix.at = {12.345678901234567, -179.99999999999997};
  fix.recorded_at = from_unix_ms(1'700'000'000'123);
  fix.accuracy_m = 3.3F;
  fix.speed_mps = 0.1F;
  fix.heading_deg = 359.99F;
  fix.altitude_m = -431.5F;
  fix.battery = 0.07F;
  fix.activity = Activity::driving;
  fix.attributes = std::string("{\"a\":\"\0\"}", 9);
  made.position.received_at = from_unix_ms(1'700'000'001'456);
  return made;
}

void expect_same(const AgentPosition& a, const AgentPosition& b) {
  const Fix &x = a.position.fix, &y = b.position.fix;
  EXPECT_EQ(a.agent->key(), b.agent->key());
  EXPECT_EQ(a.agent->team_key(), b.agent->team_key());
  EXPECT_EQ(a.agent->name, b.agent->name);
  EXPECT_EQ(std::bit_cast<std::uint64_t>(x.at.latitude_deg), std::bit_cast<std::uint64_t>(y.at.latitude_deg));
  EXPECT_EQ(std::bit_cast<std::uint64_t>(x.at.longitude_deg), std::bit_cast<std::uint64_t>(y.at.longitude_deg));
  EXPECT_EQ(x.recorded_at, y.recorded_at);
  for (const auto field : {&Fix::accuracy_m, &Fix::speed_mps, &Fix::heading_deg, &Fix::altitude_m, &Fix::battery})
    EXPECT_EQ(std::bit_cast<std::uint32_t>(x.*field), std::bit_cast<std::uint32_t>(y.*field));
  EXPECT_EQ(x.activity, y.activity);
  EXPECT_EQ(x.attributes, y.attributes);
  EXPECT_EQ(a.position.received_at, b.position.received_at);
}

TEST(Wire, BringsPositionsBackExactly) {
  AgentPosition bare{full().agent, {}};
  bare.position.fix.at = {-0.0, 180};
  const std::vector<AgentPosition> sent{full(), bare};
  const auto got = decode_positions(encode_positions({0xfedcba9876543210, 1'234'567}, sent), north).value();
  EXPECT_EQ(got.stamp, (Stamp{0xfedcba9876543210, 1'234'567}));
  ASSERT_EQ(got.positions.size(), 2U);
  expect_same(got.positions[0], sent[0]);
  expect_same(got.positions[1], sent[1]);
}

TEST(Wire, BringsRandomNumbersBackExactly) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> latitude(-90, 90), longitude(-180, 180);
  for (int i = 0; i < 1'000; ++i) {
    AgentPosition sent = full();
    sent.position.fix.at = {latitude(random), longitude(random)};
    const Stamp stamp{random(), random()};
    const auto got = decode_positions(encode_positions(stamp, {&sent, 1}), north).value();
    EXPECT_EQ(got.stamp, stamp);
    expect_same(got.positions.at(0), sent);
    expect_same(decode_cached(encode_cached(sent), north).value(), sent);
  }
}

TEST(Wire, ReadsAStampAlone) {
  const AgentPosition position = full();
  EXPECT_EQ(decode_stamp(encode_positions({5, 6}, {&position, 1})).value(), (Stamp{5, 6}));
}

TEST(Wire, RefusesWhateverIsCutShort) {
  const AgentPosition position = full();
  const std::string bytes = encode_positions({5, 600}, {&position, 1}), cached = encode_cached(position);
  const std::string control = encode_control({5, 600}, position.agent);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_EQ(decode_positions(bytes.substr(0, size), north).error().code, "unreadable") << size;
  for (std::size_t size = 0; size < cached.size(); ++size)
    EXPECT_TRUE(decode_cached(cached.substr(0, size), north).has_error()) << size;
  for (std::size_t size = 0; size < control.size(); ++size)
    EXPECT_TRUE(decode_control(control.substr(0, size)).has_error()) << size;
}

TEST(Wire, PassesOverWhatALaterVersionAppends) {
  const AgentPosition position = full();
  std::string bytes = encode_positions({5, 6}, {&position, 1});
  ASSERT_EQ(static_cast<std::size_t>(bytes[11]), bytes.size() - 12) << "the length of a position stands elsewhere";
  bytes[0] = 2;
  bytes[11] = static_cast<char>(bytes[11] + 3);
  const auto got = decode_positions(bytes + "new" + "more", north).value();
  ASSERT_EQ(got.positions.size(), 1U);
  expect_same(got.positions[0], position);
  EXPECT_TRUE(decode_cached(encode_cached(position) + "new", north).has_value());
  EXPECT_TRUE(decode_control(encode_control({5, 6}, position.agent) + "new").has_value());
}

TEST(Wire, RefusesWhatIsOutOfBounds) {
  const auto refused = [](auto change) {
    AgentPosition position = full();
    change(position);
    return decode_positions(encode_positions({1, 1}, {&position, 1}), north).has_error();
  };
  EXPECT_FALSE(refused([](AgentPosition&) {}));
  EXPECT_TRUE(refused([](AgentPosition& p) { p.position.fix.at.latitude_deg = 90.01; }));
  EXPECT_TRUE(refused([](AgentPosition& p) { p.position.fix.at.longitude_deg = -180.01; }));
  EXPECT_TRUE(refused([](AgentPosition& p) { p.position.fix.at.latitude_deg = std::nan(""); }));
  EXPECT_TRUE(refused([](AgentPosition& p) { p.position.fix.speed_mps = INFINITY; }));
  for (const std::string& id : {std::string(), std::string("a\nb"), std::string(129, 'a'), std::string("\xff")})
    EXPECT_TRUE(refused([&](AgentPosition& p) {
      p.agent = std::make_shared<const AgentIdentity>(AgentIdentity{north.org, north.team, AgentId(id), ""});
    }));
}

TEST(Wire, RefusesACountThatItsBytesCannotHold) {
  std::string bytes = encode_positions({1, 1}, {});
  bytes.back() = '\x7f';
  EXPECT_TRUE(decode_positions(bytes, north).has_error());
}

TEST(Wire, RefusesGarbage) {
  std::mt19937 random(11);
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes(random() % 60, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    const auto got = decode_positions(bytes, north);
    EXPECT_TRUE(got.has_error() || got->positions.size() <= bytes.size());
    (void)decode_cached(bytes, north).has_value();
    (void)decode_control(bytes).has_value();
  }
  EXPECT_TRUE(decode_positions("", north).has_error());
  EXPECT_TRUE(decode_positions(std::string(100, '\0'), north).has_error());
}

TEST(Wire, PutsTheTimeOfACachedValueWhereRedisComparesIt) {
  AgentPosition position = full();
  EXPECT_EQ(encode_cached(position).substr(0, cached_time_digits), "001700000000123");
  position.position.fix.recorded_at = from_unix_ms(0);
  EXPECT_EQ(encode_cached(position).substr(0, cached_time_digits), "000000000000000");
}

TEST(Wire, CutsNothingButWhatNobodyWouldRead) {
  AgentPosition position = full();
  position.position.fix.attributes.assign(attributes_bytes_max + 1, 'x');
  EXPECT_EQ(decode_cached(encode_cached(position), north).value().position.fix.attributes, "");
}

TEST(Wire, BringsRegistrationsAndSeatsBack) {
  const auto agent = full().agent;
  const auto registered = decode_control(encode_control({1, 2}, agent)).value();
  EXPECT_EQ(registered.stamp, (Stamp{1, 2}));
  const auto& got = std::get<AgentIdentityPtr>(registered.control);
  EXPECT_EQ(got->key(), agent->key());
  EXPECT_EQ(got->team_key(), agent->team_key());
  EXPECT_EQ(got->name, agent->name);
  for (const bool late : {false, true}) {
    const SeatTaken seat{agent->key(), from_unix_ms(1'700'000'000'001), late, 0};
    const auto decoded = decode_control(encode_control({3, 4}, seat)).value();
    const auto& taken = std::get<SeatTaken>(decoded.control);
    EXPECT_EQ(taken.agent, seat.agent);
    EXPECT_EQ(taken.taken_at, seat.taken_at);
    EXPECT_EQ(taken.late, late);
  }
}

}  // namespace
}  // namespace fieldcast::bus::wire
