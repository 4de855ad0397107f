#include "gzip.hpp"

#include <array>
#include <stdexcept>

namespace fieldcast::archive {
namespace {

constexpr int gzip = 16 + MAX_WBITS;
constexpr int level = 5;  // 6 takes a third longer and saves 2 %
constexpr int memory_level = 8;
constexpr std::size_t piece_bytes = 65'536;

Bytef* bytes_of(std::string_view text) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));  // zlib does not write to it
}

}  // namespace

Deflater::Deflater() {
  if (deflateInit2(&stream_, level, Z_DEFLATED, gzip, memory_level, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error("zlib cannot be used");
}

void Deflater::feed(std::string_view bytes, bool last, std::string& out) {
  std::array<char, piece_bytes> piece;
  stream_.next_in = bytes_of(bytes);
  stream_.avail_in = static_cast<uInt>(bytes.size());
  do {
    stream_.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream_.avail_out = piece.size();
    deflate(&stream_, last ? Z_FINISH : Z_NO_FLUSH);
    out.append(piece.data(), piece.size() - stream_.avail_out);
  } while (stream_.avail_out == 0);
}

Inflater::Inflater() {
  if (inflateInit2(&stream_, gzip) != Z_OK) throw std::runtime_error("zlib cannot be used");
}

void Inflater::feed(std::string_view bytes) {
  stream_.next_in = bytes_of(bytes);
  stream_.avail_in = static_cast<uInt>(bytes.size());
}

Result<void> Inflater::next(std::string& out) {
  out.resize(piece_bytes);
  stream_.next_out = reinterpret_cast<Bytef*>(out.data());
  stream_.avail_out = piece_bytes;
  if (at_end_ && stream_.avail_in > 0) return Error{"archive_damaged", "the compressed object goes on after its end"};
  if (!at_end_) {
    const int status = inflate(&stream_, Z_NO_FLUSH);
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
      return Error{"archive_damaged", "the compressed object cannot be read"};
    at_end_ = status == Z_STREAM_END;
  }
  out.resize(piece_bytes - stream_.avail_out);
  return {};
}

}  // namespace fieldcast::archive
