// Where the server is, and who we say we are.
#pragma once

#include "fieldcast/access/signer.hpp"
#include "fieldcast/base/result.hpp"
#include "fieldcast/simulate/reconnection.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace fieldcast::simulate {

/// A parsed URL. ws and http mean the same server, as do wss and https.
struct ServerAddress {
  bool tls = false;
  std::string host;  // without the brackets of an IPv6 address
  std::uint16_t port = 80;
  std::string target = "/v1/ws";  // path and query of the WebSocket

  /// As in a Host header.
  std::string authority() const;
};
/// Errors: bad_url.
Result<ServerAddress> parse_server_address(std::string_view url);

/// Either a ready token (a gateway's for agents, a manager's for dashboards), or a key to make one for everybody.
struct Credentials {
  std::string token;                    // --token, or the content of --token-file
  std::string key_file;                 // --key: the private key or secret that the server trusts
  std::string key_algorithm = "HS256";  // --key-algorithm
  std::string kid;                      // --kid
  std::string org = "default";          // --org
  std::string issuer, audience;         // --issuer, --audience
  seconds valid_for{86'400};            // --token-valid
};

/// What every command that speaks to a server needs.
struct ServerOptions {
  std::string url = "ws://127.0.0.1:8080/v1/ws";  // --url
  Credentials credentials;
  std::string ca_file;      // --ca: trusted beside the system's
  bool insecure = false;    // --insecure: any certificate will do
  BackoffSettings backoff;  // --backoff-min-ms, --backoff-max-ms
};

/// Makes tokens. Threads: one. Cost: that of a signature (5 µs with HS256, the key parsed once per token for others).
class TokenSource {
 public:
  /// Errors: key_unusable (unreadable file, unknown algorithm), token_missing (neither token nor key).
  static Result<TokenSource> open(const Credentials& credentials);

  /// True: everybody uses the one token that was given.
  bool shared() const { return !credentials_.token.empty(); }

  Result<std::string> agent(const std::string& id, const std::string& team, const std::string& name) const;
  /// Empty `teams`: all teams of the organisation.
  Result<std::string> manager(const std::string& id, std::span<const std::string> teams) const;

 private:
  TokenSource(Credentials credentials, access::Algorithm algorithm, std::string key)
      : credentials_(std::move(credentials)), algorithm_(algorithm), key_(std::move(key)) {}
  Result<std::string> sign(access::Claims claims) const;

  Credentials credentials_;
  access::Algorithm algorithm_;
  std::string key_;
};

}  // namespace fieldcast::simulate
