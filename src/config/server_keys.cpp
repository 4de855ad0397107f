// [server] and [access]: who gets in, and how.
#include "key_kinds.hpp"
#include "keys.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

namespace fieldcast::config {
namespace {

namespace ip = boost::asio::ip;

std::optional<std::string> is_address(const std::string& text) {
  boost::system::error_code error;
  ip::make_address(text, error);
  if (error) return "must be an IPv4 or IPv6 address";
  return std::nullopt;
}

std::optional<std::string> is_network(const std::string& text) {
  boost::system::error_code error;
  if (ip::make_address(text, error); !error) return std::nullopt;
  if (ip::make_network_v4(text, error); !error) return std::nullopt;
  if (ip::make_network_v6(text, error); !error) return std::nullopt;
  return "must be an address or a network such as 10.0.0.0/8";
}

std::optional<std::string> is_origin(const std::string& text) {
  const auto scheme = text.find("://");
  const bool whole = scheme != std::string::npos && scheme != 0 && text.size() > scheme + 3;
  if (text == "*" || (whole && text.find_first_of("/?#@ ", scheme + 3) == std::string::npos)) return std::nullopt;
  return "must be an origin such as https://map.example (no path, no slash at its end), or *";
}

Key heartbeat() {
  Key key = duration("server.heartbeat_s", {1, 3'600},
                     "Ping a WebSocket that was sent nothing for as long; silent for two of them, it is closed",
                     FIELDCAST_FIELD(server.heartbeat));
  key.assign = [assign = key.assign](Config& config, const Value& value) {
    auto wrong = assign(config, value);
    config.session.heartbeat = config.server.heartbeat;
    return wrong;
  };
  return key;
}

std::vector<Key> listening_keys() {
  return {
      text("server.address", is_address, "Address to listen on; \"::\" for every address, IPv6 included",
           FIELDCAST_FIELD(server.address)),
      number("server.port", "", {0, 65'535}, "Port to listen on; 0: any free one", FIELDCAST_FIELD(server.port)),
      number("server.shards", "", {0, 64}, "Threads that serve connections; 0: one per core", FIELDCAST_FIELD(shards)),
      text("server.tls_certificate_file", any_text, "Certificate chain (PEM); with tls_key_file it makes https and wss",
           FIELDCAST_FIELD(server.tls.certificate_file)),
      text("server.tls_key_file", any_text, "Private key (PEM) of the certificate",
           FIELDCAST_FIELD(server.tls.key_file)),
      list("server.trusted_proxies", is_network,
           "Proxies (addresses, networks) whose word on the client's address counts",
           FIELDCAST_FIELD(server.trusted_proxies)),
      yes_no("server.proxy_protocol", "Trusted proxies speak the PROXY protocol, version 1 or 2",
             FIELDCAST_FIELD(server.proxy_protocol)),
      list("server.origins", is_origin, "Web origins that may open WebSockets; \"*\" any",
           FIELDCAST_FIELD(server.origins)),
      list("server.cors_origins", is_origin, "Web origins that may call the HTTP interface; \"*\" any",
           FIELDCAST_FIELD(cors_origins)),
      text("server.web_root", any_text, "Folder of the dashboard; empty: none is served", FIELDCAST_FIELD(web_root)),
  };
}

std::vector<Key> connection_keys() {
  return {
      number("server.connections_max", "", {1, 10'000'000}, "Connections held at once; more are refused",
             FIELDCAST_FIELD(server.connections_max)),
      number("server.connections_per_s", "", {1, 1'000'000}, "New connections taken a second; more are refused",
             FIELDCAST_FIELD(server.connections_per_s)),
      number("server.header_bytes_max", "bytes", {1'024, 65'536}, "Largest head of an HTTP request",
             FIELDCAST_FIELD(server.header_bytes_max)),
      number("server.headers_max", "", {8, 1'000}, "Most header fields of an HTTP request",
             FIELDCAST_FIELD(server.headers_max)),
      duration("server.header_within_s", {1, 600}, "A request's head must be here within this time",
               FIELDCAST_FIELD(server.header_within)),
      duration("server.body_within_s", {1, 3'600}, "A request's body must be here within this time",
               FIELDCAST_FIELD(server.body_within)),
      duration("server.keep_alive_s", {1, 3'600}, "An HTTP connection without requests is closed after this time",
               FIELDCAST_FIELD(server.keep_alive)),
      heartbeat(),
      duration("server.write_stall_s", {1, 3'600}, "A socket that takes nothing for as long is closed",
               FIELDCAST_FIELD(server.write_stall_max)),
      number("server.socket_send_bytes", "bytes", {4'096, 16'777'216}, "Send buffer of a socket in the kernel",
             FIELDCAST_FIELD(server.socket_send_bytes)),
      number("server.fragments_max", "", {1, 65'536}, "Most frames of one WebSocket message",
             FIELDCAST_FIELD(server.websocket.fragments_max)),
      number("server.outbox_messages_max", "", {16, 1'000'000}, "Most messages that wait for one slow client",
             FIELDCAST_FIELD(server.outbox.messages_max)),
      number("server.outbox_bytes_max", "bytes", {4'096, 1'073'741'824},
             "Most bytes that wait for one slow client; beyond, it is closed and resumes",
             FIELDCAST_FIELD(server.outbox.bytes_max)),
      number("server.outbox_update_bytes_max", "bytes", {1'024, 1'073'741'824},
             "With more waiting, a client gets no updates until it has caught up, then the latest",
             FIELDCAST_FIELD(server.outbox.update_bytes_max)),
      duration("server.drain_ms", {0, 600'000},
               "When the server ends, its connections are closed spread over this time", FIELDCAST_FIELD(drain_over)),
  };
}

}  // namespace

std::vector<Key> server_keys() {
  std::vector<Key> all = listening_keys();
  for (Key& key : connection_keys()) all.push_back(std::move(key));
  return all;
}

std::vector<Key> access_keys() {
  return {
      text("access.secret_file", any_text, "File with the HS256 secret of tokens without `kid` (32 bytes or more)",
           FIELDCAST_FIELD(access.secret_file)),
      text("access.jwks_file", any_text, "File with the public keys of tokens (JWKS)",
           FIELDCAST_FIELD(access.jwks_file)),
      text("access.issuer", any_text, "`iss` that tokens must have; empty: any",
           FIELDCAST_FIELD(access.verifier.issuer)),
      text("access.audience", any_text, "`aud` that tokens must have; empty: any",
           FIELDCAST_FIELD(access.verifier.audience)),
      duration("access.leeway_s", {0, 600}, "How far the clock of who issues tokens may be off",
               FIELDCAST_FIELD(access.verifier.leeway)),
      duration("access.ticket_valid_s", {1, 600}, "How long a one-time ticket is valid",
               FIELDCAST_FIELD(access.ticket_valid)),
      text("access.claims.user", not_empty, "Claim that names the agent or user; dots descend into objects",
           FIELDCAST_FIELD(access.verifier.names.user)),
      text("access.claims.role", not_empty, "Claim with the role: agent, gateway, manager or admin",
           FIELDCAST_FIELD(access.verifier.names.role)),
      text("access.claims.org", not_empty, "Claim with the organisation", FIELDCAST_FIELD(access.verifier.names.org)),
      text("access.claims.team", not_empty, "Claim with an agent's team", FIELDCAST_FIELD(access.verifier.names.team)),
      text("access.claims.teams", not_empty, "Claim with the teams of a manager or gateway",
           FIELDCAST_FIELD(access.verifier.names.teams)),
      text("access.claims.name", not_empty, "Claim with the name for people",
           FIELDCAST_FIELD(access.verifier.names.name)),
  };
}

std::vector<KeyDescription> key_source_keys() {
  return {
      {"access.keys[].kid", "\"\"", "", "`kid` of the tokens that this key verifies; empty: of those without"},
      {"access.keys[].algorithm", "\"\"", "", "HS256, RS256, ES256 or EdDSA"},
      {"access.keys[].secret_file", "\"\"", "", "File with the secret, for HS256"},
      {"access.keys[].pem_file", "\"\"", "", "File with the public key (PEM), for the others"},
  };
}

}  // namespace fieldcast::config
