#include "http_target.hpp"

#include "fieldcast/transport/http_reader.hpp"

#include <algorithm>

namespace fieldcast::transport {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// Splits before it decodes, so that an id may hold an encoded slash. False for dot segments and broken encoding.
bool read_segments(std::string_view raw_path, std::vector<std::string>& segments) {
  segments.clear();
  while (!raw_path.empty()) {
    raw_path.remove_prefix(1);  // the slash
    const std::size_t end = std::min(raw_path.find('/'), raw_path.size());
    auto segment = percent_decode(raw_path.substr(0, end));
    if (!segment || *segment == "." || *segment == "..") return false;
    if (std::any_of(segment->begin(), segment->end(), is_control)) return false;
    segments.push_back(std::move(*segment));
    raw_path.remove_prefix(end);
  }
  return true;
}

// "http://host/path" is what proxies are sent; servers must take it too (RFC 9112 3.2.2).
std::string_view without_authority(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (target.size() < scheme.size() || !equals_ignoring_case(target.substr(0, scheme.size()), scheme)) continue;
    const std::size_t path = target.find_first_of("/?", scheme.size());
    if (path == std::string_view::npos) return "/";
    return target.substr(path);
  }
  return target;
}

}  // namespace

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      out.push_back(' ');
    } else if (text[i] != '%') {
      out.push_back(text[i]);
    } else {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    }
  }
  return out;
}

bool has_token(std::string_view header_value, std::string_view name) {
  while (!header_value.empty()) {
    const std::size_t comma = header_value.find(',');
    std::string_view token = header_value.substr(0, comma);
    while (!token.empty() && (token.front() == ' ' || token.front() == '\t')) token.remove_prefix(1);
    while (!token.empty() && (token.back() == ' ' || token.back() == '\t')) token.remove_suffix(1);
    if (equals_ignoring_case(token, name)) return true;
    if (comma == std::string_view::npos) break;
    header_value.remove_prefix(comma + 1);
  }
  return false;
}

bool read_target(std::string_view target, HttpRequest& request) {
  target = without_authority(target);
  const std::size_t question = target.find('?');
  std::string_view raw_path = target.substr(0, question);
  if (question != std::string_view::npos) request.query = target.substr(question + 1);
  if (raw_path.empty() && question == 0) raw_path = "/";
  if (raw_path.empty() || raw_path.front() != '/' || target.find('#') != std::string_view::npos) return false;
  if (!read_segments(raw_path, request.segments)) return false;
  request.path.clear();
  for (const std::string& segment : request.segments) request.path.append("/").append(segment);
  return true;
}

std::string_view HttpRequest::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (key == name) return value;
  return {};
}

std::optional<std::string> HttpRequest::parameter(std::string_view name) const {
  std::string_view rest = query;
  while (!rest.empty()) {
    const std::size_t end = rest.find('&');
    const std::string_view pair = rest.substr(0, end);
    const std::size_t equals = pair.find('=');
    if (percent_decode(pair.substr(0, equals), true) == name)
      return percent_decode(equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1), true);
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  return std::nullopt;
}

}  // namespace fieldcast::transport
