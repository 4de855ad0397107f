#include "http_get.hpp"

#include "network.hpp"
#include "upgrade.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <charconv>

namespace fieldcast::simulate {
namespace {

namespace asio = boost::asio;
using Socket = asio::ip::tcp::socket;
using TlsStream = asio::ssl::stream<Socket>;
using ErrorCode = boost::system::error_code;

constexpr std::size_t piece_bytes = 65'536;

std::string request_text(const ServerAddress& address, const std::string& target, std::string_view token) {
  std::string request = "GET " + target + " HTTP/1.1\r\nHost: " + address.authority() +
                        "\r\nAccept: application/json\r\nConnection: close\r\n";
  if (!token.empty()) request.append("Authorization: Bearer ").append(token).append("\r\n");
  return request + "\r\n";
}

/// Sends the request and reads until the server closes, as it was asked to.
template <class Stream>
Result<std::string> exchange(Stream& stream, const std::string& request) {
  ErrorCode error;
  asio::write(stream, asio::buffer(request), error);
  if (error) return Error{"not_reached", error.message()};
  std::string answer;
  while (!error) {
    const std::size_t before = answer.size();
    answer.resize(before + piece_bytes);
    const std::size_t bytes = stream.read_some(asio::buffer(answer.data() + before, piece_bytes), error);
    answer.resize(before + bytes);
  }
  const bool closed = error == asio::error::eof || error == asio::ssl::error::stream_truncated;
  if (!closed) return Error{"not_reached", error.message()};
  return Result<std::string>(boost::system::in_place_value, std::move(answer));
}

Result<HttpAnswer> read_answer(std::string_view answer) {
  const std::size_t head_end = answer.find("\r\n\r\n");
  const auto head =
      head_end == std::string_view::npos ? std::nullopt : read_response_head(answer.substr(0, head_end + 2));
  if (!head) return Error{"bad_answer", "the answer is not HTTP"};
  const std::string_view body = answer.substr(head_end + 4);
  HttpAnswer result{head->status, {}};
  const std::string_view length = head->field("content-length");
  if (head->field("transfer-encoding") == "chunked") {
    if (!decode_chunks(body, result.body)) return Error{"bad_answer", "the chunked body is not complete"};
  } else {
    std::size_t bytes = body.size();
    std::from_chars(length.data(), length.data() + length.size(), bytes);
    if (bytes > body.size()) return Error{"bad_answer", "the body is not complete"};
    result.body = body.substr(0, bytes);
  }
  return result;
}

}  // namespace

struct HttpGetter::Body {
  std::unique_ptr<Network> network;

  Result<std::string> ask(const std::string& request) {
    Socket socket(network->io);
    ErrorCode error;
    asio::connect(socket, network->server.endpoints, error);
    if (error) return Error{"not_reached", "cannot connect: " + error.message()};
    if (!network->tls) return exchange(socket, request);
    TlsStream stream(std::move(socket), *network->tls);
    SSL_set_tlsext_host_name(stream.native_handle(), network->server.address.host.c_str());
    if (network->verify_host)
      stream.set_verify_callback(asio::ssl::host_name_verification(network->server.address.host));
    stream.handshake(asio::ssl::stream_base::client, error);
    if (error) return Error{"not_reached", "TLS: " + error.message()};
    return exchange(stream, request);
  }
};

HttpGetter::HttpGetter(std::unique_ptr<Body> body) : body_(std::move(body)) {}
HttpGetter::HttpGetter(HttpGetter&&) noexcept = default;
HttpGetter& HttpGetter::operator=(HttpGetter&&) noexcept = default;
HttpGetter::~HttpGetter() = default;

Result<HttpGetter> HttpGetter::open(const ServerOptions& options) {
  auto network = open_network(options, 1);
  if (!network) return network.error();
  return HttpGetter(std::make_unique<Body>(Body{std::move(*network)}));
}

Result<HttpAnswer> HttpGetter::get(const std::string& target, std::string_view token) {
  const auto answer = body_->ask(request_text(body_->network->server.address, target, token));
  if (!answer) return answer.error();
  return read_answer(*answer);
}

bool decode_chunks(std::string_view coded, std::string& body) {
  body.clear();
  while (true) {
    const std::size_t line_end = coded.find("\r\n");
    if (line_end == std::string_view::npos) return false;
    std::size_t bytes = 0;
    const auto read = std::from_chars(coded.data(), coded.data() + line_end, bytes, 16);
    if (read.ec != std::errc{}) return false;
    coded.remove_prefix(line_end + 2);
    if (bytes == 0) return true;  // trailers are of no use here
    if (coded.size() < bytes + 2) return false;
    body += coded.substr(0, bytes);
    coded.remove_prefix(bytes + 2);
  }
}

std::string percent_encoded(std::string_view text) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  static constexpr std::string_view plain = "-._~";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter || plain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += '%';
      out += digits[byte >> 4U];
      out += digits[byte & 15U];
    }
  }
  return out;
}

}  // namespace fieldcast::simulate
