// Who may tell us about somebody else: the configured proxies.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fieldcast::transport {

/// IPv4 in IPv6's clothes becomes IPv4.
boost::asio::ip::address plain_address(const boost::asio::ip::address& address);
/// An address as proxies write it: perhaps in brackets, perhaps with a port. Nothing for anything else.
std::optional<boost::asio::ip::address> parse_address(std::string_view text);

class TrustedAddresses {
 public:
  /// Addresses or CIDR. Throws std::runtime_error that names what it cannot read.
  explicit TrustedAddresses(const std::vector<std::string>& entries);
  bool contains(const boost::asio::ip::address& address) const;
  /// The right-most address of an X-Forwarded-For value that is not trusted; `peer` when that is not trusted itself.
  boost::asio::ip::address client(const boost::asio::ip::address& peer, std::string_view forwarded_for) const;

 private:
  std::vector<std::pair<boost::asio::ip::address, unsigned>> networks_;  // address, bits of prefix
};

}  // namespace fieldcast::transport
