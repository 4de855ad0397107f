// Files of one folder over HTTP: the dashboard, its fonts and map tiles.
//
// GET and HEAD, ETag and Last-Modified with 304, one Range (206, 416, If-Range),
// siblings compressed beforehand (`.br`, `.gz`) by Accept-Encoding, gzip on the fly
// for text that has none. Names with a hash under /assets/ are immutable for clients.
// Nothing outside of the folder is served: no symbolic link is followed, and names
// that begin with a dot do not exist.
// Threads: one; each shard has its own. Memory: cache_bytes_max. Files above 256 KiB
// are read piece by piece as the client takes them.
// Errors: a file that cannot be read does not exist.
#pragma once

#include "fieldcast/transport/http_message.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fieldcast::transport {

class StaticFiles {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  /// `headers` go with every response, for example a Content-Security-Policy.
  explicit StaticFiles(const std::string& root, Headers headers = {}, std::size_t cache_bytes_max = 8'388'608);
  ~StaticFiles();

  /// False when there is no such file, or the method is another: then nothing was answered.
  bool serve(const HttpRequest& request, const HttpResponderPtr& responder) {
    return serve(request, request.path, responder);
  }
  /// Serves `path` for it, for example /index.html for the paths of a single-page application.
  bool serve(const HttpRequest& request, std::string_view path, const HttpResponderPtr& responder);

 private:
  struct Body;
  std::unique_ptr<Body> body_;
};

}  // namespace fieldcast::transport
