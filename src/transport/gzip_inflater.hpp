// gzip, undone piece by piece, with a bound on what comes out.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <zlib.h>

namespace fieldcast::transport {

class GzipInflater {
 public:
  enum class Verdict : unsigned char { fine, too_big, broken };

  GzipInflater();
  ~GzipInflater();
  GzipInflater(const GzipInflater&) = delete;
  GzipInflater& operator=(const GzipInflater&) = delete;

  /// Appends to `out`, which never grows beyond `out_bytes_max`.
  Verdict feed(std::string_view bytes, std::string& out, std::size_t out_bytes_max);
  /// True when what was fed ends where gzip ends.
  bool at_end() const { return at_end_; }

 private:
  z_stream stream_{};
  bool usable_ = false;
  bool at_end_ = false;
};

}  // namespace fieldcast::transport
