#include "upgrade.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace fieldcast::simulate {
namespace {

bool same_name(std::string_view a, std::string_view lower) {
  return std::ranges::equal(
      a, lower, [](char x, char y) { return (x >= 'A' && x <= 'Z' ? static_cast<char>(x - 'A' + 'a') : x) == y; });
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

}  // namespace

std::string upgrade_request(const ServerAddress& address, std::string_view token, std::string_view key) {
  std::string request = "GET " + address.target + " HTTP/1.1\r\nHost: " + address.authority() +
                        "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                        "Sec-WebSocket-Protocol: fieldcast.v1.json\r\nSec-WebSocket-Key: ";
  request += key;
  if (!token.empty()) {
    request += "\r\nAuthorization: Bearer ";
    request += token;
  }
  request += "\r\n\r\n";
  return request;
}

std::string upgrade_key(std::uint64_t high, std::uint64_t low) {
  static constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::array<unsigned, 18> bytes{};  // two zero bytes at the end complete the last group of three
  for (std::size_t i = 0; i < 8; ++i) {
    bytes[i] = static_cast<unsigned>(high >> (8 * i)) & 0xFFU;
    bytes[8 + i] = static_cast<unsigned>(low >> (8 * i)) & 0xFFU;
  }
  std::string key;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const unsigned group = bytes[i] << 16U | bytes[i + 1] << 8U | bytes[i + 2];
    for (const unsigned shift : {18U, 12U, 6U, 0U}) key += alphabet[group >> shift & 63U];
  }
  key.replace(22, 2, "==");
  return key;
}

std::string_view ResponseHead::field(std::string_view name) const {
  for (std::string_view rest = fields; !rest.empty();) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos && same_name(line.substr(0, colon), name))
      return trimmed(line.substr(colon + 1));
  }
  return {};
}

std::optional<ResponseHead> read_response_head(std::string_view head) {
  constexpr std::string_view version = "HTTP/1.";
  if (!head.starts_with(version) || head.size() < 12 || head[8] != ' ') return std::nullopt;
  ResponseHead response;
  const auto read = std::from_chars(head.data() + 9, head.data() + 12, response.status);
  if (read.ec != std::errc{} || read.ptr != head.data() + 12 || response.status < 100) return std::nullopt;
  const std::size_t line_end = head.find('\n');
  if (line_end != std::string_view::npos) response.fields = head.substr(line_end + 1);
  return response;
}

}  // namespace fieldcast::simulate
