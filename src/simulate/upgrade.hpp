// The HTTP side of opening a WebSocket, by hand. Pure.
#pragma once

#include "fieldcast/simulate/server_address.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace fieldcast::simulate {

/// `key`: base64 of 16 bytes. An empty `token` sends no Authorization (a ticket stands in the target).
std::string upgrade_request(const ServerAddress& address, std::string_view token, std::string_view key);
/// Base64 of 16 bytes made of the two numbers.
std::string upgrade_key(std::uint64_t high, std::uint64_t low);

/// The head of a response, without its blank line.
struct ResponseHead {
  int status = 0;
  std::string_view fields;
  /// The first field of that name (given in lower case); empty when absent.
  std::string_view field(std::string_view name) const;
};
/// Nothing when this is no HTTP response.
std::optional<ResponseHead> read_response_head(std::string_view head);

}  // namespace fieldcast::simulate
