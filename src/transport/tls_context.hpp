// The certificate and rules of new TLS handshakes.
#pragma once

#include "fieldcast/base/result.hpp"
#include "fieldcast/transport/server.hpp"

#include <memory>
#include <openssl/ssl.h>

namespace fieldcast::transport {

/// Threads: any. Connections that were opened with it keep it alive.
using TlsContextPtr = std::shared_ptr<SSL_CTX>;

/// TLS 1.2 and 1.3, no renegotiation, no compression, resumption by tickets and by session ids.
/// `previous`: the one that it replaces; sessions begun under it are resumed. May be null.
Result<TlsContextPtr> load_tls(const TlsSettings& settings, const TlsContextPtr& previous);

}  // namespace fieldcast::transport
