#include "http_writer.hpp"

#include "http_target.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace fieldcast::transport {

namespace {

struct Reason {
  std::uint16_t status;
  std::string_view phrase;
};
// RFC 9110, section 15; RFC 6585.
constexpr Reason reasons[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {422, "Unprocessable Content"},
    {426, "Upgrade Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
};

std::string_view reason(std::uint16_t status) {
  for (const Reason& each : reasons)
    if (each.status == status) return each.phrase;
  return "";
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
