// Any bytes, in any pieces, as HTTP requests one after the other on one connection.
#include "fieldcast/transport/http_reader.hpp"

#include <cstdlib>
#include <memory>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fieldcast::transport;
  if (size < 2) return 0;
  const std::size_t at_once = 1 + data[0] % 64U;  // the first byte chooses how it is cut
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  constexpr std::size_t body_bytes_max = 4'096;
  auto reader = std::make_unique<HttpReader>(HttpReaderLimits{1'024, 16});
  while (!bytes.empty()) {
    const std::size_t used = reader->feed(bytes.substr(0, at_once));
    if (used > at_once || used > bytes.size()) std::abort();
    bytes.remove_prefix(used);
    if (reader->state() == HttpReader::State::head_complete) {
      const HttpRequest& head = reader->request();
      if (head.path.empty() || head.path.front() != '/') std::abort();
      if (head.path.find('\0') != std::string::npos) std::abort();
      for (const std::string& segment : head.segments)
        if (segment == "." || segment == "..") std::abort();
      if (head.headers.size() > 16) std::abort();
      static_cast<void>(head.parameter("q"));
      reader->accept_body(body_bytes_max);
    }
    if (reader->state() == HttpReader::State::failed) {
      if (reader->failure().http_status < 400) std::abort();
      return 0;
    }
    if (reader->state() == HttpReader::State::complete) {
      if (reader->take_request().body.size() > body_bytes_max) std::abort();
      reader = std::make_unique<HttpReader>(HttpReaderLimits{1'024, 16});
    }
  }
  return 0;
}
