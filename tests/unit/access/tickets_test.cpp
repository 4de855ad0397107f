#include "fieldcast/access/tickets.hpp"

#include <gtest/gtest.h>

namespace fieldcast::access {
namespace {

constexpr Timestamp start = from_unix_ms(1'800'000'000'000);

ClaimsPtr someone(std::string_view name = "u1") {
  auto claims = std::make_shared<Claims>();
  claims->user = UserId(name);
  return claims;
}
std::string random_bytes(int i) {
  std::string bytes(16, '\x5A');
  for (std::size_t k = 0; k < 4; ++k) bytes[k] = static_cast<char>(i >> (8 * k));
  return bytes;
}

TEST(Tickets, AreValidOnce) {
  Tickets tickets;
  const auto claims = someone();
  const std::string ticket = tickets.issue(claims, random_bytes(1), start);
  EXPECT_EQ(ticket.size(), 22U);
  EXPECT_EQ(tickets.redeem(ticket, start), claims);
  EXPECT_EQ(tickets.redeem(ticket, start), nullptr);
}

TEST(Tickets, AreValidForTheirTime) {
  Tickets tickets(seconds{30});
  const std::string first = tickets.issue(someone(), random_bytes(1), start);
  const std::string second = tickets.issue(someone(), random_bytes(2), start);
  EXPECT_NE(tickets.redeem(first, start + milliseconds{29'999}), nullptr);
  EXPECT_EQ(tickets.redeem(second, start + seconds{30}), nullptr);
  EXPECT_EQ(tickets.redeem(second, start), nullptr) << "a try after its time uses it up";
}

TEST(Tickets, AreNotGuessed) {
  Tickets tickets;
  const std::string ticket = tickets.issue(someone(), random_bytes(1), start);
  EXPECT_EQ(tickets.redeem("", start), nullptr);
  EXPECT_EQ(tickets.redeem(ticket + "A", start), nullptr);
  EXPECT_EQ(tickets.redeem(ticket.substr(1), start), nullptr);
}

TEST(Tickets, ForgetTheOldestWhenTooManyAreOut) {
  Tickets tickets(seconds{30}, 2);
  const std::string first = tickets.issue(someone(), random_bytes(1), start);
  const std::string second = tickets.issue(someone(), random_bytes(2), start);
  const std::string third = tickets.issue(someone(), random_bytes(3), start);
  EXPECT_EQ(tickets.redeem(first, start), nullptr);
  EXPECT_NE(tickets.redeem(second, start), nullptr);
  EXPECT_NE(tickets.redeem(third, start), nullptr);
}

TEST(Tickets, KeepOneThatWaitsWhileManyOthersComeAndGo) {
  Tickets tickets(seconds{30}, 4);
  const std::string waits = tickets.issue(someone("waits"), random_bytes(0), start);
  for (int i = 1; i < 1'000; ++i) {
    const std::string ticket = tickets.issue(someone(), random_bytes(i), start);
    ASSERT_NE(tickets.redeem(ticket, start), nullptr);
  }
  const auto claims = tickets.redeem(waits, start);
  ASSERT_NE(claims, nullptr);
  EXPECT_EQ(claims->user.str(), "waits");
}

TEST(Tickets, LetGoOfClaimsWhoseTimeIsOver) {
  Tickets tickets(seconds{30});
  const auto claims = someone();
  tickets.issue(claims, random_bytes(1), start);
  tickets.issue(someone(), random_bytes(2), start + seconds{31});
  EXPECT_EQ(claims.use_count(), 1);
}

}  // namespace
}  // namespace fieldcast::access
