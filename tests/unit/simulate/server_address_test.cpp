#include "fieldcast/simulate/server_address.hpp"

#include "fieldcast/simulate/simulate.hpp"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

namespace fieldcast::simulate {
namespace {

TEST(ServerAddress, IsReadFromAUrl) {
  const auto address = parse_server_address("ws://127.0.0.1:8080/v1/ws?x=1#y");
  ASSERT_TRUE(address);
  EXPECT_FALSE(address->tls);
  EXPECT_EQ(address->host, "127.0.0.1");
  EXPECT_EQ(address->port, 8080);
  EXPECT_EQ(address->target, "/v1/ws?x=1");
  EXPECT_EQ(address->authority(), "127.0.0.1:8080");
}

TEST(ServerAddress, FillsInWhatIsLeftOut) {
  EXPECT_EQ(parse_server_address("http://a")->port, 80);
  EXPECT_EQ(parse_server_address("wss://a")->port, 443);
  EXPECT_TRUE(parse_server_address("https://a/")->tls);
  EXPECT_EQ(parse_server_address("https://a/")->target, "/v1/ws");
  EXPECT_EQ(parse_server_address("ws://a?ticket=t")->target, "/v1/ws?ticket=t");
  EXPECT_EQ(parse_server_address("ws://[::1]:9")->host, "::1");
  EXPECT_EQ(parse_server_address("ws://[::1]:9")->authority(), "[::1]:9");
}

TEST(ServerAddress, RefusesWhatIsNoUrl) {
  for (const char* url : {"", "localhost:8080", "ftp://a", "ws://", "ws://:80", "ws://a:0", "ws://a:65536", "ws://a:x",
                          "ws://a:", "ws://[::1", "ws://[::1]x", "ws://a/b c", "ws://a/\r\nX: y"})
    EXPECT_EQ(parse_server_address(url).error().code, "bad_url") << url;
}

class TokenSourceTest : public testing::Test {
 protected:
  void SetUp() override {
    file_ = std::filesystem::path(testing::TempDir()) / "fieldcast_token_source_secret";
    std::ofstream(file_) << secret_ << "\n";
    credentials_.key_file = file_.string();
  }
  void TearDown() override { std::filesystem::remove(file_); }
  access::ClaimsPtr verified(const std::string& token) {
    access::KeyRing keys;
    EXPECT_TRUE(keys.add_secret("", secret_));
    const access::Verifier verifier(std::move(keys), {});
    auto claims = verifier.verify(token, read_clock().wall);
    return claims ? *claims : nullptr;
  }

  const std::string secret_ = "0123456789abcdef0123456789abcdef";
  std::filesystem::path file_;
  Credentials credentials_;
};

TEST_F(TokenSourceTest, MakesTokensThatTheServerTakes) {
  credentials_.org = "acme";
  const auto source = TokenSource::open(credentials_);
  ASSERT_TRUE(source);
  EXPECT_FALSE(source->shared());
  const auto agent = verified(*source->agent("a1", "north", "Asha"));
  ASSERT_NE(agent, nullptr);
  EXPECT_EQ(agent->role, access::Role::agent);
  EXPECT_EQ(agent->user.str(), "a1");
  EXPECT_EQ(agent->org.str(), "acme");
  EXPECT_EQ(agent->team.str(), "north");
  EXPECT_EQ(agent->name, "Asha");
  const auto manager = verified(*source->manager("m", {}));
  ASSERT_NE(manager, nullptr);
  EXPECT_EQ(manager->role, access::Role::manager);
  EXPECT_TRUE(manager->all_teams);
}

TEST_F(TokenSourceTest, GivesEverybodyTheTokenThatItWasGiven) {
  credentials_.token = "ready";
  const auto source = TokenSource::open(credentials_);
  ASSERT_TRUE(source);
  EXPECT_TRUE(source->shared());
  EXPECT_EQ(*source->agent("a", "t", "n"), "ready");
  EXPECT_EQ(*source->manager("m", {}), "ready");
}

TEST_F(TokenSourceTest, RefusesWhatItCannotSignWith) {
  EXPECT_EQ(TokenSource::open({}).error().code, "token_missing");
  credentials_.key_algorithm = "none";
  EXPECT_EQ(TokenSource::open(credentials_).error().code, "key_unusable");
  credentials_.key_algorithm = "HS256";
  credentials_.key_file += "-absent";
  EXPECT_EQ(TokenSource::open(credentials_).error().code, "key_unusable");
}

TEST(TeamNames, AreWordsOrANumberOfThem) {
  EXPECT_EQ(team_names({}), std::vector<std::string>{"north"});
  EXPECT_EQ(team_names({"a", "b"}), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(team_names({"2"}), (std::vector<std::string>{"north", "south"}));
  EXPECT_EQ(team_names({"8"}).back(), "team-8");
  EXPECT_EQ(team_names({"2nd"}), std::vector<std::string>{"2nd"});
  EXPECT_EQ(team_names({"0"}), std::vector<std::string>{"0"});
}

}  // namespace
}  // namespace fieldcast::simulate
