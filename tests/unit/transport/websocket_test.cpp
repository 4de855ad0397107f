#include "client.hpp"
#include "echo_application.hpp"

#include <atomic>
#include <gtest/gtest.h>
#include <map>

namespace fieldcast::transport::testing {
namespace {

/// Remembers the codes that handlers were closed with.
struct Closes {
  std::atomic<int> count{0};
  std::atomic<std::uint16_t> last{0};
  std::function<void(EchoApplication&)> prepare() {
    return [this](EchoApplication& application) {
      application.socket = [this] {
        return std::make_unique<EchoHandler>([this](std::uint16_t code) {
          last = code;
          ++count;
        });
      };
    };
  }
};

TEST(WebSocket, UpgradesAndEchoes) {
  RunningServer server;
  Client client(server.port());
  const Response response = client.upgrade();
  ASSERT_EQ(response.status, 101);
  EXPECT_EQ(response.header("sec-websocket-accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");  // RFC 6455 1.3
  EXPECT_EQ(response.header("sec-websocket-protocol"), "");
  for (const std::size_t size : {0, 5, 125, 126, 65'535, 65'536, 131'072}) {
    const std::string text(size, 't');
    client.send_text(text);
    EXPECT_TRUE(client.frame()->text == text) << size;
  }
  EXPECT_EQ(server.metrics.shard(0).upgrades.load(), 1U);
  EXPECT_EQ(server.metrics.shard(0).http_connections.load(), 0U);
}

TEST(WebSocket, ChoosesItsSubprotocolFromTheClientsList) {
  RunningServer server;
  Client offered(server.port()), other(server.port());
  EXPECT_EQ(offered.upgrade("/ws", "Sec-WebSocket-Protocol: x, fieldcast.v1.json\r\n").header("sec-websocket-protocol"),
            "fieldcast.v1.json");
  const Response response = other.upgrade("/ws", "Sec-WebSocket-Protocol: x\r\n");
  EXPECT_EQ(response.status, 101);
  EXPECT_EQ(response.header("sec-websocket-protocol"), "");
}

TEST(WebSocket, RefusesUpgradesThatAreNotWellFormed) {
  RunningServer server;
  const auto status = [&](std::string head, std::string_view remove = {}, std::string_view put = {}) {
    std::string headers(upgrade_headers);
    if (const std::size_t at = headers.find(remove); !remove.empty() && at != std::string::npos)
      headers.replace(at, remove.size(), put);
    Client client(server.port());
    client.send(head + "\r\n" + headers + "\r\n");
    const Response response = client.response();
    EXPECT_TRUE(client.rest()) << "no HTTP goes on after a failed upgrade";
    return response;
  };
  EXPECT_EQ(status("POST /ws HTTP/1.1").status, 405);
  EXPECT_EQ(status("GET /ws HTTP/1.0").status, 400);
  EXPECT_EQ(status("GET /ws HTTP/1.1", "Connection: Upgrade\r\n").status, 400);
  EXPECT_EQ(status("GET /ws HTTP/1.1", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n").status, 400);
  EXPECT_EQ(status("GET /ws HTTP/1.1", "dGhlIHNhbXBsZSBub25jZQ==", "short").status, 400);
  const Response version = status("GET /ws HTTP/1.1", "Version: 13", "Version: 8");
  EXPECT_EQ(version.status, 426);
  EXPECT_EQ(version.header("sec-websocket-version"), "13");
  EXPECT_EQ(status("GET /forbidden HTTP/1.1").status, 401);
}

TEST(WebSocket, ChecksTheOriginWhenThereIsOne) {
  Settings settings;
  settings.origins = {"https://maps.example"};
  RunningServer server(settings);
  const auto status = [&](const char* origin) {
    return Client(server.port()).upgrade("/ws", std::string("Origin: ") + origin + "\r\n").status;
  };
  EXPECT_EQ(status("https://maps.example"), 101);
  EXPECT_EQ(status("http://test"), 101) << "the same as Host";
  EXPECT_EQ(status("https://evil.example"), 403);
  EXPECT_EQ(status("https://maps.example.evil"), 403);
  EXPECT_EQ(status("null"), 403);
}

TEST(WebSocket, ReadsFramesThatFollowTheUpgradeAtOnce) {
  RunningServer server;
  Client client(server.port());
  std::string first = "GET /ws HTTP/1.1\r\n" + std::string(upgrade_headers) + "\r\n";
  first.append("\x81\x82\x00\x00\x00\x00hi", 8);
  client.send(first);
  EXPECT_EQ(client.response().status, 101);
  EXPECT_EQ(client.frame()->text, "hi");
}

TEST(WebSocket, JoinsFragmentsAndAnswersPingsBetweenThem) {
  RunningServer server;
  Client client(server.port());
  client.upgrade();
  client.send_frame(1, "Hel", false);
  client.send_frame(9, "beat");
  client.send_frame(0, "lo", true);
  std::map<Frame::Kind, std::string> answers;  // in either order: pings of one read are answered after it
  for (int i = 0; i < 2; ++i) {
    const auto frame = client.frame();
    answers[frame->kind] = frame->text;
  }
  EXPECT_EQ(answers[Frame::Kind::pong], "beat");
  EXPECT_EQ(answers[Frame::Kind::text], "Hello");
}

TEST(WebSocket, AnswersOnlyTheLastOfManyPingsReadTogether) {
  RunningServer server;
  Client client(server.port());
  client.upgrade();
  for (int i = 0; i < 50; ++i) client.send_frame(9, std::to_string(i));
  client.send_text("done");
  std::string last_pong;
  bool done = false;
  while (!done || last_pong != "49") {
    const auto frame = client.frame();
    ASSERT_TRUE(frame);
    if (frame->kind == Frame::Kind::pong) last_pong = frame->text;
    done = done || frame->kind == Frame::Kind::text;
  }
}

TEST(WebSocket, TellsFastParsersThatTheyMayReadBehindTheText) {
  RunningServer server;
  Client client(server.port());
  client.upgrade();
  client.send_text("padded");
  EXPECT_EQ(client.frame()->text, "yes");
}

TEST(WebSocket, EndsInOrderWhenTheClientCloses) {
  Closes closes;
  RunningServer server({}, 1, closes.prepare());
  Client client(server.port());
  client.upgrade();
  client.send_frame(8, std::string("\x03\xe8 bye", 6));
  const auto echo = client.frame();
  EXPECT_EQ(echo->kind, Frame::Kind::close);
  EXPECT_EQ(echo->code, 1000);
  EXPECT_EQ(client.rest(), "");
  EXPECT_TRUE(eventually([&] { return closes.count == 1; }));
  EXPECT_EQ(closes.last, 1000);
}

TEST(WebSocket, EndsInOrderWhenTheServerCloses) {
  Closes closes;
  RunningServer server({}, 1, closes.prepare());
  Client client(server.port());
  client.upgrade();
  client.send_text("close");
  EXPECT_EQ(client.frame()->code, 4008);
  EXPECT_TRUE(eventually([&] { return closes.count == 1; }));
  EXPECT_EQ(server.server->connections(), 1U) << "waits for the client's close";
  client.send_frame(8, "\x0f\xa8");
  EXPECT_EQ(client.rest(), "");
  EXPECT_TRUE(eventually([&] { return server.server->connections() == 0; }));
  EXPECT_EQ(closes.last, 4008);
}

TEST(WebSocket, SaysWhyItClosesOnBrokenAndOversizedFrames) {
  RunningServer server;
  Client unmasked(server.port()), large(server.port()), binary(server.port());
  unmasked.upgrade();
  unmasked.send(std::string("\x81\x02hi", 4));
  EXPECT_EQ(unmasked.frame()->code, 4000);
  EXPECT_EQ(unmasked.rest(), "");
  large.upgrade();
  large.send_text(std::string(131'073, 'x'));
  EXPECT_EQ(large.frame()->code, 1009);
  binary.upgrade();
  binary.send_frame(2, "bytes");
  EXPECT_EQ(binary.frame()->code, 4000);
}

TEST(WebSocket, TellsItsHandlerOfAConnectionThatIsGone) {
  Closes closes;
  RunningServer server({}, 1, closes.prepare());
  { Client(server.port()).upgrade(); }
  EXPECT_TRUE(eventually([&] { return closes.count == 1; }));
  EXPECT_EQ(closes.last, 1006);
}

TEST(WebSocket, ClosesAReaderThatIsTooSlow) {
  Closes closes;
  Settings settings;
  settings.socket_send_bytes = 8'192;
  RunningServer server(settings, 1, closes.prepare());
  Client client(server.port(), 4'096);
  client.upgrade();
  client.send_text("flood");
  EXPECT_TRUE(eventually([&] { return closes.count == 1; }));
  EXPECT_EQ(closes.last, 4101);
  std::optional<Frame> frame;
  do frame = client.frame();
  while (frame && frame->kind == Frame::Kind::text);
  ASSERT_TRUE(frame) << "the close frame is whole and in its place";
  EXPECT_EQ(frame->code, 4101);
  EXPECT_EQ(client.rest(), "");
}

TEST(WebSocket, ClosesAReaderThatStalls) {
  Closes closes;
  Settings settings;
  settings.socket_send_bytes = 8'192;
  settings.write_stall_max = seconds(1);
  RunningServer server(settings, 1, closes.prepare());
  Client client(server.port(), 4'096);
  client.upgrade();
  for (int i = 0; i < 8; ++i) client.send_text(std::string(100'000, 'x'));
  EXPECT_TRUE(eventually([&] { return closes.count == 1; }));
  EXPECT_EQ(closes.last, 4101);
}

TEST(WebSocket, TellsWhenASlowReaderMayTakeMore) {
  Settings settings;
  settings.socket_send_bytes = 8'192;
  RunningServer server(settings);
  Client client(server.port(), 4'096);
  client.upgrade();
  client.send_text("tell when writable");
  for (int i = 0; i < 5; ++i) client.send_text(std::string(100'000, 'x'));
  std::optional<Frame> frame;
  do frame = client.frame();
  while (frame && frame->text != "writable");
  EXPECT_TRUE(frame);
}

TEST(WebSocket, PingsAQuietClientAndLeavesADeadOne) {
  Closes closes;
  Settings settings;
  settings.heartbeat = seconds(1);
  RunningServer server(settings, 1, closes.prepare());
  Client client(server.port());
  client.upgrade();
  const auto ping = client.frame();
  ASSERT_TRUE(ping);
  EXPECT_EQ(ping->kind, Frame::Kind::ping);
  client.send_frame(10, ping->text);
  EXPECT_EQ(client.frame()->text, "pong heard");
  std::optional<Frame> last;
  do last = client.frame();
  while (last && last->kind == Frame::Kind::ping);
  ASSERT_TRUE(last);
  EXPECT_EQ(last->code, 4102);
  EXPECT_TRUE(client.rest());
  EXPECT_TRUE(eventually([&] { return closes.count == 1; }));
  EXPECT_EQ(closes.last, 4102);
}

TEST(WebSocket, PingsAClientThatOnlyListens) {
  Settings settings;
  settings.heartbeat = seconds(1);
  struct Talker : EchoHandler {
    void on_text(std::string_view, bool, Now) override {}
    void on_pong(Now) override {}
    SteadyTime on_tick(Now now) override {
      channel_->send_text("news");
      return now.steady + milliseconds(100);
    }
  };
  RunningServer server(settings, 1, [](EchoApplication& application) {
    application.socket = [] { return std::make_unique<Talker>(); };
  });
  Client client(server.port());
  client.upgrade();
  int pings = 0;
  const auto until = std::chrono::steady_clock::now() + seconds(3);
  while (std::chrono::steady_clock::now() < until) {
    const auto frame = client.frame();
    ASSERT_TRUE(frame && frame->kind != Frame::Kind::close) << "it answers: it is not silent";
    if (frame->kind == Frame::Kind::ping) {
      ++pings;
      client.send_frame(10, frame->text);
    }
  }
  EXPECT_GE(pings, 2);
}

TEST(WebSocket, SpreadsConnectionsOverItsShards) {
  RunningServer server({}, 2);
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 10; ++i) {
    clients.push_back(std::make_unique<Client>(server.port()));
    EXPECT_EQ(clients.back()->upgrade().status, 101);
    clients.back()->send_text("hello");
    EXPECT_EQ(clients.back()->frame()->text, "hello");
  }
  EXPECT_EQ(server.metrics.shard(0).upgrades.load(), 5U);
  EXPECT_EQ(server.metrics.shard(1).upgrades.load(), 5U);
}

TEST(WebSocket, ToldOnceOfTheEndWhenTheServerGoes) {
  Closes closes;
  RunningServer server({}, 1, closes.prepare());
  Client client(server.port());
  client.upgrade();
  server.stop();
  EXPECT_EQ(closes.count, 1);
  EXPECT_TRUE(client.rest());
}

}  // namespace
}  // namespace fieldcast::transport::testing
