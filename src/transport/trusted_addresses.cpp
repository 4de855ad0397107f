#include "trusted_addresses.hpp"

#include <charconv>
#include <stdexcept>

namespace fieldcast::transport {

namespace asio = boost::asio;

namespace {

template <class Bytes>
bool same_prefix(const Bytes& a, const Bytes& b, unsigned bits) {
  for (std::size_t i = 0; i < a.size() && bits > 0; ++i) {
    const unsigned here = bits < 8 ? bits : 8;
    const unsigned mask = 0xffU << (8 - here) & 0xffU;
    if ((a[i] & mask) != (b[i] & mask)) return false;
    bits -= here;
  }
  return true;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

asio::ip::address plain_address(const asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  return address;
}

std::optional<asio::ip::address> parse_address(std::string_view text) {
  text = trim(text);
  if (text.size() > 64) return std::nullopt;
  if (!text.empty() && text.front() == '[') {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    text = text.substr(1, end - 1);
  } else if (text.find(':') != std::string_view::npos && text.find(':') == text.rfind(':')) {
    text = text.substr(0, text.find(':'));  // an IPv4 address with a port
  }
  boost::system::error_code error;
  const asio::ip::address address = asio::ip::make_address(std::string(text), error);
  if (error) return std::nullopt;
  return plain_address(address);
}

TrustedAddresses::TrustedAddresses(const std::vector<std::string>& entries) {
  for (const std::string& entry : entries) {
    const std::size_t slash = entry.find('/');
    const auto address = parse_address(entry.substr(0, slash));
    unsigned bits = address && address->is_v4() ? 32 : 128;
    bool valid = address.has_value();
    if (valid && slash != std::string::npos) {
      const unsigned most = bits;
      const char* end = entry.data() + entry.size();
      const auto [stop, error] = std::from_chars(entry.data() + slash + 1, end, bits);
      valid = error == std::errc{} && stop == end && bits <= most;
    }
    if (!valid) throw std::runtime_error("trusted proxy is neither an address nor a CIDR: " + entry);
    networks_.emplace_back(*address, bits);
  }
}

bool TrustedAddresses::contains(const asio::ip::address& address) const {
  for (const auto& [network, bits] : networks_) {
    if (network.is_v4() != address.is_v4()) continue;
    if (network.is_v4() ? same_prefix(network.to_v4().to_bytes(), address.to_v4().to_bytes(), bits)
                        : same_prefix(network.to_v6().to_bytes(), address.to_v6().to_bytes(), bits))
      return true;
  }
  return false;
}

asio::ip::address TrustedAddresses::client(const asio::ip::address& peer, std::string_view forwarded_for) const {
  asio::ip::address client = peer;
  while (!forwarded_for.empty() && contains(client)) {
    const std::size_t comma = forwarded_for.rfind(',');
    const auto named = parse_address(comma == std::string_view::npos ? forwarded_for : forwarded_for.substr(comma + 1));
    if (!named) break;
    client = *named;
    forwarded_for = comma == std::string_view::npos ? std::string_view{} : forwarded_for.substr(0, comma);
  }
  return client;
}

}  // namespace fieldcast::transport
