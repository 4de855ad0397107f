// Headers of a server's text frames, by hand from RFC 6455 5.2. Two places write such frames, domain's make_message
// and append_frame; they do not know each other, and both are compared with this.
#pragma once

#include <string>
#include <vector>

namespace fieldcast {

struct ServerFrameHeader {
  std::size_t payload_bytes;
  std::string header;
};

inline std::vector<ServerFrameHeader> server_frame_headers() {
  using namespace std::string_literals;
  return {{0, "\x81\x00"s},
          {1, "\x81\x01"s},
          {125, "\x81\x7D"s},
          {126, "\x81\x7E\x00\x7E"s},
          {256, "\x81\x7E\x01\x00"s},
          {65'535, "\x81\x7E\xFF\xFF"s},
          {65'536, "\x81\x7F\x00\x00\x00\x00\x00\x01\x00\x00"s},
          {1'000'000, "\x81\x7F\x00\x00\x00\x00\x00\x0F\x42\x40"s}};
}

}  // namespace fieldcast
