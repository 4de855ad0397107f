#include "fieldcast/simulate/server_address.hpp"

#include <charconv>
#include <fstream>
#include <iterator>
#include <optional>

namespace fieldcast::simulate {
namespace {

Error bad_url(std::string text) { return Error{"bad_url", std::move(text)}; }

std::optional<std::uint16_t> port_from(std::string_view text) {
  unsigned port = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), port);
  if (text.empty() || read.ec != std::errc{} || read.ptr != text.data() + text.size() || port == 0 || port > 65'535)
    return std::nullopt;
  return static_cast<std::uint16_t>(port);
}

/// `host`, `host:port`, `[v6]`, `[v6]:port`.
Result<void> read_authority(std::string_view text, ServerAddress& address) {
  std::string_view rest;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return bad_url("the IPv6 address has no closing bracket");
    address.host = text.substr(1, end - 1);
    rest = text.substr(end + 1);
  } else {
    const std::size_t colon = text.find(':');
    address.host = text.substr(0, colon);
    rest = colon == std::string_view::npos ? std::string_view() : text.substr(colon);
  }
  if (address.host.empty()) return bad_url("the URL names no host");
  if (rest.empty()) return {};
  const auto port = rest.front() == ':' ? port_from(rest.substr(1)) : std::nullopt;
  if (!port) return bad_url("the port is no number from 1 to 65535");
  address.port = *port;
  return {};
}

std::optional<std::string> content_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

}  // namespace

std::string ServerAddress::authority() const {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<ServerAddress> parse_server_address(std::string_view url) {
  const std::size_t scheme_end = url.find("://");
  const std::string_view scheme = url.substr(0, scheme_end == std::string_view::npos ? 0 : scheme_end);
  if (scheme != "ws" && scheme != "http" && scheme != "wss" && scheme != "https")
    return bad_url("the URL must begin with ws://, wss://, http:// or https://");
  ServerAddress address;
  address.tls = scheme == "wss" || scheme == "https";
  address.port = address.tls ? 443 : 80;
  std::string_view rest = url.substr(scheme_end + 3);
  const std::size_t path = rest.find_first_of("/?#");
  if (auto read = read_authority(rest.substr(0, path), address); !read) return read.error();
  rest = path == std::string_view::npos ? std::string_view() : rest.substr(path);
  rest = rest.substr(0, rest.find('#'));
  if (rest.find_first_of(" \r\n") != std::string_view::npos) return bad_url("the URL's path holds a space");
  if (rest.starts_with('?')) {
    address.target += rest;
  } else if (rest.size() > 1) {
    address.target = rest;
  }
  return address;
}

Result<TokenSource> TokenSource::open(const Credentials& credentials) {
  if (!credentials.token.empty()) return TokenSource(credentials, access::Algorithm::hs256, {});
  if (credentials.key_file.empty()) return Error{"token_missing", "a token or the key to make tokens with is needed"};
  const auto algorithm = access::algorithm_from(credentials.key_algorithm);
  if (!algorithm) return Error{"key_unusable", "unknown algorithm " + credentials.key_algorithm};
  auto key = content_of(credentials.key_file);
  if (!key || key->empty()) return Error{"key_unusable", "cannot read " + credentials.key_file};
  return TokenSource(credentials, *algorithm, std::move(*key));
}

Result<std::string> TokenSource::agent(const std::string& id, const std::string& team, const std::string& name) const {
  access::Claims claims;
  claims.user = UserId(id);
  claims.role = access::Role::agent;
  claims.team = TeamId(team);
  claims.name = name;
  return sign(std::move(claims));
}

Result<std::string> TokenSource::manager(const std::string& id, std::span<const std::string> teams) const {
  access::Claims claims;
  claims.user = UserId(id);
  claims.role = access::Role::manager;
  for (const std::string& team : teams) claims.teams.emplace_back(team);
  claims.all_teams = teams.empty();
  return sign(std::move(claims));
}

Result<std::string> TokenSource::sign(access::Claims claims) const {
  if (shared()) return Result<std::string>(boost::system::in_place_value, credentials_.token);
  const Timestamp now = read_clock().wall;
  claims.org = OrgId(credentials_.org);
  claims.expires_at = now + credentials_.valid_for;
  access::VerifierSettings settings;
  if (!credentials_.issuer.empty()) settings.issuer = credentials_.issuer;
  if (!credentials_.audience.empty()) settings.audience = credentials_.audience;
  return access::sign_token(algorithm_, key_, credentials_.kid, access::token_payload(claims, now, settings));
}

}  // namespace fieldcast::simulate
