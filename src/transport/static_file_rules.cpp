#include "static_file_rules.hpp"

#include "http_target.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace fieldcast::transport {

namespace {

struct Type {
  std::string_view extension, type;
  bool text;
};
constexpr std::array types{
    Type{"html", "text/html; charset=utf-8", true},
    Type{"js", "text/javascript; charset=utf-8", true},
    Type{"mjs", "text/javascript; charset=utf-8", true},
    Type{"css", "text/css; charset=utf-8", true},
    Type{"json", "application/json", true},
    Type{"geojson", "application/geo+json", true},
    Type{"map", "application/json", true},
    Type{"webmanifest", "application/manifest+json", true},
    Type{"svg", "image/svg+xml", true},
    Type{"txt", "text/plain; charset=utf-8", true},
    Type{"md", "text/markdown; charset=utf-8", true},
    Type{"yaml", "application/yaml", true},
    Type{"xml", "application/xml", true},
    Type{"wasm", "application/wasm", true},
    Type{"png", "image/png", false},
    Type{"jpg", "image/jpeg", false},
    Type{"jpeg", "image/jpeg", false},
    Type{"webp", "image/webp", false},
    Type{"ico", "image/x-icon", false},
    Type{"woff2", "font/woff2", false},
    Type{"pbf", "application/x-protobuf", false},
    Type{"pmtiles", "application/vnd.pmtiles", false},
};

const Type* type_of(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  if (dot == std::string_view::npos || path.find('/', dot) != std::string_view::npos) return nullptr;
  const std::string extension = lower_case(path.substr(dot + 1));
  const auto found =
      std::find_if(types.begin(), types.end(), [&](const Type& type) { return type.extension == extension; });
  return found == types.end() ? nullptr : &*found;
}

// Bundlers write name-<8 or more of the hash>.ext.
bool is_hashed(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return false;
  const std::size_t mark = name.find_last_of("-.", dot - 1);
  if (dot == 0 || mark == std::string_view::npos || dot - mark - 1 < 8) return false;
  return std::all_of(name.begin() + static_cast<std::ptrdiff_t>(mark) + 1,
                     name.begin() + static_cast<std::ptrdiff_t>(dot),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

template <class Visit>
void for_each_in_list(std::string_view list, Visit visit) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    visit(trim(list.substr(0, comma)));
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

// "q=0", "q=0.0" and so on: not wanted.
bool refused(std::string_view parameters) {
  const std::size_t q = parameters.find("q=");
  return q != std::string_view::npos &&
         trim(parameters.substr(q + 2)).find_first_not_of("0.") == std::string_view::npos;
}

}  // namespace

std::string_view content_type(std::string_view path) {
  const Type* type = type_of(path);
  return type == nullptr ? "application/octet-stream" : type->type;
}

bool is_compressible(std::string_view path) {
  const Type* type = type_of(path);
  return type != nullptr && type->text;
}

std::string_view cache_control(std::string_view path) {
  if (path.starts_with("/assets/") && is_hashed(path)) return "public, max-age=31536000, immutable";
  return is_compressible(path) ? "no-cache" : "public, max-age=3600";
}

std::string http_date(std::time_t unix_s) {
  std::tm parts{};
  ::gmtime_r(&unix_s, &parts);
  std::array<char, 40> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

bool accepts_encoding(const HttpRequest& request, std::string_view coding) {
  bool named = false, accepted = false, any = false;
  for_each_in_list(request.header("accept-encoding"), [&](std::string_view item) {
    const std::size_t semicolon = item.find(';');
    const std::string_view name = trim(item.substr(0, semicolon));
    const bool wanted = semicolon == std::string_view::npos || !refused(item.substr(semicolon));
    if (equals_ignoring_case(name, coding)) {
      named = true;
      accepted = wanted;
    } else if (name == "*") {
      any = wanted;
    }
  });
  return named ? accepted : any;
}

bool not_modified(const HttpRequest& request, std::string_view etag, std::string_view last_modified) {
  if (const std::string_view known = request.header("if-none-match"); !known.empty()) {
    bool same = false;
    for_each_in_list(known, [&](std::string_view item) {
      if (item.starts_with("W/")) item.remove_prefix(2);
      same = same || item == etag || item == "*";
    });
    return same;
  }
  return request.header("if-modified-since") == last_modified;
}

RangeVerdict wanted_range(const HttpRequest& request, std::uint64_t size, std::string_view etag,
                          std::string_view last_modified) {
  std::string_view range = request.header("range");
  if (!range.starts_with("bytes=") || range.find(',') != std::string_view::npos) return {};
  if (const std::string_view only_if = request.header("if-range");
      !only_if.empty() && only_if != etag && only_if != last_modified)
    return {};
  range.remove_prefix(6);
  const std::size_t dash = range.find('-');
  if (dash == std::string_view::npos) return {};
  const auto first = number(range.substr(0, dash)), last = number(range.substr(dash + 1));
  const bool suffix = dash == 0;
  if ((suffix && !last) || (!suffix && !first) || (!last && dash + 1 != range.size())) return {};
  if (!suffix && last && *last < *first) return {};
  using Kind = RangeVerdict::Kind;
  if (suffix) {
    const std::uint64_t bytes = std::min(*last, size);
    return {bytes == 0 ? Kind::unsatisfiable : Kind::part, {size - bytes, bytes}};
  }
  if (*first >= size) return {Kind::unsatisfiable, {}};
  const std::uint64_t end = last ? std::min(*last, size - 1) : size - 1;
  return {Kind::part, {*first, end - *first + 1}};
}

}  // namespace fieldcast::transport
