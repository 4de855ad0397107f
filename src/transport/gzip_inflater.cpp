#include "gzip_inflater.hpp"

#include <algorithm>
#include <array>

namespace fieldcast::transport {

namespace {
constexpr int gzip_only = 16 + MAX_WBITS;
constexpr std::size_t piece_bytes = 16'384;
}  // namespace

GzipInflater::GzipInflater() { usable_ = inflateInit2(&stream_, gzip_only) == Z_OK; }

GzipInflater::~GzipInflater() {
  if (usable_) inflateEnd(&stream_);
}

GzipInflater::Verdict GzipInflater::feed(std::string_view bytes, std::string& out, std::size_t out_bytes_max) {
  if (!usable_) return Verdict::broken;
  std::array<char, piece_bytes> piece;
  stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // zlib does not write to it
  stream_.avail_in = static_cast<uInt>(bytes.size());
  bool more_out = false;
  while (stream_.avail_in > 0 || more_out) {
    if (at_end_) {  // another member follows
      if (inflateReset(&stream_) != Z_OK) return Verdict::broken;
      at_end_ = false;
    }
    stream_.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream_.avail_out = piece.size();
    const int status = inflate(&stream_, Z_NO_FLUSH);
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) return Verdict::broken;
    const std::size_t got = piece.size() - stream_.avail_out;
    if (got > out_bytes_max - std::min(out.size(), out_bytes_max)) return Verdict::too_big;
    out.append(piece.data(), got);
    at_end_ = status == Z_STREAM_END;
    more_out = !at_end_ && stream_.avail_out == 0;
    if (status == Z_BUF_ERROR) break;
  }
  return Verdict::fine;
}

}  // namespace fieldcast::transport
