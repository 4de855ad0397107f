// gzip, piece by piece. The same bytes give the same file: no time stands in it.
#pragma once

#include "fieldcast/base/result.hpp"

#include <string>
#include <string_view>
#include <zlib.h>

namespace fieldcast::archive {

class Deflater {
 public:
  Deflater();
  ~Deflater() { deflateEnd(&stream_); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;
  /// Appends what is ready to `out`. With `last`, everything.
  void feed(std::string_view bytes, bool last, std::string& out);

 private:
  z_stream stream_{};
};

class Inflater {
 public:
  Inflater();
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  /// What follows is read from `bytes`, which must stay until next() has given nothing more.
  void feed(std::string_view bytes);
  /// The next piece, 64 KiB at most, in `out`; empty: feed more, or it has ended. Errors: archive_damaged.
  Result<void> next(std::string& out);
  bool at_end() const { return at_end_; }

 private:
  z_stream stream_{};
  bool at_end_ = false;
};

}  // namespace fieldcast::archive
