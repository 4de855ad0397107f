// An URL of a Redis server, of the Sentinels that watch one, or of a Redis Cluster; the forms are those of
// RedisSettings. No text of an error contains the URL or any part of it: there is a password in it.
#pragma once

#include "fieldcast/base/result.hpp"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fieldcast::bus {

struct Address {
  std::string host;  // a name, an IPv4 or an IPv6 address (without brackets)
  std::uint16_t port = 0;
  friend bool operator==(const Address&, const Address&) = default;
  friend auto operator<=>(const Address&, const Address&) = default;
};
/// "host:port", with brackets around IPv6.
std::string to_string(const Address& address);

struct RedisUrl {
  enum class Kind : std::uint8_t { single, sentinel, cluster };
  Kind kind = Kind::single;
  bool tls = false;
  std::string user, password;
  std::vector<Address> addresses;  // at least one; of a single server exactly one
  std::string master;              // sentinel only: the name of the watched master
  int database = 0;
};

/// Limits: 64 addresses, databases 0 to 1,023.
Result<RedisUrl> parse_redis_url(std::string_view url);

}  // namespace fieldcast::bus
