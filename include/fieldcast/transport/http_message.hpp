// HTTP requests and responses as the application sees them. No Beast here.
#pragma once

#include "fieldcast/domain/message.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fieldcast::transport {

struct HttpRequest {
  std::string method;                 // upper case
  std::string path;                   // percent-decoded, begins with '/'
  std::vector<std::string> segments;  // of the path, each decoded by itself: one may hold a '/'; none is `.` or `..`
  std::string query;                  // raw, without '?'
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;                                          // decoded: gzip is undone, its size bounded
  std::string peer;  // the client's address, X-Forwarded-For and PROXY taken from trusted peers only
  bool tls = false;

  /// Empty when absent. `name` in lower case.
  std::string_view header(std::string_view name) const;
  /// Percent-decoded value of a query parameter; nothing when absent.
  std::optional<std::string> parameter(std::string_view name) const;
};

struct HttpResponse {
  std::uint16_t status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  MessagePtr shared_body;  // used instead of body when set
  bool close = false;      // end the connection after it
  HttpResponse& with(std::string name, std::string value) {
    headers.emplace_back(std::move(name), std::move(value));
    return *this;
  }
};

/// An open-ended response (chunked): event streams, exports. On its shard's thread only.
class HttpStream {
 public:
  virtual ~HttpStream() = default;
  virtual void write(std::string bytes) = 0;
  /// `prefix` + the message's payload + `suffix` as one piece; the payload is shared, not copied.
  virtual void write(std::string prefix, MessagePtr message, std::string_view suffix) = 0;
  /// True while the socket keeps up: take more. Otherwise wait for on_writable.
  virtual bool ready() const = 0;
  virtual void finish() = 0;  // a well-formed end
  virtual void abort() = 0;   // cuts the connection: the client sees that it is not whole
};

/// Told by the stream; called on its shard's thread, never from inside HttpStream's members.
struct StreamEvents {
  std::function<void()> on_writable;
  std::function<void()> on_closed;  // once, whatever the reason; the HttpStream is gone afterwards
};

/// Answers one request, once, on the shard's thread, at once or later. When the client went away
/// meanwhile the answer is dropped; alive() tells. Destroyed unanswered: 500.
class HttpResponder {
 public:
  virtual ~HttpResponder() = default;
  virtual bool alive() const = 0;
  virtual void respond(HttpResponse response) = 0;
  /// Sends the head and goes on as a stream. Null when the client is gone.
  virtual std::shared_ptr<HttpStream> stream(HttpResponse head, StreamEvents events) = 0;
};
using HttpResponderPtr = std::shared_ptr<HttpResponder>;

}  // namespace fieldcast::transport
