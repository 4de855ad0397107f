#include "client.hpp"
#include "echo_application.hpp"

#include <algorithm>
#include <future>
#include <gtest/gtest.h>

namespace fieldcast::transport::testing {
namespace {

const std::string get = "GET / HTTP/1.1\r\nHost: t\r\n\r\n";

TEST(Server, RefusesConnectionsAboveItsLimit) {
  Settings settings;
  settings.connections_max = 2;
  RunningServer server(settings);
  Client one(server.port());
  Client two(server.port());
  one.send(get);
  two.send(get);
  EXPECT_EQ(one.response().status, 200);
  EXPECT_EQ(two.response().status, 200);
  Client three(server.port());
  EXPECT_EQ(three.response().status, 503);
  EXPECT_TRUE(three.rest());
}

TEST(Server, RefusesConnectionsThatComeTooFast) {
  Settings settings;
  settings.connections_per_s = 5;
  RunningServer server(settings);
  std::vector<std::unique_ptr<Client>> clients;
  int refused = 0;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(std::make_unique<Client>(server.port()));
    clients.back()->send(get);
    if (clients.back()->response().status == 503) ++refused;
  }
  EXPECT_GE(refused, 10);
  EXPECT_LE(refused, 15);
}

TEST(Server, ListensOnIpv6AndOnIpv4BesideIt) {
  Settings settings;
  settings.address = "::";
  RunningServer server(settings);
  Client v4(server.port());
  v4.send(get);
  EXPECT_EQ(v4.response().body, "GET / peer=127.0.0.1 ");
  Client v6(server.port(), 0, "::1");
  v6.send(get);
  EXPECT_EQ(v6.response().body, "GET / peer=::1 ");
}

TEST(Server, SaysWhenItCannotListen) {
  RunningServer server;
  Settings settings;
  settings.address = "127.0.0.1";
  settings.port = server.port();
  boost::asio::io_context context;
  EchoApplication application;
  metrics::Metrics metrics(1);
  Server second(settings, {&context}, {&application}, metrics);
  EXPECT_THROW(second.start(), std::runtime_error);
  settings.address = "nowhere";
  Server third(settings, {&context}, {&application}, metrics);
  EXPECT_THROW(third.start(), std::runtime_error);
}

TEST(Server, DrainsSocketsOneAfterTheOther) {
  RunningServer server({}, 2);
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 10; ++i) {
    clients.push_back(std::make_unique<Client>(server.port()));
    ASSERT_EQ(clients.back()->upgrade().status, 101);
  }
  std::promise<void> drained;
  const auto began = std::chrono::steady_clock::now();
  server.server->drain("{\"type\":\"goaway\"}", outcome::going_away, milliseconds(1'000), [&] { drained.set_value(); });
  std::vector<std::chrono::steady_clock::duration> ends;
  for (auto& client : clients) {
    EXPECT_EQ(client->frame()->text, "{\"type\":\"goaway\"}");
    const auto close = client->frame();
    EXPECT_EQ(close->code, 4200);
    EXPECT_EQ(close->text, "going_away");
    ends.push_back(std::chrono::steady_clock::now() - began);
    client->send_frame(8, "\x10\x68");
  }
  EXPECT_EQ(drained.get_future().wait_for(seconds(10)), std::future_status::ready);
  EXPECT_EQ(server.server->connections(), 0U);
  EXPECT_GT(*std::max_element(ends.begin(), ends.end()) - *std::min_element(ends.begin(), ends.end()),
            milliseconds(400));
  EXPECT_THROW(Client(server.port()), std::runtime_error) << "nobody listens any more";
}

TEST(Server, DrainsHttpWithoutCuttingWhatIsBeingAnswered) {
  HttpResponderPtr waiting;
  RunningServer server({}, 1, [&](EchoApplication& application) {
    application.request = [&](HttpRequest request, HttpResponderPtr responder) {
      if (request.path == "/later") {
        waiting = std::move(responder);
        return;
      }
      if (request.path != "/events") return responder->respond(HttpResponse{});
      auto stream = responder->stream(HttpResponse{}.with("Content-Type", "text/event-stream"), {});
      stream->write("data: 1\n\n");
    };
  });
  Client idle(server.port()), busy(server.port()), events(server.port());
  idle.send(get);
  EXPECT_EQ(idle.response().status, 200);
  busy.send("GET /later HTTP/1.1\r\nHost: t\r\n\r\n");
  events.send("GET /events HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_TRUE(events.wait_for("data: 1"));
  ASSERT_TRUE(eventually([&] {
    bool came = false;
    server.on_shard([&] { came = waiting != nullptr; });
    return came;
  }));
  std::promise<void> drained;
  server.server->drain({}, outcome::going_away, milliseconds(100), [&] { drained.set_value(); });
  EXPECT_EQ(idle.rest(), "");
  const auto rest = events.rest();
  ASSERT_TRUE(rest);
  EXPECT_TRUE(rest->ends_with("\r\n0\r\n\r\n")) << "a well-formed end";
  server.on_shard([&] { std::exchange(waiting, nullptr)->respond(HttpResponse{}); });
  const Response last = busy.response();
  EXPECT_EQ(last.status, 200);
  EXPECT_EQ(last.header("connection"), "close");
  EXPECT_EQ(busy.rest(), "");
  EXPECT_EQ(drained.get_future().wait_for(seconds(10)), std::future_status::ready);
}

TEST(Server, EndsADrainEvenWhenClientsDoNotCare) {
  RunningServer server;
  Client deaf(server.port());
  deaf.upgrade();
  std::promise<void> drained;
  server.server->drain({}, outcome::going_away, milliseconds(0), [&] { drained.set_value(); });
  EXPECT_EQ(drained.get_future().wait_for(seconds(10)), std::future_status::ready);
  EXPECT_EQ(server.server->connections(), 0U);
}

TEST(Server, DrainsNothingAtOnce) {
  RunningServer server;
  std::promise<void> drained;
  server.server->drain({}, outcome::going_away, seconds(60), [&] { drained.set_value(); });
  EXPECT_EQ(drained.get_future().wait_for(seconds(10)), std::future_status::ready);
}

TEST(Server, CountsWhatGoesThrough) {
  RunningServer server;
  {
    Client client(server.port());
    client.send(get);
    client.response();
  }
  EXPECT_TRUE(eventually([&] { return server.metrics.shard(0).http_connections.load() == 0; }));
  EXPECT_EQ(server.metrics.shard(0).bytes_in.load(), get.size());
  EXPECT_GT(server.metrics.shard(0).bytes_out.load(), 50U);
  EXPECT_EQ(server.metrics.shard(0).outbox_bytes.load(), 0U);
}

}  // namespace
}  // namespace fieldcast::transport::testing
