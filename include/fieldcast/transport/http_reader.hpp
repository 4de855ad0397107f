// HTTP/1 requests, from bytes. Pure: no I/O, no clock.
//
// Strict where leniency is a hole: Content-Length with Transfer-Encoding, codings
// other than chunked, a missing or second Host, bad percent-encoding, dot segments,
// NUL and control characters in the path are refused. A gzip body is undone here,
// and what it inflates to is bounded like any body.
// Threads: one. Memory: the request, plus what is incomplete of its head.
#pragma once

#include "fieldcast/domain/outcome.hpp"
#include "fieldcast/transport/http_message.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace fieldcast::transport {

struct HttpReaderLimits {
  std::size_t header_bytes_max = 8'192;
  std::size_t headers_max = 64;
};

class HttpReader {
 public:
  enum class State : std::uint8_t {
    head,           // wants bytes
    head_complete,  // wants accept_body
    body,           // wants bytes
    complete,       // take_request
    failed,         // failure(); nothing more can be read from this connection
  };

  explicit HttpReader(const HttpReaderLimits& limits);
  ~HttpReader();
  HttpReader(const HttpReader&) = delete;
  HttpReader& operator=(const HttpReader&) = delete;

  /// Returns how many of `bytes` were used; the rest belongs to what comes after the present state.
  std::size_t feed(std::string_view bytes);
  State state() const;
  bool started() const;  // at least one byte of the request came
  /// Goes on from head_complete. A body above `body_bytes_max`, before or after inflating, fails.
  void accept_body(std::size_t body_bytes_max);

  HttpRequest& request();  // its head, from head_complete on
  HttpRequest take_request();
  const Outcome& failure() const;

  bool keep_alive() const;
  bool is_http_1_0() const;
  bool has_body() const;
  bool expects_continue() const;

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

/// Undoes percent-encoding; nothing when it is broken.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);
/// True when `name` is one of the comma-separated tokens of a header value; letter case is ignored.
bool has_token(std::string_view header_value, std::string_view name);

}  // namespace fieldcast::transport
