#include "client.hpp"
#include "echo_application.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace fieldcast::transport::testing {
namespace {

/// A self-signed certificate in a folder of its own.
class Certificate {
 public:
  Certificate() {
    std::string pattern = std::filesystem::temp_directory_path() / "fieldcast-tls-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    write("first");
  }
  ~Certificate() { std::filesystem::remove_all(folder_); }

  void write(const char* name) const {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = X509_new();
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3'600);
    X509_set_pubkey(certificate, key);
    X509_NAME* subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
    X509_set_issuer_name(certificate, subject);
    X509_sign(certificate, key, EVP_sha256());
    std::FILE* file = std::fopen(settings().tls.certificate_file.c_str(), "w");
    PEM_write_X509(file, certificate);
    std::fclose(file);
    file = std::fopen(settings().tls.key_file.c_str(), "w");
    PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(file);
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  void spoil() const { std::ofstream(settings().tls.certificate_file) << "not a certificate"; }
  Settings settings() const {
    Settings settings;
    settings.tls = {folder_ + "/certificate.pem", folder_ + "/key.pem"};
    return settings;
  }

 private:
  std::string folder_;
};

std::string peer_name(Client& client) {
  X509* certificate = SSL_get1_peer_certificate(client.tls());
  char name[64] = {};
  X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name);
  X509_free(certificate);
  return name;
}

TEST(Tls, CarriesHttpAndWebSocket) {
  Certificate certificate;
  RunningServer server(certificate.settings());
  Client client(server.port());
  ASSERT_TRUE(client.start_tls());
  const unsigned char* protocol = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(client.tls(), &protocol, &length);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(protocol), length), "http/1.1");
  client.send("GET /s HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_EQ(client.response().body, "GET /s peer=127.0.0.1 ");
  EXPECT_EQ(client.upgrade().status, 101);
  for (const std::size_t size : {1, 16'384, 20'000, 131'072}) {
    const std::string text(size, 't');
    client.send_text(text);
    EXPECT_TRUE(client.frame()->text == text) << size;
  }
}

TEST(Tls, SendsMoreThanTheSocketTakesAtOnce) {
  Certificate certificate;
  Settings settings = certificate.settings();
  settings.socket_send_bytes = 8'192;
  RunningServer server(settings);
  Client client(server.port(), 8'192);
  ASSERT_TRUE(client.start_tls());
  client.upgrade();
  for (int i = 0; i < 20; ++i) client.send_text(std::string(static_cast<std::size_t>(40'000 + i), 'a'));
  for (int i = 0; i < 20; ++i) {
    const auto frame = client.frame();
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->text.size(), static_cast<std::size_t>(40'000 + i));
  }
}

TEST(Tls, TellsASlowReaderThatItIsTooSlow) {
  Certificate certificate;
  Settings settings = certificate.settings();
  settings.socket_send_bytes = 8'192;
  RunningServer server(settings);
  Client client(server.port(), 8'192);
  ASSERT_TRUE(client.start_tls());
  client.upgrade();
  client.send_text("flood");
  std::optional<Frame> frame;
  do frame = client.frame();
  while (frame && frame->kind == Frame::Kind::text);
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->code, 4101);
}

TEST(Tls, ResumesSessionsOfBothVersions) {
  Certificate certificate;
  RunningServer server(certificate.settings());
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    SSL_SESSION* session = nullptr;
    {
      Client first(server.port());
      ASSERT_TRUE(first.start_tls({nullptr, version}));
      first.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n");
      EXPECT_EQ(first.response().status, 200);
      EXPECT_EQ(SSL_session_reused(first.tls()), 0);
      session = SSL_get1_session(first.tls());
    }
    certificate.write("next");
    ASSERT_TRUE(server.server->reload_tls()) << "tickets outlive a new certificate";
    Client second(server.port());
    ASSERT_TRUE(second.start_tls({session, version}));
    EXPECT_EQ(SSL_session_reused(second.tls()), 1) << version;
    SSL_SESSION_free(session);
  }
}

TEST(Tls, RefusesVersionsBefore12) {
  Certificate certificate;
  RunningServer server(certificate.settings());
  Client client(server.port());
  EXPECT_FALSE(client.start_tls({nullptr, TLS1_1_VERSION}));
}

TEST(Tls, TakesANewCertificateForNewHandshakesAndKeepsTheOldOneWhenItIsBroken) {
  Certificate certificate;
  RunningServer server(certificate.settings(), 2);
  Client before(server.port());
  ASSERT_TRUE(before.start_tls());
  EXPECT_EQ(peer_name(before), "first");
  certificate.write("second");
  ASSERT_TRUE(server.server->reload_tls());
  for (int i = 0; i < 2; ++i) {
    Client after(server.port());
    ASSERT_TRUE(after.start_tls());
    EXPECT_EQ(peer_name(after), "second");
  }
  certificate.spoil();
  const auto failed = server.server->reload_tls();
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().text.find("certificate"), std::string::npos);
  Client still(server.port());
  EXPECT_TRUE(still.start_tls());
  before.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_EQ(before.response().status, 200) << "open connections go on";
}

TEST(Tls, DoesNotStartWithoutACertificate) {
  Settings settings;
  settings.tls = {"/nowhere/certificate.pem", "/nowhere/key.pem"};
  EXPECT_THROW(RunningServer{settings}, std::runtime_error);
}

TEST(Tls, EndsClientsThatDoNotSpeakIt) {
  Certificate certificate;
  Settings settings = certificate.settings();
  settings.header_within = seconds(1);
  RunningServer server(settings);
  Client plain(server.port()), silent(server.port());
  plain.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_TRUE(plain.rest());
  EXPECT_TRUE(silent.rest());
  EXPECT_TRUE(eventually([&] { return server.server->connections() == 0; }));
}

}  // namespace
}  // namespace fieldcast::transport::testing
