#include "fieldcast/transport/http_reader.hpp"

#include <gtest/gtest.h>
#include <random>
#include <zlib.h>

namespace fieldcast::transport {
namespace {

using State = HttpReader::State;

std::string gzip(const std::string& bytes) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string post(const std::string& body, const std::string& headers = {}) {
  return "POST /p?q=1 HTTP/1.1\r\nHost: t\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + headers +
         "\r\n" + body;
}

/// Feeds all, in pieces of at most `at_once` bytes; returns how many bytes were used.
std::size_t read(HttpReader& reader, std::string_view bytes, std::size_t body_bytes_max = 100'000,
                 std::size_t at_once = 1'000'000) {
  std::size_t used = 0;
  while (used < bytes.size() && reader.state() != State::complete && reader.state() != State::failed) {
    used += reader.feed(bytes.substr(used, at_once));
    if (reader.state() == State::head_complete) reader.accept_body(body_bytes_max);
  }
  return used;
}

std::string failure_of(const std::string& bytes, std::size_t body_bytes_max = 100'000) {
  HttpReader reader({});
  read(reader, bytes, body_bytes_max);
  return reader.state() == State::failed ? std::string(reader.failure().code) : "";
}

TEST(HttpReader, ReadsTheSameInWhateverPiecesItComes) {
  const std::string requests[] = {
      post("the body"),
      "GET /a%20b/c?x=%41 HTTP/1.1\r\nHost: t\r\nX-Two:  spaced \r\n\r\n",
      "POST /p HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;e=1\r\n0123456789\r\n0\r\nT: "
      "v\r\n\r\n",
      "POST /p HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "\r\n\r\nGET http://t/x HTTP/1.1\r\nHost: t\r\n\r\n",
  };
  for (const std::string& bytes : requests) {
    HttpReader whole({});
    ASSERT_EQ(read(whole, bytes + "NEXT"), bytes.size());
    ASSERT_EQ(whole.state(), State::complete);
    const HttpRequest expected = whole.take_request();
    for (const std::size_t at_once : {1UL, 2UL, 3UL, 7UL, 64UL}) {
      HttpReader reader({});
      ASSERT_EQ(read(reader, bytes + "NEXT", 100'000, at_once), bytes.size()) << at_once;
      ASSERT_EQ(reader.state(), State::complete);
      const HttpRequest request = reader.take_request();
      EXPECT_EQ(request.path, expected.path);
      EXPECT_EQ(request.query, expected.query);
      EXPECT_EQ(request.headers, expected.headers);
      EXPECT_EQ(request.body, expected.body);
    }
  }
}

TEST(HttpReader, GivesHeadersPathAndParameters) {
  HttpReader reader({});
  read(reader, "GET /a%20b/%C3%A9?x=1&y=a+b%21&z HTTP/1.1\r\nHost: t\r\nX-Name: Value\r\n\r\n");
  const HttpRequest request = reader.take_request();
  EXPECT_EQ(request.path, "/a b/\xc3\xa9");
  EXPECT_EQ(request.query, "x=1&y=a+b%21&z");
  EXPECT_EQ(request.header("x-name"), "Value");
  EXPECT_EQ(request.header("x-none"), "");
  EXPECT_EQ(request.parameter("x"), "1");
  EXPECT_EQ(request.parameter("y"), "a b!");
  EXPECT_EQ(request.parameter("z"), "");
  EXPECT_EQ(request.parameter("none"), std::nullopt);
}

TEST(HttpReader, UndoesGzip) {
  const std::string text(50'000, 'g');
  for (const std::size_t at_once : {1UL, 100UL, 100'000UL}) {
    HttpReader reader({});
    read(reader, post(gzip(text), "Content-Encoding: gzip\r\n"), 100'000, at_once);
    ASSERT_EQ(reader.state(), State::complete);
    EXPECT_TRUE(reader.take_request().body == text);
  }
  HttpReader two({});
  read(two, post(gzip("one ") + gzip("two"), "Content-Encoding: x-gzip\r\n"));
  ASSERT_EQ(two.state(), State::complete);
  EXPECT_EQ(two.take_request().body, "one two");
}

TEST(HttpReader, StopsBombsBeforeTheyGrow) {
  const std::string bomb = gzip(std::string(50'000'000, '\0'));
  ASSERT_LT(bomb.size(), 100'000U);
  EXPECT_EQ(failure_of(post(bomb, "Content-Encoding: gzip\r\n")), "body_too_big");
  EXPECT_EQ(failure_of(post(gzip(std::string(1'000, 'x')), "Content-Encoding: gzip\r\n"), 999), "body_too_big");
  EXPECT_EQ(failure_of(post(gzip(std::string(1'000, 'x')), "Content-Encoding: gzip\r\n"), 1'000), "");
}

TEST(HttpReader, RefusesBrokenAndUnknownEncodings) {
  const std::string good = gzip("some text that is long enough");
  EXPECT_EQ(failure_of(post(good.substr(0, good.size() - 5), "Content-Encoding: gzip\r\n")), "bad_request");
  EXPECT_EQ(failure_of(post("not gzip at all", "Content-Encoding: gzip\r\n")), "bad_request");
  EXPECT_EQ(failure_of(post(good + "garbage", "Content-Encoding: gzip\r\n")), "bad_request");
  EXPECT_EQ(failure_of(post("x", "Content-Encoding: br\r\n")), "unsupported_encoding");
  EXPECT_EQ(failure_of(post(good, "Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n")), "unsupported_encoding");
  EXPECT_EQ(failure_of(post("x", "Content-Encoding: identity\r\n")), "");
}

TEST(HttpReader, BoundsHeadersInBytesAndNumber) {
  std::string many;
  for (int i = 0; i < 63; ++i) many += "h: v\r\n";
  EXPECT_EQ(failure_of("GET / HTTP/1.1\r\nHost: t\r\n" + many + "\r\n"), "");
  EXPECT_EQ(failure_of("GET / HTTP/1.1\r\nHost: t\r\n" + many + "h: v\r\n\r\n"), "headers_too_big");
  EXPECT_EQ(failure_of("GET / HTTP/1.1\r\nHost: t\r\nh: " + std::string(8'200, 'x') + "\r\n\r\n"), "headers_too_big");
  EXPECT_EQ(failure_of("GET /" + std::string(9'000, 'x') + " HTTP/1.1\r\nHost: t\r\n\r\n"), "headers_too_big");
  std::string drip = "GET / HTTP/1.1\r\nHost: t\r\n";
  HttpReader reader({8'192, 100'000});
  for (int i = 0; i < 2'000 && reader.state() == State::head; ++i) reader.feed("name" + std::to_string(i) + ": v\r\n");
  EXPECT_EQ(reader.state(), State::failed) << "many small pieces are bounded together";
}

TEST(HttpReader, BoundsChunkedBodiesAndTheirTrailers) {
  const std::string head = "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(failure_of(head + "a\r\n0123456789\r\n0\r\n\r\n", 10), "");
  EXPECT_EQ(failure_of(head + "6\r\n012345\r\n5\r\n01234\r\n0\r\n\r\n", 10), "body_too_big");
  EXPECT_EQ(failure_of(head + "1;" + std::string(20'000, 'x')), "bad_request");
  EXPECT_NE(failure_of(head + "zz\r\n"), "");
  EXPECT_NE(failure_of(head + "ffffffffffffffffff\r\n"), "");
}

TEST(HttpReader, SurvivesMutatedRequestsInRandomPieces) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  const std::string sample =
      "POST /p HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n" +
      std::string("1c\r\n") + gzip("01234567").substr(0, 28) + "\r\n0\r\n\r\n" + post("rest");
  for (int round = 0; round < 3'000; ++round) {
    std::string bytes = sample;
    for (unsigned i = random() % 4; i > 0; --i) bytes[random() % bytes.size()] = static_cast<char>(random());
    HttpReader reader({});
    const std::size_t used = read(reader, bytes, 1'000, 1 + random() % 50);
    ASSERT_LE(used, bytes.size());
    ASSERT_NE(reader.state(), State::head_complete);
  }
}

}  // namespace
}  // namespace fieldcast::transport
