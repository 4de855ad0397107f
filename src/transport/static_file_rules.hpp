// What HTTP says about a file: its type, how long it may be kept, which part and coding a client wants.
#pragma once

#include "fieldcast/transport/http_message.hpp"

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace fieldcast::transport {

std::string_view content_type(std::string_view path);
bool is_compressible(std::string_view path);
std::string_view cache_control(std::string_view path);
std::string http_date(std::time_t unix_s);

/// By its q value, `*` included.
bool accepts_encoding(const HttpRequest& request, std::string_view coding);

/// True when the client has this version already (If-None-Match before If-Modified-Since).
bool not_modified(const HttpRequest& request, std::string_view etag, std::string_view last_modified);

struct ByteRange {
  std::uint64_t from = 0;
  std::uint64_t bytes = 0;
};
struct RangeVerdict {
  enum class Kind : std::uint8_t { whole, part, unsatisfiable } kind = Kind::whole;
  ByteRange range;
};
/// What a client that sent Range gets; several ranges get the whole.
RangeVerdict wanted_range(const HttpRequest& request, std::uint64_t size, std::string_view etag,
                          std::string_view last_modified);

}  // namespace fieldcast::transport
