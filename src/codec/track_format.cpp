#include "fieldcast/codec/track_writer.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace fieldcast::codec {
namespace {

struct FormatRow {
  TrackFormat format;
  std::string_view name;
  std::string_view media_type;
  std::string_view content_type;
};

// In the order of preference between formats that a client likes equally.
constexpr std::array rows{
    FormatRow{TrackFormat::json, "json", "application/json", "application/json"},
    FormatRow{TrackFormat::geojson, "geojson", "application/geo+json", "application/geo+json"},
    FormatRow{TrackFormat::gpx, "gpx", "application/gpx+xml", "application/gpx+xml"},
    FormatRow{TrackFormat::csv, "csv", "text/csv", "text/csv; charset=utf-8"},
};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Takes the text up to `separator` from the front of `rest`.
std::string_view take_until(std::string_view& rest, char separator) {
  const std::size_t end = std::min(rest.find(separator), rest.size());
  const std::string_view taken = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return trimmed(taken);
}

bool equal_ignoring_case(std::string_view a, std::string_view lower) {
  return std::equal(a.begin(), a.end(), lower.begin(), lower.end(),
                    [](char x, char y) { return (x >= 'A' && x <= 'Z' ? static_cast<char>(x - 'A' + 'a') : x) == y; });
}

/// 2: the type itself, 1: its family (`text/*`), 0: `*/*`; nothing when the range does not hold the type.
std::optional<int> match(std::string_view range, std::string_view media_type) {
  if (equal_ignoring_case(range, media_type)) return 2;
  if (range == "*/*" || range == "*") return 0;
  const std::string_view family = media_type.substr(0, media_type.find('/') + 1);
  if (range.size() == family.size() + 1 && range.back() == '*' &&
      equal_ignoring_case(range.substr(0, family.size()), family)) {
    return 1;
  }
  return std::nullopt;
}

/// The q among the parameters of a media range; 1 when there is none or it cannot be read.
double quality_of(std::string_view parameters) {
  while (!parameters.empty()) {
    const std::string_view parameter = take_until(parameters, ';');
    if (!parameter.starts_with("q=") && !parameter.starts_with("Q=")) continue;
    double quality = 1;
    const std::string_view text = parameter.substr(2);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), quality);
    if (error == std::errc{} && quality >= 0 && quality <= 1) return quality;
  }
  return 1;
}

struct Liking {
  double quality = 0;
  int specificity = -1;  // of the range that names the type most closely
};

Liking liking_of(std::string_view accept, std::string_view media_type) {
  Liking liking;
  while (!accept.empty()) {
    std::string_view parameters = take_until(accept, ',');
    const std::string_view range = take_until(parameters, ';');
    const auto specificity = match(range, media_type);
    if (specificity && *specificity > liking.specificity) liking = {quality_of(parameters), *specificity};
  }
  return liking;
}

}  // namespace

std::optional<TrackFormat> track_format_from_name(std::string_view name) {
  for (const FormatRow& row : rows) {
    if (row.name == name) return row.format;
  }
  return std::nullopt;
}

std::optional<TrackFormat> track_format_from_accept(std::string_view accept) {
  if (trimmed(accept).empty()) return TrackFormat::json;
  std::optional<TrackFormat> best;
  Liking most;
  for (const FormatRow& row : rows) {
    const Liking liking = liking_of(accept, row.media_type);
    if (liking.quality <= 0) continue;
    const bool more =
        liking.quality > most.quality || (liking.quality == most.quality && liking.specificity > most.specificity);
    if (!more) continue;
    best = row.format;
    most = liking;
  }
  return best;
}

std::string_view content_type(TrackFormat format) {
  for (const FormatRow& row : rows) {
    if (row.format == format) return row.content_type;
  }
  return rows.front().content_type;
}

}  // namespace fieldcast::codec
