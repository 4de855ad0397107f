#include "client.hpp"
#include "echo_application.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fieldcast::transport::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string get(std::string_view path, std::string_view headers = {}) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: test\r\n" + std::string(headers) + "\r\n";
}

std::string post(std::string_view body, std::string_view headers = {}) {
  return "POST /p HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(headers) + "\r\n" + std::string(body);
}

Settings quick() {
  Settings settings;
  settings.header_within = seconds(1);
  settings.body_within = seconds(1);
  settings.keep_alive = seconds(1);
  return settings;
}

TEST(Http, AnswersManyRequestsOnOneConnection) {
  RunningServer server;
  Client client(server.port());
  for (int i = 0; i < 1'000; ++i) {
    client.send(get("/n" + std::to_string(i)));
    const Response response = client.response();
    ASSERT_EQ(response.status, 200);
    ASSERT_EQ(response.body, "GET /n" + std::to_string(i) + " peer=127.0.0.1 ");
  }
  EXPECT_EQ(server.metrics.shard(0).http_requests.load(), 1'000U);
  EXPECT_EQ(server.metrics.shard(0).connections_opened.load(), 1U);
}

TEST(Http, WritesTheHeadersThatEveryResponseNeeds) {
  RunningServer server;
  Client client(server.port());
  client.send(get("/"));
  const Response response = client.response();
  EXPECT_THAT(response.head, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(response.header("date"), ::testing::EndsWith(" GMT"));
  EXPECT_EQ(response.header("connection"), "");
}

TEST(Http, AnswersPipelinedRequestsInTheirOrder) {
  RunningServer server;
  Client client(server.port());
  std::string all;
  for (int i = 0; i < 200; ++i) all += get("/p" + std::to_string(i));
  client.send(all);
  for (int i = 0; i < 200; ++i) ASSERT_THAT(client.response().body, StartsWith("GET /p" + std::to_string(i) + " "));
}

TEST(Http, HoldsPipelinedRequestsWhileOneIsBeingHandled) {
  std::vector<HttpResponderPtr> waiting;
  std::vector<std::string> paths;
  RunningServer server({}, 1, [&](EchoApplication& application) {
    application.request = [&](HttpRequest request, HttpResponderPtr responder) {
      paths.push_back(request.path);
      waiting.push_back(std::move(responder));
    };
  });
  Client client(server.port());
  client.send(get("/one") + get("/two"));
  const auto count = [&] {
    std::size_t size = 0;
    server.on_shard([&] { size = waiting.size(); });
    return size;
  };
  ASSERT_TRUE(eventually([&] { return count() == 1; }));
  client.send(get("/three"));
  for (std::size_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(eventually([&] { return count() == i + 1; }));
    server.on_shard([&] { waiting[i]->respond(HttpResponse{}); });
    EXPECT_EQ(client.response().status, 200);
  }
  EXPECT_EQ(paths, (std::vector<std::string>{"/one", "/two", "/three"}));
}

TEST(Http, TakesARequestThatComesByteByByte) {
  RunningServer server;
  Client client(server.port());
  for (const char c : post("hello")) client.send({&c, 1});
  EXPECT_THAT(client.response().body, HasSubstr("hello"));
}

TEST(Http, UndoesChunkedBodies) {
  RunningServer server;
  Client client(server.port());
  client.send("POST /c HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n");
  client.send("6\r\n world\r\n0\r\nTrailer: t\r\n\r\n" + get("/next"));
  EXPECT_THAT(client.response().body, HasSubstr("hello world"));
  EXPECT_THAT(client.response().body, StartsWith("GET /next"));
}

TEST(Http, RefusesContentLengthTogetherWithTransferEncoding) {
  RunningServer server;
  for (const std::string headers :
       {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n", "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "Content-Length: -1\r\n"}) {
    Client client(server.port());
    client.send("POST / HTTP/1.1\r\nHost: t\r\n" + headers + "\r\n0\r\n\r\n");
    EXPECT_EQ(client.response().status, 400) << headers;
    EXPECT_TRUE(client.rest()) << headers;
  }
}

TEST(Http, AnswersHeadWithTheLengthAndNoBody) {
  RunningServer server;
  Client client(server.port());
  client.send("HEAD /h HTTP/1.1\r\nHost: t\r\n\r\n" + get("/next"));
  const Response head = client.response(true);
  EXPECT_EQ(head.header("content-length"), std::to_string(std::string("HEAD /h peer=127.0.0.1 ").size()));
  EXPECT_THAT(client.response().body, StartsWith("GET /next"));
}

TEST(Http, ClosesAfterHttp10UnlessAskedToKeepAlive) {
  RunningServer server;
  Client closing(server.port());
  closing.send("GET / HTTP/1.0\r\n\r\n");
  EXPECT_EQ(closing.response().header("connection"), "close");
  EXPECT_TRUE(closing.rest());
  Client keeping(server.port());
  for (int i = 0; i < 2; ++i) {
    keeping.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(keeping.response().header("connection"), "keep-alive");
  }
}

TEST(Http, ClosesWhenTheClientAsksForIt) {
  RunningServer server;
  Client client(server.port());
  client.send(get("/", "Connection: close\r\n"));
  EXPECT_EQ(client.response().header("connection"), "close");
  EXPECT_EQ(client.rest(), "");
}

TEST(Http, AnswersAClientThatEndedItsSide) {
  RunningServer server;
  Client client(server.port());
  client.send(get("/"));
  client.finish_sending();
  EXPECT_EQ(client.response().status, 200);
  EXPECT_EQ(client.rest(), "");
}

TEST(Http, RefusesTargetsThatNoGoodClientSends) {
  RunningServer server;
  for (const char* target :
       {"/%", "/%2", "/%zz", "/a/../b", "/%2e%2e/b", "/a/./b", "/%00", "/%0d%0a", "nothing", "*"}) {
    Client client(server.port());
    client.send(get(target));
    EXPECT_EQ(client.response().status, 400) << target;
    EXPECT_TRUE(client.rest()) << target;
  }
}

TEST(Http, RefusesAMissingOrSecondHost) {
  RunningServer server;
  for (const char* request : {"GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                              "GET / HTTP/2.0\r\nHost: a\r\n\r\n", "nonsense\r\n\r\n", "\x16\x03\x01\x02\r\n\r\n"}) {
    Client client(server.port());
    client.send(request);
    EXPECT_EQ(client.response().status, 400) << request;
  }
}

TEST(Http, RefusesTooManyOrTooLongHeaders) {
  RunningServer server;
  std::string many, drip;
  for (int i = 0; i < 100; ++i) many += "h" + std::to_string(i) + ": v\r\n";
  Client flood(server.port());
  flood.send(get("/", many));
  EXPECT_EQ(flood.response().status, 431);
  Client large(server.port());
  large.send(get("/", "big: " + std::string(10'000, 'x') + "\r\n"));
  EXPECT_EQ(large.response().status, 431);
  Client endless(server.port());
  for (int i = 0; i < 20; ++i) endless.send("GET / HTTP/1.1" + std::string(1'000, 'x'));
  EXPECT_NE(endless.response().status, 200);
}

TEST(Http, EndsSlowHeadsAndSlowBodies) {
  RunningServer server(quick());
  Client head(server.port()), body(server.port()), silent(server.port()), idle(server.port());
  head.send("GET / HTTP/1.1\r\nHo");
  body.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nabc");
  idle.send(get("/"));
  EXPECT_EQ(idle.response().status, 200);
  EXPECT_EQ(head.response().status, 408);
  EXPECT_EQ(body.response().status, 408);
  EXPECT_EQ(silent.rest(), "");
  EXPECT_EQ(idle.rest(), "");
}

TEST(Http, AsksBeforeABodyIsSent) {
  RunningServer server;
  Client client(server.port());
  client.send("POST /p HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.response(true).status, 100);
  client.send("hello");
  EXPECT_THAT(client.response().body, HasSubstr("hello"));
  Client refused(server.port());
  refused.send("POST /forbidden HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(refused.response().status, 403);
  EXPECT_EQ(refused.rest(), "");
}

TEST(Http, RefusesBodiesAboveTheLimitBeforeTheyAreRead) {
  RunningServer server({}, 1, [](EchoApplication& application) { application.body_bytes_max = 1'000; });
  Client promised(server.port());
  promised.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 1001\r\n\r\n");
  EXPECT_EQ(promised.response().status, 413);
  Client chunked(server.port());
  chunked.send("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n" + std::string(2'000, 'x'));
  EXPECT_EQ(chunked.response().status, 413);
  Client fits(server.port());
  fits.send(post(std::string(1'000, 'x')));
  EXPECT_EQ(fits.response().status, 200);
}

TEST(Http, LetsAClientReadTheRefusalWhileItStillSends) {
  RunningServer server({}, 1, [](EchoApplication& application) { application.body_bytes_max = 10; });
  Client client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 4000000\r\n\r\n");
  for (int i = 0; i < 20; ++i) client.send(std::string(100'000, 'x'));
  EXPECT_EQ(client.response().status, 413);
}

TEST(Http, AnswersForAnApplicationThatLetsGoOfTheResponder) {
  RunningServer server({}, 1, [](EchoApplication& application) {
    application.request = [](HttpRequest, HttpResponderPtr responder) { responder.reset(); };
  });
  Client client(server.port());
  client.send(get("/"));
  EXPECT_EQ(client.response().status, 500);
}

TEST(Http, TellsAResponderThatItsClientIsGone) {
  HttpResponderPtr kept;
  RunningServer server({}, 1, [&](EchoApplication& application) {
    application.request = [&](HttpRequest, HttpResponderPtr responder) { kept = std::move(responder); };
  });
  bool alive = false;
  {
    Client client(server.port());
    client.send(get("/") + "x");  // reading is paused: only the reset tells
    ASSERT_TRUE(eventually([&] {
      server.on_shard([&] { alive = kept && kept->alive(); });
      return alive;
    }));
    client.reset_on_close();
  }
  ASSERT_TRUE(eventually([&] {
    server.on_shard([&] { alive = kept->alive(); });
    return !alive;
  }));
  server.on_shard([&] {
    kept->respond(HttpResponse{});
    EXPECT_EQ(kept->stream(HttpResponse{}, {}), nullptr);
    kept.reset();
  });
  EXPECT_EQ(server.server->connections(), 0U);
}

TEST(Http, SendsLargeAndSharedBodiesWhole) {
  const std::string large(5'000'000, 'L');
  RunningServer server({}, 1, [&](EchoApplication& application) {
    application.request = [&](HttpRequest request, HttpResponderPtr responder) {
      HttpResponse response;
      if (request.path == "/shared")
        response.shared_body = make_message(large);
      else
        response.body = large;
      responder->respond(std::move(response));
    };
  });
  Client client(server.port());
  for (const char* path : {"/own", "/shared"}) {
    client.send(get(path));
    EXPECT_TRUE(client.response().body == large);
  }
}

TEST(Http, LetsNoHeaderValueBeginAnotherHeader) {
  RunningServer server({}, 1, [](EchoApplication& application) {
    application.request = [](HttpRequest, HttpResponderPtr responder) {
      HttpResponse response;
      response.with("Location", "/x\r\nSet-Cookie: stolen");
      responder->respond(std::move(response));
    };
  });
  Client client(server.port());
  client.send(get("/"));
  EXPECT_EQ(client.response().header("set-cookie"), "");
}

}  // namespace
}  // namespace fieldcast::transport::testing
