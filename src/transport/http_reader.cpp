#include "fieldcast/transport/http_reader.hpp"

#include "gzip_inflater.hpp"
#include "http_target.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <limits>

namespace fieldcast::transport {

namespace http = boost::beast::http;
using boost::system::error_code;
using Piece = boost::beast::string_view;

namespace {
std::string_view view(Piece text) { return {text.data(), text.size()}; }
constexpr std::size_t reserved_at_once = 65'536;  // a length that is only claimed buys no more memory than this
constexpr std::size_t trailers_bytes_max = 8'192;
constexpr std::size_t last_chunk_bytes_min = 5;  // "0" and two line ends
}  // namespace

struct HttpReader::Parser final : http::basic_parser<true> {
  explicit Parser(const HttpReaderLimits& given) : limits(given) {
    header_limit(static_cast<std::uint32_t>(std::min<std::size_t>(limits.header_bytes_max, UINT32_MAX)));
    body_limit(boost::none);  // ours: the limit is known only when the head is
  }

  HttpReaderLimits limits;
  HttpRequest request;
  State state = State::head;
  const Outcome* failure = nullptr;
  std::string pending;  // the beginning of what is incomplete
  std::size_t head_bytes = 0;
  std::size_t body_bytes_max = 0, wire_bytes = 0;
  int hosts = 0;
  bool http_1_0 = false;
  std::unique_ptr<GzipInflater> inflater;

  std::size_t feed(std::string_view bytes);
  std::size_t parse(std::string_view bytes);
  void fail(const Outcome& outcome) {
    if (failure == nullptr) failure = &outcome;
    state = State::failed;
  }
  void refuse(const Outcome& outcome, error_code& error) {
    fail(outcome);
    error = http::error::bad_value;
  }
  void check_codings(error_code& error);
  std::size_t take_body(Piece body, error_code& error);

  // Beast's events.
  void on_request_impl(http::verb, Piece method, Piece target, int version, error_code& error) override {
    http_1_0 = version == 10;
    request.method = view(method);
    if (!read_target(view(target), request)) refuse(outcome::bad_request, error);
  }
  void on_field_impl(http::field, Piece name, Piece value, error_code& error) override {
    if (is_header_done()) return;  // trailers of a chunked body say nothing
    if (request.headers.size() >= limits.headers_max) return refuse(outcome::headers_too_big, error);
    request.headers.emplace_back(lower_case(view(name)), view(value));
    if (request.headers.back().first == "host") ++hosts;
  }
  void on_header_impl(error_code& error) override {
    if (hosts > 1 || (hosts == 0 && !http_1_0)) return refuse(outcome::bad_request, error);
    check_codings(error);
  }
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code& error) override {
    if (!length) return;
    if (*length > body_bytes_max) return refuse(outcome::body_too_big, error);
    request.body.reserve(std::min<std::size_t>(static_cast<std::size_t>(*length), reserved_at_once));
  }
  std::size_t on_body_impl(Piece body, error_code& error) override { return take_body(body, error); }
  void on_chunk_header_impl(std::uint64_t, Piece, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, Piece body, error_code& error) override {
    return take_body(body, error);
  }
  void on_finish_impl(error_code& error) override {
    if (inflater && wire_bytes != 0 && !inflater->at_end()) refuse(outcome::bad_request, error);
  }
  void on_response_impl(int, Piece, int, error_code&) override {}
};

void HttpReader::Parser::check_codings(error_code& error) {
  std::size_t transfer_codings = 0;
  for (const auto& [name, value] : request.headers) {
    if (name == "transfer-encoding") {
      // One coding, once: everything else is how requests are smuggled.
      if (++transfer_codings > 1 || http_1_0 || !equals_ignoring_case(value, "chunked"))
        return refuse(outcome::bad_request, error);
    } else if (name == "content-encoding" && !equals_ignoring_case(value, "identity")) {
      if (inflater || (!equals_ignoring_case(value, "gzip") && !equals_ignoring_case(value, "x-gzip")))
        return refuse(outcome::unsupported_encoding, error);
      inflater = std::make_unique<GzipInflater>();
    }
  }
}

std::size_t HttpReader::Parser::take_body(Piece body, error_code& error) {
  wire_bytes += body.size();
  if (wire_bytes > body_bytes_max) {
    refuse(outcome::body_too_big, error);
  } else if (!inflater) {
    request.body.append(body.data(), body.size());
  } else {
    switch (inflater->feed(view(body), request.body, body_bytes_max)) {
      case GzipInflater::Verdict::fine:
        break;
      case GzipInflater::Verdict::too_big:
        refuse(outcome::body_too_big, error);
        break;
      case GzipInflater::Verdict::broken:
        refuse(outcome::bad_request, error);
        break;
    }
  }
  return body.size();
}

// One step of Beast: up to the end of the head, or of the body, or of what is there.
std::size_t HttpReader::Parser::parse(std::string_view bytes) {
  error_code error;
  const bool in_head = state == State::head;
  std::size_t used = put(boost::asio::buffer(bytes.data(), bytes.size()), error);
  if (in_head) head_bytes += used;
  if (error == http::error::header_limit || head_bytes > limits.header_bytes_max) fail(outcome::headers_too_big);
  if (error && error != http::error::need_more) fail(outcome::bad_request);
  if (state == State::failed) return used;
  if (in_head && is_header_done())
    state = State::head_complete;
  else if (!in_head && is_done())
    state = State::complete;
  return used;
}

std::size_t HttpReader::Parser::feed(std::string_view bytes) {
  std::size_t used = 0;
  if (!got_some() && pending.empty())  // empty lines before a request are forgiven (RFC 9112 2.2)
    while (used < bytes.size() && (bytes[used] == '\r' || bytes[used] == '\n')) ++used;
  while (used < bytes.size() && (state == State::head || state == State::body)) {
    const std::string_view rest = bytes.substr(used);
    const std::size_t before = pending.size();
    if (before != 0) pending.append(rest);
    const std::string_view piece = before != 0 ? std::string_view(pending) : rest;
    // Beast asserts that many when it comes back to the last chunk, and a chunked body has no shorter end.
    if (before != 0 && piece.size() < last_chunk_bytes_min && state == State::body && chunked()) return bytes.size();
    const std::size_t taken = parse(piece);
    if (state == State::head || state == State::body) {
      if (taken < piece.size()) {  // a line whose end has not come
        std::string kept(piece.substr(taken));
        pending.swap(kept);
        const std::size_t most = state == State::head ? limits.header_bytes_max - head_bytes : trailers_bytes_max;
        if (pending.size() > most) fail(state == State::head ? outcome::headers_too_big : outcome::bad_request);
      } else {
        pending.clear();
      }
      return bytes.size();
    }
    if (taken < before) fail(outcome::bad_request);  // cannot be: what was pending was incomplete
    if (state == State::failed) return bytes.size();
    pending = {};
    used += taken - before;
  }
  return used;
}

HttpReader::HttpReader(const HttpReaderLimits& limits) : parser_(std::make_unique<Parser>(limits)) {}
HttpReader::~HttpReader() = default;

std::size_t HttpReader::feed(std::string_view bytes) { return parser_->feed(bytes); }
HttpReader::State HttpReader::state() const { return parser_->state; }
bool HttpReader::started() const { return parser_->got_some() || !parser_->pending.empty(); }

void HttpReader::accept_body(std::size_t body_bytes_max) {
  if (parser_->state != State::head_complete) return;
  parser_->body_bytes_max = body_bytes_max;
  parser_->eager(true);
  const auto length = parser_->content_length();
  if (length && *length > body_bytes_max)
    parser_->fail(outcome::body_too_big);
  else
    parser_->state = parser_->is_done() ? State::complete : State::body;
}

HttpRequest& HttpReader::request() { return parser_->request; }
HttpRequest HttpReader::take_request() { return std::move(parser_->request); }
const Outcome& HttpReader::failure() const { return *parser_->failure; }
bool HttpReader::keep_alive() const { return parser_->is_header_done() && parser_->keep_alive(); }
bool HttpReader::is_http_1_0() const { return parser_->http_1_0; }
bool HttpReader::has_body() const { return !parser_->is_done(); }
bool HttpReader::expects_continue() const {
  return !parser_->http_1_0 && equals_ignoring_case(parser_->request.header("expect"), "100-continue");
}

}  // namespace fieldcast::transport
