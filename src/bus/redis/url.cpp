#include "fieldcast/bus/bus.hpp"
#include "fieldcast/bus/redis_url.hpp"

#include <charconv>
#include <optional>

namespace fieldcast::bus {
namespace {

constexpr std::size_t addresses_max = 64;
constexpr int database_max = 1'023;

struct Scheme {
  std::string_view name;
  RedisUrl::Kind kind;
  bool tls;
};
constexpr Scheme schemes[] = {
    {"redis", RedisUrl::Kind::single, false},
    {"rediss", RedisUrl::Kind::single, true},
    {"redis-sentinel", RedisUrl::Kind::sentinel, false},
    {"rediss-sentinel", RedisUrl::Kind::sentinel, true},
    {"redis-cluster", RedisUrl::Kind::cluster, false},
    {"rediss-cluster", RedisUrl::Kind::cluster, true},
};

struct Wrong {
  std::string_view text;
};

template <class Number>
std::optional<Number> number(std::string_view text, Number most) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0 || value > most) return std::nullopt;
  return value;
}

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    if (text[i] == '%') {
      if (i + 2 >= text.size() ||
          std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16).ptr != text.data() + i + 3)
        throw Wrong{"a % is not followed by two hexadecimal digits"};
      i += 2;
    } else {
      byte = static_cast<unsigned char>(text[i]);
    }
    if (byte == 0) throw Wrong{"a zero byte"};
    out += static_cast<char>(byte);
  }
  return out;
}

/// What stands before `mark`, taken from the front together with it; nothing when it is not there.
std::optional<std::string_view> take_until(std::string_view& text, std::string_view mark) {
  const auto at = text.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  const auto taken = text.substr(0, at);
  text.remove_prefix(at + mark.size());
  return taken;
}

void take_credentials(std::string_view& text, RedisUrl& url) {
  const auto slash = text.find('/');
  const auto at = text.substr(0, slash).rfind('@');
  if (at == std::string_view::npos) return;
  std::string_view user = text.substr(0, at);
  text.remove_prefix(at + 1);
  const auto colon = user.find(':');
  if (colon != std::string_view::npos) {
    url.password = decoded(user.substr(colon + 1));
    user = user.substr(0, colon);
  }
  url.user = decoded(user);
  if (!url.user.empty() && url.password.empty()) throw Wrong{"a user without a password"};
}

Address parse_address(std::string_view text, std::uint16_t port) {
  Address address{{}, port};
  if (text.starts_with('[')) {
    text.remove_prefix(1);
    const auto host = take_until(text, "]");
    if (!host) throw Wrong{"a bracket is not closed"};
    address.host = *host;
    if (!text.empty() && !text.starts_with(':')) throw Wrong{"something follows a bracket that is no port"};
  } else {
    const auto colon = text.find(':');
    address.host = text.substr(0, colon);
    text = colon == std::string_view::npos ? std::string_view{} : text.substr(colon);
  }
  if (address.host.empty()) throw Wrong{"no host"};
  for (const char c : address.host)
    if (static_cast<unsigned char>(c) <= ' ' || std::string_view{"@/?#%"}.find(c) != std::string_view::npos)
      throw Wrong{"a host has a character that hosts do not have"};
  if (text.empty()) return address;
  const auto given = number<unsigned>(text.substr(1), 65'535);
  if (!given || *given == 0) throw Wrong{"a port is not a number from 1 to 65535"};
  address.port = static_cast<std::uint16_t>(*given);
  return address;
}

void take_addresses(std::string_view list, RedisUrl& url) {
  const std::uint16_t port = url.kind == RedisUrl::Kind::sentinel ? 26'379 : 6'379;
  for (bool more = true; more;) {
    auto next = take_until(list, ",");
    more = next.has_value();
    url.addresses.push_back(parse_address(next.value_or(list), port));
    if (url.addresses.size() > addresses_max) throw Wrong{"more than 64 addresses"};
  }
  if (url.kind == RedisUrl::Kind::single && url.addresses.size() > 1)
    throw Wrong{"several addresses: use redis-sentinel:// or redis-cluster://"};
}

void take_path(std::string_view path, RedisUrl& url) {
  if (url.kind == RedisUrl::Kind::sentinel) {
    auto master = take_until(path, "/");
    url.master = decoded(master.value_or(path));
    if (url.master.empty()) throw Wrong{"no name of a master"};
    if (!master) path = {};
  }
  if (path.empty()) return;
  const auto database = number<int>(path, database_max);
  if (!database) throw Wrong{"the database is not a number from 0 to 1023"};
  if (url.kind == RedisUrl::Kind::cluster && *database != 0) throw Wrong{"a cluster has database 0 only"};
  url.database = *database;
}

RedisUrl parse(std::string_view text) {
  RedisUrl url;
  const auto name = take_until(text, "://");
  const Scheme* known = nullptr;
  for (const Scheme& each : schemes)
    if (name == each.name) known = &each;
  if (known == nullptr) throw Wrong{"it starts with none of redis://, rediss://, redis-sentinel://, redis-cluster://"};
  url.kind = known->kind;
  url.tls = known->tls;
  take_credentials(text, url);
  const auto addresses = take_until(text, "/");
  take_addresses(addresses.value_or(text), url);
  take_path(addresses ? text : std::string_view{}, url);
  return url;
}

}  // namespace

std::string to_string(const Address& address) {
  const bool v6 = address.host.find(':') != std::string::npos;
  return (v6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

Result<RedisUrl> parse_redis_url(std::string_view url) {
  try {
    return parse(url);
  } catch (const Wrong& wrong) {
    return Error{"bad_setting", "Redis URL: " + std::string(wrong.text)};
  }
}

std::optional<std::string> wrong_with_redis_url(const std::string& url) {
  const auto parsed = parse_redis_url(url);
  if (parsed) return std::nullopt;
  return parsed.error().text;
}

}  // namespace fieldcast::bus
