#include "fieldcast/transport/static_files.hpp"

#include "client.hpp"
#include "echo_application.hpp"

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

namespace fieldcast::transport::testing {
namespace {

using ::testing::HasSubstr;

const std::string script = std::string(3'000, 'a') + "let x = 1;";

std::string gunzip(const std::string& bytes) {
  z_stream stream{};
  inflateInit2(&stream, 16 + MAX_WBITS);
  std::string out(100'000, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  inflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

class StaticFilesTest : public ::testing::Test {
 protected:
  StaticFilesTest() {
    std::string pattern = std::filesystem::temp_directory_path() / "fieldcast-static-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    write("site/index.html", "<!doctype html>");
    write("site/app.js", script);
    write("site/assets/app-3f9a0b2c.js", script);
    write("site/assets/app-3f9a0b2c.js.br", "brotli bytes");
    write("site/assets/app-3f9a0b2c.js.gz", "gzip bytes");
    write("site/.env", "secret");
    write("site/tiles.pmtiles", tiles());
    write("secret.txt", "secret");
    std::filesystem::create_symlink(folder_ + "/secret.txt", folder_ + "/site/link.txt");
    std::filesystem::create_directory_symlink(folder_, folder_ + "/site/up");
    server_ = std::make_unique<RunningServer>(Settings{}, 1, [this](EchoApplication& application) {
      auto files = std::make_shared<StaticFiles>(
          folder_ + "/site", StaticFiles::Headers{{"Content-Security-Policy", "default-src 'self'"}});
      application.request = [files](HttpRequest request, HttpResponderPtr responder) {
        if (files->serve(request, responder)) return;
        HttpResponse response;
        response.status = 404;
        responder->respond(std::move(response));
      };
    });
    client_ = std::make_unique<Client>(server_->port());
  }
  ~StaticFilesTest() override { std::filesystem::remove_all(folder_); }

  static const std::string& tiles() {
    static const std::string bytes = [] {
      std::string out;
      for (int i = 0; out.size() < 3'000'000; ++i) out += std::to_string(i) + ";";
      return out;
    }();
    return bytes;
  }
  void write(const std::string& name, const std::string& bytes) const {
    std::filesystem::create_directories(std::filesystem::path(folder_ + "/" + name).parent_path());
    std::ofstream(folder_ + "/" + name, std::ios::binary) << bytes;
  }
  Response get(const std::string& path, const std::string& headers = {}, const std::string& method = "GET") {
    client_->send(method + " " + path + " HTTP/1.1\r\nHost: t\r\n" + headers + "\r\n");
    return client_->response(method == "HEAD");
  }

  std::string folder_;
  std::unique_ptr<RunningServer> server_;
  std::unique_ptr<Client> client_;
};

TEST_F(StaticFilesTest, ServesFilesWithTheirTypes) {
  const Response index = get("/");
  EXPECT_EQ(index.body, "<!doctype html>");
  EXPECT_EQ(index.header("content-type"), "text/html; charset=utf-8");
  EXPECT_EQ(index.header("cache-control"), "no-cache");
  EXPECT_EQ(index.header("x-content-type-options"), "nosniff");
  EXPECT_EQ(index.header("content-security-policy"), "default-src 'self'");
  EXPECT_EQ(get("/app.js").body, script);
  EXPECT_THAT(get("/assets/app-3f9a0b2c.js").header("cache-control"), HasSubstr("immutable"));
  const Response head = get("/app.js", {}, "HEAD");
  EXPECT_EQ(head.header("content-length"), std::to_string(script.size()));
}

TEST_F(StaticFilesTest, ServesNothingElse) {
  for (const char* path : {"/none", "/.env", "/link.txt", "/up/secret.txt", "/assets", "/assets/", "//index.html",
                           "/index.html/", "/assets/%2e%2e/index.html", "/%2e%2e/secret.txt",
                           "/assets%2F..%2F..%2Fsecret.txt", "/%2Fetc%2Fpasswd", "/up%2Fsecret.txt"}) {
    client_ = std::make_unique<Client>(server_->port());
    EXPECT_GE(get(path).status, 400) << path;
  }
  client_ = std::make_unique<Client>(server_->port());
  EXPECT_EQ(get("/index.html", "Content-Length: 0\r\n", "POST").status, 404);
}

TEST_F(StaticFilesTest, AnswersThatNothingHasChanged) {
  const Response first = get("/app.js");
  const std::string etag = first.header("etag");
  const Response second = get("/app.js", "If-None-Match: \"other\", W/" + etag + "\r\n");
  EXPECT_EQ(second.status, 304);
  EXPECT_EQ(second.header("etag"), etag);
  EXPECT_EQ(second.header("content-length"), "");
  EXPECT_EQ(get("/app.js", "If-Modified-Since: " + first.header("last-modified") + "\r\n").status, 304);
  EXPECT_EQ(get("/app.js", "If-None-Match: \"other\"\r\n").status, 200);
  write("site/app.js", "changed");
  const Response third = get("/app.js", "If-None-Match: " + etag + "\r\n");
  EXPECT_EQ(third.status, 200);
  EXPECT_EQ(third.body, "changed");
  write("site/app.js", script + " ");
  write("site/app.js", script);
  EXPECT_EQ(get("/app.js").header("etag"), etag) << "the same content has the same tag";
}

TEST_F(StaticFilesTest, SendsTheBestCodingThatTheClientTakes) {
  const std::string path = "/assets/app-3f9a0b2c.js";
  const Response br = get(path, "Accept-Encoding: gzip, deflate, br\r\n");
  EXPECT_EQ(br.header("content-encoding"), "br");
  EXPECT_EQ(br.body, "brotli bytes");
  EXPECT_EQ(br.header("vary"), "Accept-Encoding");
  EXPECT_EQ(br.header("content-type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(get(path, "Accept-Encoding: gzip, br;q=0\r\n").body, "gzip bytes");
  EXPECT_EQ(get(path, "Accept-Encoding: *;q=0\r\n").body, script);
  EXPECT_EQ(get(path).header("content-encoding"), "");
  for (int i = 0; i < 2; ++i) {
    const Response made = get("/app.js", "Accept-Encoding: gzip\r\n");
    EXPECT_EQ(made.header("content-encoding"), "gzip");
    EXPECT_LT(made.body.size(), 200U);
    EXPECT_EQ(gunzip(made.body), script);
    EXPECT_NE(made.header("etag"), get("/app.js").header("etag"));
    EXPECT_EQ(get("/app.js", "Accept-Encoding: gzip\r\nIf-None-Match: " + made.header("etag") + "\r\n").status, 304);
  }
  EXPECT_EQ(get("/", "Accept-Encoding: gzip\r\n").header("content-encoding"), "") << "too small to gain";
}

TEST_F(StaticFilesTest, SendsRanges) {
  const std::size_t size = tiles().size();
  const auto part = [&](const std::string& range, const std::string& more = {}) {
    return get("/tiles.pmtiles", "Range: bytes=" + range + "\r\n" + more);
  };
  const Response first = part("0-15");
  EXPECT_EQ(first.status, 206);
  EXPECT_EQ(first.body, tiles().substr(0, 16));
  EXPECT_EQ(first.header("content-range"), "bytes 0-15/" + std::to_string(size));
  EXPECT_TRUE(part("1000-").body == tiles().substr(1'000));
  EXPECT_EQ(part("-7").body, tiles().substr(size - 7));
  EXPECT_EQ(part("5-5").body, tiles().substr(5, 1));
  EXPECT_EQ(part(std::to_string(size - 1) + "-99999999999").body.size(), 1U);
  const Response beyond = part(std::to_string(size) + "-");
  EXPECT_EQ(beyond.status, 416);
  EXPECT_EQ(beyond.header("content-range"), "bytes */" + std::to_string(size));
  EXPECT_EQ(part("5-4").status, 200);
  EXPECT_EQ(part("0-1,5-6").status, 200);
  EXPECT_EQ(part("0-1", "If-Range: \"other\"\r\n").status, 200);
  EXPECT_EQ(part("0-1", "If-Range: " + first.header("etag") + "\r\n").status, 206);
  EXPECT_TRUE(get("/tiles.pmtiles").body == tiles());
  EXPECT_EQ(get("/tiles.pmtiles", {}, "HEAD").header("content-length"), std::to_string(size));
  EXPECT_EQ(get("/app.js", "Range: bytes=0-3\r\nAccept-Encoding: gzip\r\n").body, "aaaa");
}

TEST_F(StaticFilesTest, SurvivesClientsThatLeaveInTheMiddle) {
  for (int i = 0; i < 20; ++i) {
    Client leaving(server_->port(), 4'096);
    leaving.send("GET /tiles.pmtiles HTTP/1.1\r\nHost: t\r\n\r\n");
    leaving.receive();
    leaving.reset_on_close();
  }
  EXPECT_TRUE(eventually([&] { return server_->server->connections() == 1 || server_->server->connections() == 0; }));
  EXPECT_EQ(get("/").status, 200);
}

}  // namespace
}  // namespace fieldcast::transport::testing
