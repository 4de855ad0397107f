#include "tls_context.hpp"

#include <array>
#include <cstring>
#include <openssl/err.h>
#include <string_view>

namespace fieldcast::transport {

namespace {

constexpr std::size_t ticket_keys_bytes = 80;  // OpenSSL 3: name, HMAC key and AES key
constexpr long sessions_cached = 20'480;

Error tls_error(std::string_view what) {
  std::array<char, 256> reason{};
  ERR_error_string_n(ERR_get_error(), reason.data(), reason.size());
  ERR_clear_error();
  return {"tls_unusable", std::string(what) + ": " + reason.data()};
}

int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* offered,
                    unsigned int offered_length, void*) {
  static constexpr std::string_view wanted = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  const int found = SSL_select_next_proto(&chosen, out_length, reinterpret_cast<const unsigned char*>(wanted.data()),
                                          static_cast<unsigned>(wanted.size()), offered, offered_length);
  *out = chosen;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

void set_rules(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                   SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_mode(context,
                   SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // One read takes all that is there, instead of header and body of each record apart.
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_SERVER);
  SSL_CTX_sess_set_cache_size(context, sessions_cached);
  SSL_CTX_set_timeout(context, 3'600);
  static constexpr std::string_view name = "fieldcast";
  SSL_CTX_set_session_id_context(context, reinterpret_cast<const unsigned char*>(name.data()),
                                 static_cast<unsigned>(name.size()));
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
}

void keep_ticket_keys(SSL_CTX* context, SSL_CTX* previous) {
  std::array<unsigned char, ticket_keys_bytes> keys{};
  if (SSL_CTX_get_tlsext_ticket_keys(previous, keys.data(), keys.size()) != 1 ||
      SSL_CTX_set_tlsext_ticket_keys(context, keys.data(), keys.size()) != 1)
    ERR_clear_error();  // new keys then: old sessions make a full handshake
}

}  // namespace

Result<TlsContextPtr> load_tls(const TlsSettings& settings, const TlsContextPtr& previous) {
  TlsContextPtr context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (!context) return tls_error("OpenSSL");
  set_rules(context.get());
  if (SSL_CTX_use_certificate_chain_file(context.get(), settings.certificate_file.c_str()) != 1)
    return tls_error("certificate " + settings.certificate_file);
  if (SSL_CTX_use_PrivateKey_file(context.get(), settings.key_file.c_str(), SSL_FILETYPE_PEM) != 1)
    return tls_error("key " + settings.key_file);
  if (SSL_CTX_check_private_key(context.get()) != 1) return tls_error("certificate and key do not belong together");
  if (previous) keep_ticket_keys(context.get(), previous.get());
  return context;
}

}  // namespace fieldcast::transport
