// One GET over HTTP/1.1, blocking: for checks, not for load.
#pragma once

#include "fieldcast/simulate/server_address.hpp"

#include <string>
#include <string_view>

namespace fieldcast::simulate {

struct HttpAnswer {
  int status = 0;
  std::string body;
};

/// A connection for each request. Threads: one.
class HttpGetter {
 public:
  /// Errors: as open_network.
  static Result<HttpGetter> open(const ServerOptions& options);
  HttpGetter(HttpGetter&&) noexcept;
  HttpGetter& operator=(HttpGetter&&) noexcept;
  ~HttpGetter();

  /// Errors: not_reached, bad_answer.
  Result<HttpAnswer> get(const std::string& target, std::string_view token);

 private:
  struct Body;
  explicit HttpGetter(std::unique_ptr<Body> body);
  std::unique_ptr<Body> body_;
};

/// Decodes a chunked body. False when it is not complete or not chunked coding.
bool decode_chunks(std::string_view coded, std::string& body);

/// As it stands in a path: everything but unreserved characters becomes %XX.
std::string percent_encoded(std::string_view text);

}  // namespace fieldcast::simulate
