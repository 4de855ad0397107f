#include "client.hpp"
#include "echo_application.hpp"

#include <atomic>
#include <gtest/gtest.h>

namespace fieldcast::transport::testing {
namespace {

/// Hands the stream of each request to the test.
struct Streaming {
  std::shared_ptr<HttpStream> stream;
  std::atomic<int> closed{0}, writable{0}, begun{0};
  HttpResponse head;

  std::function<void(EchoApplication&)> prepare() {
    return [this](EchoApplication& application) {
      application.request = [this](HttpRequest request, HttpResponderPtr responder) {
        if (request.path == "/plain") return responder->respond(HttpResponse{});
        stream = responder->stream(head, {[this] { ++writable; }, [this] { ++closed; }});
        ++begun;
      };
    };
  }
};

std::string get(std::string_view path = "/s", std::string_view version = "1.1") {
  return "GET " + std::string(path) + " HTTP/" + std::string(version) + "\r\nHost: t\r\n\r\n";
}

TEST(Stream, GoesInChunksAndLeavesTheConnectionUsable) {
  Streaming streaming;
  RunningServer server({}, 1, streaming.prepare());
  Client client(server.port());
  client.send(get() + get("/plain"));
  ASSERT_TRUE(eventually([&] { return streaming.begun == 1; }));
  server.on_shard([&] {
    streaming.stream->write("one");
    streaming.stream->write("data: ", make_message("shared"), "\n\n");
    streaming.stream->write("");
    streaming.stream->finish();
    streaming.stream->write("too late");
  });
  EXPECT_EQ(client.response(true).header("transfer-encoding"), "chunked");
  const std::string body = "3\r\none\r\ne\r\ndata: shared\n\n\r\n0\r\n\r\n";
  EXPECT_TRUE(client.wait_for("HTTP/1.1 200"));
  EXPECT_EQ(client.received().substr(0, body.size()), body);
  EXPECT_EQ(streaming.closed, 1);
}

TEST(Stream, EndsWithTheConnectionForHttp10) {
  Streaming streaming;
  RunningServer server({}, 1, streaming.prepare());
  Client client(server.port());
  client.send(get("/s", "1.0"));
  ASSERT_TRUE(eventually([&] { return streaming.begun == 1; }));
  server.on_shard([&] {
    streaming.stream->write("bytes");
    streaming.stream->finish();
  });
  EXPECT_EQ(client.response(true).header("connection"), "close");
  EXPECT_EQ(client.rest(), "bytes");
}

TEST(Stream, KeepsALengthThatWasPromised) {
  Streaming streaming;
  streaming.head.with("Content-Length", "5");
  RunningServer server({}, 1, streaming.prepare());
  Client whole(server.port());
  whole.send(get());
  ASSERT_TRUE(eventually([&] { return streaming.begun == 1; }));
  server.on_shard([&] {
    streaming.stream->write("12345");
    streaming.stream->finish();
  });
  EXPECT_EQ(whole.response().body, "12345");
  whole.send(get());
  ASSERT_TRUE(eventually([&] { return streaming.begun == 2; }));
  server.on_shard([&] {
    streaming.stream->write("123");
    streaming.stream->finish();
  });
  EXPECT_EQ(whole.response().body, "123") << "cut: the client sees that it is not whole";
  EXPECT_TRUE(whole.rest());
}

TEST(Stream, IsToldWhenTheClientLeaves) {
  Streaming streaming;
  RunningServer server({}, 1, streaming.prepare());
  {
    Client client(server.port());
    client.send(get());
    ASSERT_TRUE(eventually([&] { return streaming.begun == 1; }));
  }
  EXPECT_TRUE(eventually([&] { return streaming.closed == 1; }));
  server.on_shard([&] {
    EXPECT_FALSE(streaming.stream->ready());
    streaming.stream->write("nobody hears it");
    streaming.stream->finish();
    streaming.stream->abort();
    streaming.stream.reset();
  });
  EXPECT_EQ(streaming.closed, 1);
}

TEST(Stream, ShowsThatAnAbortedOneIsNotWhole) {
  Streaming streaming;
  RunningServer server({}, 1, streaming.prepare());
  Client client(server.port());
  client.send(get());
  ASSERT_TRUE(eventually([&] { return streaming.begun == 1; }));
  server.on_shard([&] {
    streaming.stream->write("half");
    streaming.stream->abort();
  });
  EXPECT_EQ(client.response(true).status, 200);
  EXPECT_EQ(client.rest(), "4\r\nhalf\r\n");
}

TEST(Stream, WaitsForASlowReaderAndGoesOn) {
  Streaming streaming;
  Settings settings;
  settings.socket_send_bytes = 8'192;
  RunningServer server(settings, 1, streaming.prepare());
  Client client(server.port(), 4'096);
  client.send(get());
  ASSERT_TRUE(eventually([&] { return streaming.begun == 1; }));
  server.on_shard([&] {
    while (streaming.stream->ready()) streaming.stream->write(std::string(10'000, 'x'));
  });
  EXPECT_EQ(streaming.writable, 0);
  while (client.received().size() < 70'000) ASSERT_TRUE(client.receive());
  EXPECT_TRUE(eventually([&] { return streaming.writable == 1; }));
  server.on_shard([&] {
    EXPECT_TRUE(streaming.stream->ready());
    streaming.stream->finish();
  });
  EXPECT_TRUE(client.wait_for("0\r\n\r\n"));
}

TEST(Stream, IsCutWhenItsReaderStalls) {
  Streaming streaming;
  Settings settings;
  settings.socket_send_bytes = 8'192;
  settings.write_stall_max = seconds(1);
  RunningServer server(settings, 1, streaming.prepare());
  Client client(server.port(), 4'096);
  client.send(get());
  ASSERT_TRUE(eventually([&] { return streaming.begun == 1; }));
  server.on_shard([&] { streaming.stream->write(std::string(500'000, 'x')); });
  EXPECT_TRUE(eventually([&] { return streaming.closed == 1; }));
  EXPECT_EQ(server.server->connections(), 0U);
}

TEST(Stream, IsCutWhenMoreIsWrittenThanMayWait) {
  Streaming streaming;
  RunningServer server({}, 1, streaming.prepare());
  Client client(server.port());
  client.send(get());
  ASSERT_TRUE(eventually([&] { return streaming.begun == 1; }));
  server.on_shard([&] {
    for (int i = 0; i < 300; ++i) streaming.stream->write(std::string(10'000, 'x'));
  });
  EXPECT_TRUE(client.rest());
  EXPECT_TRUE(eventually([&] { return streaming.closed == 1; }));
}

TEST(Stream, SendsNothingAfterTheHeadOfAHeadRequest) {
  Streaming streaming;
  RunningServer server({}, 1, streaming.prepare());
  Client client(server.port());
  client.send("HEAD /s HTTP/1.1\r\nHost: t\r\n\r\n" + get("/plain"));
  ASSERT_TRUE(eventually([&] { return streaming.begun == 1; }));
  server.on_shard([&] {
    streaming.stream->write("unseen");
    streaming.stream->finish();
  });
  EXPECT_EQ(client.response(true).status, 200);
  EXPECT_EQ(client.response().status, 200);
}

}  // namespace
}  // namespace fieldcast::transport::testing
