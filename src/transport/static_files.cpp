#include "fieldcast/transport/static_files.hpp"

#include "reactor.hpp"
#include "static_file_rules.hpp"

#include <array>
#include <fcntl.h>
#include <openssl/evp.h>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>
#include <unordered_map>
#include <zlib.h>

namespace fieldcast::transport {

namespace {

constexpr std::uint64_t kept_file_bytes_max = 262'144;      // larger ones are read in pieces
constexpr std::uint64_t hashed_file_bytes_max = 1'048'576;  // larger ones are known by size and time
constexpr std::size_t piece_bytes = 65'536;
constexpr std::uint64_t gzip_bytes_min = 1'024;
constexpr std::size_t path_bytes_max = 1'024;

struct OpenFile {
  FileDescriptor descriptor;
  struct stat facts {};
  std::uint64_t size() const { return static_cast<std::uint64_t>(facts.st_size); }
};

std::optional<std::string> read_piece(int descriptor, std::uint64_t from, std::size_t bytes) {
  std::string piece(bytes, '\0');
  std::size_t have = 0;
  while (have < bytes) {
    const ssize_t got = ::pread(descriptor, piece.data() + have, bytes - have, static_cast<off_t>(from + have));
    if (got <= 0) return std::nullopt;
    have += static_cast<std::size_t>(got);
  }
  return piece;
}

std::string hex_digest(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha256(), nullptr);
  std::string out;
  for (std::size_t i = 0; i < 16; ++i) {
    out.push_back("0123456789abcdef"[digest[i] >> 4]);
    out.push_back("0123456789abcdef"[digest[i] & 15]);
  }
  return out;
}

std::string gzip(std::string_view bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) return {};
  std::string out(deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // zlib does not write to it
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const bool whole = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  out.resize(whole ? stream.total_out : 0);
  deflateEnd(&stream);
  return out;
}

/// What was learnt of one version of one file.
struct Known {
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;
  ino_t inode = 0;
  std::string etag;    // without quotes
  MessagePtr content;  // of small files
  MessagePtr gzipped;  // made here, of text without a compressed sibling
  std::size_t bytes() const {
    return 512 + (content ? content->payload().size() : 0) + (gzipped ? gzipped->payload().size() : 0);
  }
};

std::int64_t modified_ns(const struct stat& facts) {
  return std::int64_t{facts.st_mtim.tv_sec} * 1'000'000'000 + facts.st_mtim.tv_nsec;
}

/// Sends a part of a file as its client takes it.
class Pump : public std::enable_shared_from_this<Pump> {
 public:
  Pump(FileDescriptor descriptor, ByteRange range) : descriptor_(std::move(descriptor)), left_(range) {}

  void start(HttpResponse head, const HttpResponderPtr& responder) {
    StreamEvents events;
    events.on_writable = [self = shared_from_this()] { self->run(); };
    events.on_closed = [self = shared_from_this()] { self->stream_.reset(); };
    stream_ = responder->stream(std::move(head), std::move(events));
    run();
  }

 private:
  void run() {
    const auto stream = stream_;
    while (stream && stream->ready() && left_.bytes > 0) {
      const auto bytes = static_cast<std::size_t>(std::min<std::uint64_t>(left_.bytes, piece_bytes));
      auto piece = read_piece(descriptor_.number(), left_.from, bytes);
      if (!piece) return stream->abort();  // it was cut short meanwhile
      left_.from += bytes;
      left_.bytes -= bytes;
      stream->write(std::move(*piece));
    }
    if (stream && left_.bytes == 0) stream->finish();
  }

  FileDescriptor descriptor_;
  ByteRange left_;
  std::shared_ptr<HttpStream> stream_;
};

}  // namespace

struct StaticFiles::Body {
  FileDescriptor root;
  Headers headers;
  std::size_t cache_bytes_max;
  std::size_t cache_bytes = 0;
  std::unordered_map<std::string, Known> cache;

  std::optional<OpenFile> open(std::string_view path) const;
  Known& know(const std::string& path, const OpenFile& file);
  void keep_within_bounds();
  HttpResponse describe(std::string_view path, const OpenFile& file) const;
  bool serve_compressed(const HttpRequest& request, const std::string& path, const OpenFile& plain,
                        const HttpResponderPtr& responder);
  void serve_plain(const HttpRequest& request, const std::string& path, OpenFile file,
                   const HttpResponderPtr& responder);
};

// Segment by segment, so that no link on the way leads out of the folder.
std::optional<OpenFile> StaticFiles::Body::open(std::string_view path) const {
  if (!root || path.size() > path_bytes_max || !path.starts_with('/')) return std::nullopt;
  FileDescriptor folder;
  for (path.remove_prefix(1);;) {
    const std::size_t slash = path.find('/');
    const std::string segment(path.substr(0, slash));
    if (segment.empty() || segment.front() == '.' || segment.find('\0') != std::string::npos) return std::nullopt;
    const bool last = slash == std::string_view::npos;
    const int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | (last ? 0 : O_DIRECTORY);
    FileDescriptor next(::openat(folder ? folder.number() : root.number(), segment.c_str(), flags));
    if (!next) return std::nullopt;
    if (last) {
      OpenFile file{std::move(next)};
      if (::fstat(file.descriptor.number(), &file.facts) != 0 || !S_ISREG(file.facts.st_mode)) return std::nullopt;
      return file;
    }
    folder = std::move(next);
    path.remove_prefix(slash + 1);
  }
}

Known& StaticFiles::Body::know(const std::string& path, const OpenFile& file) {
  const auto found = cache.find(path);
  if (found != cache.end()) {
    Known& known = found->second;
    if (known.size == file.size() && known.modified_ns == modified_ns(file.facts) && known.inode == file.facts.st_ino)
      return known;
    cache_bytes -= known.bytes();
    cache.erase(found);
  }
  keep_within_bounds();
  Known known{file.size(), modified_ns(file.facts), file.facts.st_ino, {}, {}, {}};
  std::optional<std::string> content;
  if (file.size() <= hashed_file_bytes_max)
    content = read_piece(file.descriptor.number(), 0, static_cast<std::size_t>(file.size()));
  known.etag = content ? hex_digest(*content) : std::to_string(known.size) + "-" + std::to_string(known.modified_ns);
  if (content && file.size() <= kept_file_bytes_max) known.content = make_message(*content);
  cache_bytes += known.bytes();
  return cache.emplace(path, std::move(known)).first->second;
}

void StaticFiles::Body::keep_within_bounds() {
  if (cache_bytes <= cache_bytes_max) return;
  cache.clear();
  cache_bytes = 0;
}

HttpResponse StaticFiles::Body::describe(std::string_view path, const OpenFile& file) const {
  HttpResponse response;
  response.headers = headers;
  response.with("Content-Type", std::string(content_type(path)))
      .with("Cache-Control", std::string(cache_control(path)))
      .with("Last-Modified", http_date(file.facts.st_mtim.tv_sec))
      .with("X-Content-Type-Options", "nosniff");
  if (is_compressible(path)) response.with("Vary", "Accept-Encoding");
  return response;
}

// False when there is no compressed form that the client takes.
bool StaticFiles::Body::serve_compressed(const HttpRequest& request, const std::string& path, const OpenFile& plain,
                                         const HttpResponderPtr& responder) {
  if (!is_compressible(path) || !request.header("range").empty()) return false;
  for (const auto& [coding, suffix] : {std::pair{"br", ".br"}, std::pair{"gzip", ".gz"}}) {
    if (!accepts_encoding(request, coding)) continue;
    MessagePtr bytes;
    std::string etag;
    if (auto sibling = open(path + suffix); sibling && sibling->size() <= hashed_file_bytes_max) {
      Known& known = know(path + suffix, *sibling);
      bytes = known.content;
      etag = known.etag;
      if (!bytes) {
        auto content = read_piece(sibling->descriptor.number(), 0, static_cast<std::size_t>(sibling->size()));
        if (content) bytes = make_message(*content);
      }
    } else if (coding == std::string_view("gzip") && plain.size() >= gzip_bytes_min &&
               plain.size() <= hashed_file_bytes_max) {
      Known& known = know(path, plain);
      if (!known.gzipped) {
        const auto content = read_piece(plain.descriptor.number(), 0, static_cast<std::size_t>(plain.size()));
        if (!content) continue;
        cache_bytes -= known.bytes();
        known.gzipped = make_message(gzip(*content));
        cache_bytes += known.bytes();
      }
      bytes = known.gzipped;
      etag = known.etag + "-gz";
    }
    if (!bytes || bytes->payload().empty()) continue;
    etag = '"' + etag + '"';
    HttpResponse response = describe(path, plain);
    response.with("ETag", etag);
    if (not_modified(request, etag, http_date(plain.facts.st_mtim.tv_sec))) {
      response.status = 304;
    } else {
      response.with("Content-Encoding", coding);
      response.shared_body = std::move(bytes);
    }
    responder->respond(std::move(response));
    return true;
  }
  return false;
}

void StaticFiles::Body::serve_plain(const HttpRequest& request, const std::string& path, OpenFile file,
                                    const HttpResponderPtr& responder) {
  const Known& known = know(path, file);
  const std::string etag = '"' + known.etag + '"';
  const std::string modified = http_date(file.facts.st_mtim.tv_sec);
  HttpResponse response = describe(path, file);
  response.with("ETag", etag).with("Accept-Ranges", "bytes");
  if (not_modified(request, etag, modified)) {
    response.status = 304;
    return responder->respond(std::move(response));
  }
  const RangeVerdict verdict = wanted_range(request, file.size(), etag, modified);
  ByteRange range{0, file.size()};
  if (verdict.kind == RangeVerdict::Kind::unsatisfiable) {
    response.status = 416;
    response.with("Content-Range", "bytes */" + std::to_string(file.size()));
    return responder->respond(std::move(response));
  }
  if (verdict.kind == RangeVerdict::Kind::part) {
    range = verdict.range;
    response.status = 206;
    response.with("Content-Range", "bytes " + std::to_string(range.from) + "-" +
                                       std::to_string(range.from + range.bytes - 1) + "/" +
                                       std::to_string(file.size()));
  }
  if (known.content && response.status == 200) {
    response.shared_body = known.content;
    return responder->respond(std::move(response));
  }
  response.with("Content-Length", std::to_string(range.bytes));
  if (request.method == "HEAD") return responder->respond(std::move(response));
  std::make_shared<Pump>(std::move(file.descriptor), range)->start(std::move(response), responder);
}

StaticFiles::StaticFiles(const std::string& root, Headers headers, std::size_t cache_bytes_max)
    : body_(new Body{FileDescriptor(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)),
                     std::move(headers),
                     cache_bytes_max,
                     0,
                     {}}) {}

StaticFiles::~StaticFiles() = default;

bool StaticFiles::serve(const HttpRequest& request, std::string_view path, const HttpResponderPtr& responder) {
  if (request.method != "GET" && request.method != "HEAD") return false;
  std::string name(path);
  if (name.ends_with('/')) name += "index.html";
  auto file = body_->open(name);
  if (!file) return false;
  if (!body_->serve_compressed(request, name, *file, responder))
    body_->serve_plain(request, name, std::move(*file), responder);
  return true;
}

}  // namespace fieldcast::transport
