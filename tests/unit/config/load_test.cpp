#include "fieldcast/config/config.hpp"
#include "unit/config/temporary_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fieldcast::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Texts = std::map<std::string, std::string>;

class Configuration : public testing::Test {
 protected:
  /// Loads with a key that is there, so that only what a test does can be a mistake.
  const Config& load_file(const std::string& content, Texts environment = {}, Texts flags = {}) {
    file = content.empty() ? "" : files.write("fieldcast.toml", content);
    flags.emplace("access.secret_file", secret);
    loaded = load(file, environment, flags);
    return loaded.config;
  }
  const Config& load_without_mistake(const std::string& content, Texts environment = {}, Texts flags = {}) {
    load_file(content, std::move(environment), std::move(flags));
    EXPECT_THAT(mistakes(), IsEmpty());
    return loaded.config;
  }
  /// "place: text", the file's folder left out.
  std::vector<std::string> mistakes() const {
    std::vector<std::string> all;
    for (const auto& [place, text] : loaded.mistakes) {
      const bool in_file = !file.empty() && place.starts_with(file);
      all.push_back((in_file ? "file" + place.substr(file.size()) : place) + ": " + text);
    }
    return all;
  }

  TemporaryFiles files;
  std::string secret = files.write("signing.key", "0123456789abcdef0123456789abcdef");
  std::string file;
  Loaded loaded;
};

TEST_F(Configuration, HasADefaultForEverythingButTheKey) {
  const Config& config = load_without_mistake("");
  EXPECT_EQ(config.server.port, 8080);
  EXPECT_EQ(config.server.heartbeat, config.session.heartbeat);
  EXPECT_EQ(config.server.websocket.message_bytes_max, config.session.limits.message_bytes);
  ASSERT_EQ(config.access.keys.size(), 1u);
  EXPECT_EQ(config.access.keys[0].kid, "");
  EXPECT_EQ(config.access.keys[0].algorithm, "HS256");
  EXPECT_EQ(config.access.keys[0].secret_file, secret);
}

TEST_F(Configuration, SaysWhatToDoWithoutAKey) {
  loaded = load("", {}, {});
  ASSERT_EQ(loaded.mistakes.size(), 1u);
  EXPECT_EQ(loaded.mistakes[0].place, "access.secret_file");
  EXPECT_THAT(loaded.mistakes[0].text, HasSubstr("fieldcast token key"));
}

TEST_F(Configuration, TakesEveryKindOfValueFromTheFile) {
  const Config& config = load_without_mistake(R"(
[server]
address = "::1"
port = 0
proxy_protocol = true
trusted_proxies = ["10.0.0.0/8", "::1"]
heartbeat_s = 7
drain_ms = 250
[access]
issuer = "https://id.example"
claims.teams = "app.groups"
[session]
message_bytes = 65536
[ingest]
retention_h = 48
[presence]
parked_radius_m = 25
)");
  EXPECT_EQ(config.server.address, "::1");
  EXPECT_EQ(config.server.port, 0);
  EXPECT_TRUE(config.server.proxy_protocol);
  EXPECT_THAT(config.server.trusted_proxies, ElementsAre("10.0.0.0/8", "::1"));
  EXPECT_EQ(config.server.heartbeat, seconds{7});
  EXPECT_EQ(config.session.heartbeat, seconds{7});
  EXPECT_EQ(config.drain_over, milliseconds{250});
  EXPECT_EQ(config.access.verifier.issuer, "https://id.example");
  EXPECT_EQ(config.access.verifier.names.teams, "app.groups");
  EXPECT_EQ(config.session.limits.message_bytes, 65'536u);
  EXPECT_EQ(config.server.websocket.message_bytes_max, 65'536u);
  EXPECT_EQ(config.ingest.retention, std::chrono::hours{48});
  EXPECT_EQ(config.presence.parked_radius_m, 25);
}

TEST_F(Configuration, LetsTheEnvironmentWinOverTheFileAndFlagsOverBoth) {
  const Config& config = load_without_mistake(
      "[server]\nport = 1\nconnections_max = 1\nshards = 1\n",
      {{"FIELDCAST_SERVER_CONNECTIONS_MAX", "2"}, {"FIELDCAST_SERVER_SHARDS", "2"}}, {{"server.shards", "3"}});
  EXPECT_EQ(config.server.port, 1);
  EXPECT_EQ(config.server.connections_max, 2u);
  EXPECT_EQ(config.shards, 3u);
}

TEST_F(Configuration, KnowsTheVariablesThatPlatformsSet) {
  const Config& config = load_without_mistake(
      "",
      {{"PORT", "1234"}, {"WS_PING_INTERVAL", "20001"}, {"WS_CORS_ORIGIN", "https://a.example, https://b.example"}});
  EXPECT_EQ(config.server.port, 1234);
  EXPECT_EQ(config.server.heartbeat, seconds{21});
  EXPECT_THAT(config.server.origins, ElementsAre("https://a.example", "https://b.example"));
  EXPECT_EQ(config.cors_origins, config.server.origins);
  EXPECT_EQ(load_without_mistake("", {{"PORT", "1234"}, {"FIELDCAST_SERVER_PORT", "5"}}).server.port, 5);
  EXPECT_EQ(load_without_mistake("", {{"PORT", ""}}).server.port, 8080);
}

TEST_F(Configuration, TakesTheUrlsOfDatabaseAndRedisThatPlatformsSet) {
  EXPECT_EQ(load_without_mistake("", {}).store.engine, "sqlite");
  EXPECT_FALSE(load_without_mistake("", {}).ingest.retention);
  EXPECT_FALSE(load_without_mistake("[ingest]\nretention_h = 0", {{"DATABASE_URL", "host=db"}}).ingest.retention);
  const Config config = load_without_mistake(
      "", {{"DATABASE_URL", "postgres://u@db/fc"}, {"DATABASE_READ_URL", "host=replica"}, {"REDIS_URL", "redis://r"}});
  EXPECT_EQ(config.store.engine, "postgres");
  EXPECT_EQ(config.store.postgres.url, "postgres://u@db/fc");
  EXPECT_EQ(config.store.postgres.read_url, "host=replica");
  EXPECT_EQ(config.redis.url, "redis://r");
  EXPECT_EQ(config.ingest.retention, std::chrono::hours(720));
  EXPECT_EQ(load_without_mistake("[store]\nengine = \"sqlite\"", {{"DATABASE_URL", "host=db"}}).store.engine, "sqlite");
}

TEST_F(Configuration, KeepsHistoryAsLongAsTheEngineSuggestsAndTakesNoFixThatWouldGoAtOnce) {
  using std::chrono::days;
  const std::map<std::string, std::string> postgres{{"DATABASE_URL", "host=db"}};
  EXPECT_EQ(load_without_mistake("", {}).retention.positions, days{0});
  EXPECT_EQ(load_without_mistake("", postgres).retention.positions, days{30});
  const Config longer = load_without_mistake("[retention]\npositions_days = 90", postgres);
  EXPECT_EQ(longer.retention.positions, days{90});
  EXPECT_EQ(longer.ingest.retention, days{90});
  const Config forever = load_without_mistake("[retention]\npositions_days = 0", postgres);
  EXPECT_EQ(forever.retention.positions, days{0});
  EXPECT_FALSE(forever.ingest.retention);
  const Config both = load_without_mistake("[retention]\npositions_days = 5\n[ingest]\nretention_h = 24", {});
  EXPECT_EQ(both.retention.positions, days{5});
  EXPECT_EQ(both.ingest.retention, std::chrono::hours{24});
}

TEST_F(Configuration, NeedsNoKeyToWorkOnTheDatabaseAlone) {
  EXPECT_TRUE(load("", {}, {}, Use::database).mistakes.empty());
  EXPECT_FALSE(load("", {}, {}, Use::serving).mistakes.empty());
  EXPECT_FALSE(load("", {}, {{"store.engine", "postgres"}}, Use::database).mistakes.empty());
}

TEST_F(Configuration, RepeatsNoSecretOfAnUrlThatCannotBeUsed) {
  load_file("", {{"DATABASE_URL", "mysql://u:hidden@db/fc"}, {"REDIS_URL", "http://u:hidden@r"}});
  ASSERT_EQ(mistakes().size(), 2u);
  for (const std::string& mistake : mistakes()) EXPECT_EQ(mistake.find("hidden"), std::string::npos) << mistake;
  load_file("[store]\nengine = \"postgres\"", {});
  EXPECT_THAT(mistakes(), ElementsAre("file:2: postgres needs store.postgres_url (or DATABASE_URL)"));
}

TEST_F(Configuration, PassesOverVariablesThatAreNotOurs) {
  load_without_mistake("", {{"FIELDCAST_DATA", "x"},
                            {"FIELDCAST_SERVICE_HOST", "10.0.0.1"},
                            {"FIELDCAST_PORT_8080_TCP", "tcp://10.0.0.1:8080"},
                            {"PATH", "/bin"},
                            {"SERVER_PORT", "x"}});
}

TEST_F(Configuration, ReportsVariablesThatWereMeantForUs) {
  load_file("", {{"FIELDCAST_SERVER_WHATEVER", "1"}, {"FIELDCAST_SEVER_PORT", "1"}, {"FIELDCAST_LOG_LEVEL", "loud"}});
  EXPECT_THAT(mistakes(), ElementsAre("FIELDCAST_LOG_LEVEL: log.level must be one of debug info warning error",
                                      "FIELDCAST_SERVER_WHATEVER: is no key",
                                      "FIELDCAST_SEVER_PORT: is no key; FIELDCAST_SERVER_PORT is"));
}

TEST_F(Configuration, ReportsEveryMistakeAtOnceWithItsPlace) {
  load_file(R"([store]
engine = "oracle"
readers = 2.5

[server]
port = "many"
no_such_key = 1
origns = []
origins = ["https://map.example/"]
trusted_proxies = ["10.0.0.0/8", 7]

[nowhere]
x = 1

[access]
keys = "k"
)",
            {{"FIELDCAST_SERVER_CONNECTIONS_MAX", "0"}, {"PORT", "high"}},
            {{"presence.silent_after_s", "soon"}, {"prot", "1"}, {"server.proxy_protocol", "maybe"}});
  EXPECT_THAT(
      mistakes(),
      ElementsAre("file:2: store.engine must be one of auto sqlite postgres",
                  "file:3: store.readers must be a whole number", "file:6: server.port must be a whole number",
                  "file:7: server.no_such_key is no key", "file:8: server.origns is no key; server.origins is",
                  "file:9: server.origins each must be an origin such as https://map.example (no path, no "
                  "slash at its end), or *",
                  "file:10: server.trusted_proxies must be a list of texts", "file:12: nowhere is no key",
                  "file:16: access.keys must be written as [[access.keys]]", "PORT: server.port must be a whole number",
                  "FIELDCAST_SERVER_CONNECTIONS_MAX: server.connections_max must be from 1 to 10000000",
                  "--presence.silent_after_s: must be a whole number", "--prot: prot is no key",
                  "--server.proxy_protocol: must be true or false"));
}

TEST_F(Configuration, RefusesWhatIsJustOutOfItsRange) {
  for (const auto* port : {"-1", "65536", "99999999999999999999", "1e3", "0x10", ""}) {
    load_file("", {}, {{"server.port", port}});
    EXPECT_EQ(loaded.mistakes.size(), 1u) << port;
    EXPECT_EQ(loaded.config.server.port, 8080);
  }
  EXPECT_EQ(load_without_mistake("", {}, {{"server.port", "65535"}}).server.port, 65'535);
}

TEST_F(Configuration, ReportsAFileThatCannotBeRead) {
  file = files.path("missing.toml");
  EXPECT_EQ(load(file, {}, {}).mistakes.at(0).place, file);
  EXPECT_EQ(load(files.path(""), {}, {}).mistakes.at(0).place, files.path(""));
  EXPECT_EQ(load(files.write("big", std::string(1'100'000, '\n')), {}, {}).mistakes.at(0).place, files.path("big"));
}

TEST_F(Configuration, ReportsTextThatIsNotTomlWithoutRepeatingIt) {
  load_file("[server]\nport = 1\nsecret = hunter2\n");
  ASSERT_EQ(loaded.mistakes.size(), 1u);
  EXPECT_THAT(mistakes()[0], testing::StartsWith("file:3: is not TOML"));
  EXPECT_THAT(mistakes()[0], testing::Not(HasSubstr("hunter2")));
}

TEST_F(Configuration, NeverRepeatsAValue) {
  const std::string value = "hunter2";
  for (const KeyDescription& key : describe_keys()) {
    load_file("", {{"PORT", value}, {"WS_PING_INTERVAL", value}, {"FIELDCAST_SERVER_X", value}}, {{key.name, value}});
    for (const Mistake& mistake : loaded.mistakes) {
      const bool names_a_file = mistake.text.starts_with("cannot read ") || mistake.text.ends_with(" is no folder");
      EXPECT_TRUE(names_a_file || mistake.text.find(value) == std::string::npos) << mistake.text;
    }
  }
}

TEST_F(Configuration, TakesSeveralKeys) {
  const std::string pem = files.write("es256.pem", "-");
  const Config& config = load_without_mistake(
      "[[access.keys]]\nkid = \"a\"\nalgorithm = \"ES256\"\npem_file = \"" + pem +
      "\"\n[[access.keys]]\nkid = \"b\"\nalgorithm = \"HS256\"\nsecret_file = \"" + secret + "\"\n");
  ASSERT_EQ(config.access.keys.size(), 3u);
  EXPECT_EQ(config.access.keys[0].kid, "a");
  EXPECT_EQ(config.access.keys[0].pem_file, pem);
  EXPECT_EQ(config.access.keys[1].secret_file, secret);
}

TEST_F(Configuration, ReportsWhatIsWrongWithAKey) {
  load_file(R"([[access.keys]]
kid = "a"
algorithm = "none"
[[access.keys]]
kid = "a"
algorithm = "HS256"
pem_file = "x"
[[access.keys]]
kid = 1
algorithm = "EdDSA"
pem_file = "/nowhere/key.pem"
secret = "hunter2"
)");
  EXPECT_THAT(mistakes(),
              ElementsAre("file:9: access.keys: kid must be a text",
                          "file:12: access.keys: secret is no key; kid, algorithm, secret_file and pem_file are",
                          "file:1: access.keys: algorithm must be one of HS256 RS256 ES256 EdDSA",
                          "file:4: access.keys: a key for HS256 needs secret_file, and nothing else",
                          "file:4: access.keys: another key has the same kid", "file:8: cannot read /nowhere/key.pem"));
}

TEST_F(Configuration, LooksWhetherItsFilesAreThere) {
  load_file("[server]\ntls_certificate_file = \"/nowhere/a\"\ntls_key_file = \"/nowhere/b\"\n", {},
            {{"access.secret_file", "/nowhere/c"}, {"access.jwks_file", files.path("")}, {"server.web_root", secret}});
  EXPECT_THAT(mistakes(), ElementsAre("file:2: cannot read /nowhere/a", "file:3: cannot read /nowhere/b",
                                      "--server.web_root: " + secret + " is no folder",
                                      "--access.secret_file: cannot read /nowhere/c",
                                      "--access.jwks_file: cannot read " + files.path("")));
}

TEST_F(Configuration, ReportsWhatDoesNotFitTogether) {
  load_file("[server]\ntls_key_file = \"" + secret + "\"\n", {{"FIELDCAST_SERVER_PROXY_PROTOCOL", "true"}},
            {{"presence.silent_after_s", "5000"},
             {"presence.offline_after_s", "5000"},
             {"server.outbox_update_bytes_max", "2000000"}});
  EXPECT_THAT(mistakes(),
              ElementsAre("file:2: server.tls_certificate_file and server.tls_key_file need each other",
                          "FIELDCAST_SERVER_PROXY_PROTOCOL: server.proxy_protocol needs server.trusted_proxies",
                          "--server.outbox_update_bytes_max: server.outbox_update_bytes_max must not be above "
                          "server.outbox_bytes_max",
                          "--presence.offline_after_s: presence.offline_after_s must be above presence.silent_after_s",
                          "presence.parked_silent_after_s: presence.parked_silent_after_s must not be below "
                          "presence.silent_after_s"));
}

TEST_F(Configuration, TakesAnyOriginThatABrowserSends) {
  for (const auto* origin : {"*", "https://map.example", "http://localhost:5173", "capacitor://localhost"}) {
    load_without_mistake("", {}, {{"server.origins", origin}});
  }
  for (const auto* origin : {"map.example", "https://", "://x", "https://a.example/x", "https://a.example/"}) {
    load_file("", {}, {{"server.origins", origin}});
    EXPECT_EQ(loaded.mistakes.size(), 1u) << origin;
  }
}

TEST_F(Configuration, MayEmptyAListOrATextByAFlag) {
  const Config& config = load_without_mistake("[server]\norigins = [\"*\"]\n[access]\nissuer = \"x\"\n", {},
                                              {{"server.origins", ""}, {"access.issuer", ""}});
  EXPECT_THAT(config.server.origins, IsEmpty());
  EXPECT_FALSE(config.access.verifier.issuer);
}

}  // namespace
}  // namespace fieldcast::config
