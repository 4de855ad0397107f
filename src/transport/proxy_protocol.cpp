#include "fieldcast/transport/proxy_protocol.hpp"

#include "trusted_addresses.hpp"

#include <algorithm>
#include <array>

namespace fieldcast::transport {

namespace {

constexpr std::string_view v2_signature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::string_view v1_signature = "PROXY ";
constexpr std::size_t v1_bytes_min = 15;  // "PROXY UNKNOWN\r\n"
constexpr std::size_t v1_bytes_max = 107;
constexpr std::size_t v2_head_bytes = 16;
constexpr std::size_t v2_rest_max = 4'096;

std::size_t byte(std::string_view bytes, std::size_t at) { return static_cast<unsigned char>(bytes[at]); }

template <class Bytes>
Bytes raw_address(std::string_view bytes) {
  Bytes raw{};
  std::copy_n(bytes.begin(), raw.size(), raw.begin());
  return raw;
}

}  // namespace

bool ProxyHeaderReader::is_v2() const { return bytes_.starts_with(v2_signature); }

std::size_t ProxyHeaderReader::wanted() const {
  if (state_ != State::more) return 0;
  const std::size_t have = bytes_.size();
  if (have < v2_signature.size()) return v2_signature.size() - have;
  if (is_v2()) {
    if (have < v2_head_bytes) return v2_head_bytes - have;
    return v2_head_bytes + byte(bytes_, 14) * 256 + byte(bytes_, 15) - have;
  }
  if (have < v1_bytes_min) return v1_bytes_min - have;
  return bytes_.back() == '\r' ? 1 : 2;
}

ProxyHeaderReader::State ProxyHeaderReader::feed(std::string_view bytes) {
  if (state_ != State::more) return state_;
  bytes_.append(bytes);
  const std::string_view start(bytes_);
  if (start.starts_with(v2_signature.substr(0, std::min(start.size(), v2_signature.size()))))
    read_v2();
  else if (start.starts_with(v1_signature.substr(0, std::min(start.size(), v1_signature.size()))))
    read_v1();
  else
    state_ = State::invalid;
  return state_;
}

// "PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n"
void ProxyHeaderReader::read_v1() {
  const std::size_t end = bytes_.find("\r\n");
  if (end == std::string::npos) {
    if (bytes_.size() >= v1_bytes_max) state_ = State::invalid;
    return;
  }
  state_ = State::invalid;
  if (end + 2 != bytes_.size()) return;
  const std::string_view line = std::string_view(bytes_).substr(v1_signature.size(), end - v1_signature.size());
  if (line == "UNKNOWN" || line.starts_with("UNKNOWN ")) {
    state_ = State::complete;
    return;
  }
  if (!line.starts_with("TCP4 ") && !line.starts_with("TCP6 ")) return;
  const std::string_view rest = line.substr(5);
  if (std::count(rest.begin(), rest.end(), ' ') != 3) return;
  const auto source = parse_address(rest.substr(0, rest.find(' ')));
  if (!source) return;
  source_ = source->to_string();
  state_ = State::complete;
}

void ProxyHeaderReader::read_v2() {
  if (bytes_.size() < v2_head_bytes) return;
  const std::size_t length = byte(bytes_, 14) * 256 + byte(bytes_, 15);
  const std::size_t version = byte(bytes_, 12) >> 4, command = byte(bytes_, 12) & 0xf;
  if (version != 2 || command > 1 || length > v2_rest_max) {
    state_ = State::invalid;
    return;
  }
  if (bytes_.size() < v2_head_bytes + length) return;
  state_ = State::complete;
  if (command == 0) return;  // LOCAL: the proxy's own health check
  const std::string_view rest = std::string_view(bytes_).substr(v2_head_bytes);
  const std::size_t family = byte(bytes_, 13) >> 4;
  namespace ip = boost::asio::ip;
  if (family == 1 && length >= 12)
    source_ = ip::address_v4(raw_address<ip::address_v4::bytes_type>(rest)).to_string();
  else if (family == 2 && length >= 36)
    source_ = plain_address(ip::address_v6(raw_address<ip::address_v6::bytes_type>(rest))).to_string();
  else if (family == 1 || family == 2)
    state_ = State::invalid;
}

}  // namespace fieldcast::transport
