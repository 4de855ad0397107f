#include "client.hpp"
#include "echo_application.hpp"
#include "fieldcast/transport/proxy_protocol.hpp"

#include <gtest/gtest.h>

namespace fieldcast::transport::testing {
namespace {

using State = ProxyHeaderReader::State;

std::string v2(char command, char family, std::string_view addresses) {
  std::string out("\r\n\r\n\0\r\nQUIT\n", 12);
  out.push_back(static_cast<char>(0x20 | command));
  out.push_back(family);
  out.push_back(static_cast<char>(addresses.size() >> 8));
  out.push_back(static_cast<char>(addresses.size() & 0xff));
  return out.append(addresses);
}

/// Feeds what it wants until it stops; returns how many bytes it took.
std::size_t feed_all(ProxyHeaderReader& reader, std::string_view bytes, std::size_t at_once = 1'000) {
  std::size_t used = 0;
  while (reader.state() == State::more && used < bytes.size()) {
    const std::size_t take = std::min({reader.wanted(), bytes.size() - used, at_once});
    reader.feed(bytes.substr(used, take));
    used += take;
  }
  return used;
}

TEST(ProxyHeader, IsReadWithoutAByteOfWhatFollows) {
  const std::string ipv4_v2 = v2(1, 0x11, std::string_view("\xc0\x00\x02\x07\x0a\x00\x00\x01\x00\x50\x01\xbb", 12));
  const std::vector<std::pair<std::string, std::string>> headers{
      {"PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\r\n", "192.0.2.7"},
      {"PROXY TCP6 2001:db8::7 2001:db8::1 1 2\r\n", "2001:db8::7"},
      {"PROXY UNKNOWN\r\n", ""},
      {"PROXY UNKNOWN ff::1 ff::2 1 2\r\n", ""},
      {ipv4_v2, "192.0.2.7"},
      {v2(0, 0, ""), ""},
      {v2(1, 0x11, std::string_view("\xc0\x00\x02\x07\x0a\x00\x00\x01\x00\x50\x01\xbb\x04\x00\x01x", 16)), "192.0.2.7"},
  };
  for (const auto& [header, source] : headers)
    for (const std::size_t at_once : {1UL, 7UL, 1'000UL}) {
      ProxyHeaderReader reader;
      EXPECT_EQ(feed_all(reader, header + "GET / HTTP/1.1\r\n\r\n", at_once), header.size()) << header;
      EXPECT_EQ(reader.state(), State::complete) << header;
      EXPECT_EQ(reader.source(), source);
    }
}

TEST(ProxyHeader, RefusesWhatIsNotOne) {
  for (const std::string& bytes :
       {std::string("GET / HTTP/1.1\r\n"), std::string("PROXY TCP4 nonsense\r\n"),
        std::string("PROXY TCP4 1 2 3 4\r\n"), "PROXY TCP4 " + std::string(200, '1'), v2(7, 0x11, std::string(12, 'x')),
        v2(1, 0x11, "short"), v2(1, 0x11, std::string(5'000, 'x'))}) {
    ProxyHeaderReader reader;
    feed_all(reader, bytes);
    EXPECT_EQ(reader.state(), State::invalid) << bytes;
  }
}

std::string get(std::string_view headers = {}) {
  return "GET / HTTP/1.1\r\nHost: t\r\n" + std::string(headers) + "\r\n";
}

std::string answer(std::uint16_t port, const std::string& bytes) {
  Client client(port);
  client.send(bytes);
  return client.response().body;
}

TEST(Proxy, IsBelievedWhenItIsTrusted) {
  Settings settings;
  settings.proxy_protocol = true;
  settings.trusted_proxies = {"127.0.0.0/8"};
  RunningServer server(settings);
  EXPECT_EQ(answer(server.port(), "PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\r\n" + get()), "GET / peer=192.0.2.7 ");
  EXPECT_EQ(answer(server.port(), v2(0, 0, "") + get()), "GET / peer=127.0.0.1 ");
  Client without(server.port());
  without.send(get());
  EXPECT_TRUE(without.rest());
  EXPECT_TRUE(eventually([&] { return server.metrics.shard(0).http_connections.load() == 0; }));
}

TEST(Proxy, IsNotBelievedWhenItIsNotTrusted) {
  Settings settings;
  settings.proxy_protocol = true;
  settings.trusted_proxies = {"10.0.0.0/8"};
  RunningServer server(settings);
  Client client(server.port());
  client.send("PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\r\n" + get());
  EXPECT_EQ(client.response().status, 400);
  EXPECT_EQ(answer(server.port(), get("X-Forwarded-For: 192.0.2.7\r\n")), "GET / peer=127.0.0.1 ");
}

TEST(Proxy, NamesTheRightmostAddressThatIsNotAProxy) {
  Settings settings;
  settings.trusted_proxies = {"127.0.0.1", "10.0.0.0/8"};
  RunningServer server(settings);
  const auto peer = [&](const std::string& forwarded) {
    return answer(server.port(), get("X-Forwarded-For: " + forwarded + "\r\n"));
  };
  EXPECT_EQ(peer("192.0.2.7"), "GET / peer=192.0.2.7 ");
  EXPECT_EQ(peer("203.0.113.9, 192.0.2.7, 10.1.2.3"), "GET / peer=192.0.2.7 ") << "the left ones are hearsay";
  EXPECT_EQ(peer("[2001:db8::1]:443, 10.0.0.1:80"), "GET / peer=2001:db8::1 ");
  EXPECT_EQ(peer("nonsense"), "GET / peer=127.0.0.1 ");
  EXPECT_EQ(answer(server.port(), get("X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-For: 10.0.0.9\r\n")),
            "GET / peer=192.0.2.7 ");
}

TEST(Proxy, MustBeAnAddress) {
  Settings settings;
  settings.trusted_proxies = {"10.0.0.0/33"};
  EXPECT_THROW(RunningServer{settings}, std::runtime_error);
}

}  // namespace
}  // namespace fieldcast::transport::testing
