// Heads of HTTP responses, as bytes.
#pragma once

#include "fieldcast/transport/http_message.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fieldcast::transport {

enum class Framing : std::uint8_t { none, length, chunked, until_close };

struct HeadFacts {
  std::string_view date;
  Framing framing = Framing::length;
  std::size_t content_length = 0;
  bool keep_alive = true;
  bool http_1_0 = false;
};

/// Status line, headers and the empty line. Framing headers among `response.headers` are left out, and
/// control characters in values become spaces: no value can begin another header.
std::string response_head(const HttpResponse& response, const HeadFacts& facts);

/// 1xx, 204 and 304 never have a body.
bool status_has_body(std::uint16_t status);
/// A Content-Length that the application gave; nothing when absent or not a number.
std::optional<std::size_t> given_length(const HttpResponse& response);
/// "1f\r\n", what stands before a chunk.
std::string chunk_head(std::size_t bytes);

}  // namespace fieldcast::transport
