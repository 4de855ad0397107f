#include "http_writer.hpp"

#include "http_target.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace fieldcast::transport {

namespace {

std::string_view reason(std::uint16_t status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 422:
      return "Unprocessable Content";
    case 426:
      return "Upgrade Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "";
  }
}

void append_number(std::string& out, std::size_t number, int base = 10) {
  std::array<char, 24> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number, base).ptr;
  out.append(text.data(), end);
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
  const std::size_t from = out.size();
  out.append(name).append(": ").append(value);
  std::replace_if(
      out.begin() + static_cast<std::ptrdiff_t>(from), out.end(),
      [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; }, ' ');
  out.append("\r\n");
}

bool is_ours(std::string_view name) {
  for (const std::string_view ours : {"content-length", "transfer-encoding", "connection", "date"})
    if (equals_ignoring_case(name, ours)) return true;
  return false;
}

}  // namespace

bool status_has_body(std::uint16_t status) { return status >= 200 && status != 204 && status != 304; }

std::optional<std::size_t> given_length(const HttpResponse& response) {
  for (const auto& [name, value] : response.headers) {
    if (!equals_ignoring_case(name, "content-length")) continue;
    std::size_t length = 0;
    const auto [stop, error] = std::from_chars(value.data(), value.data() + value.size(), length);
    if (error == std::errc{} && stop == value.data() + value.size()) return length;
  }
  return std::nullopt;
}

std::string response_head(const HttpResponse& response, const HeadFacts& facts) {
  std::string out;
  out.reserve(256);
  out.append("HTTP/1.1 ");
  append_number(out, response.status);
  out.append(" ").append(reason(response.status)).append("\r\n");
  for (const auto& [name, value] : response.headers)
    if (!is_ours(name)) append_header(out, name, value);
  if (facts.framing == Framing::length) {
    out.append("Content-Length: ");
    append_number(out, facts.content_length);
    out.append("\r\n");
  } else if (facts.framing == Framing::chunked) {
    out.append("Transfer-Encoding: chunked\r\n");
  }
  append_header(out, "Date", facts.date);
  if (!facts.keep_alive)
    out.append("Connection: close\r\n");
  else if (facts.http_1_0)
    out.append("Connection: keep-alive\r\n");
  out.append("\r\n");
  return out;
}

std::string chunk_head(std::size_t bytes) {
  std::string out;
  append_number(out, bytes, 16);
  out.append("\r\n");
  return out;
}

}  // namespace fieldcast::transport
