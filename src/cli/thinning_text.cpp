#include "thinning_text.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>

namespace fieldcast::cli {
namespace {

constexpr float distance_max_m = 100'000, heading_max_deg = 180;

Error mistake(std::string text) { return {"usage", std::move(text)}; }

/// False: no number, or not between 0 (exclusive) and `max`.
template <class Number>
bool read_number(std::string_view text, Number max, Number& number) {
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failed == std::errc() && end == text.data() + text.size() && number > 0 && number <= max;
}

template <class Number>
std::string text_of(Number number) {
  char text[64];
  if constexpr (std::is_floating_point_v<Number>)
    return std::string(text, std::to_chars(std::begin(text), std::end(text), number, std::chars_format::fixed).ptr);
  else
    return std::string(text, std::to_chars(std::begin(text), std::end(text), number).ptr);
}

Result<void> read_part(std::string_view name, std::string_view value, store::Thinning& thinning) {
  float number = 0;
  std::int64_t count = 0;
  if (name == "distance") {
    if (!read_number(value, distance_max_m, number))
      return mistake("distance is a number of metres, more than 0, at most " + text_of(distance_max_m));
    thinning.distance_m = number;
  } else if (name == "heading") {
    if (!read_number(value, heading_max_deg, number))
      return mistake("heading is a number of degrees, more than 0, at most 180");
    thinning.heading_deg = number;
  } else if (name == "after") {
    if (!read_number(value, std::int64_t{store::thinning_after_max.count()}, count))
      return mistake("after is a whole number of seconds from 1 to " + text_of(store::thinning_after_max.count()));
    thinning.after = seconds{count};
  } else {
    return mistake("expected off, inherit, or a list of distance=METRES, heading=DEGREES, after=SECONDS");
  }
  return {};
}

}  // namespace

Result<store::Thinning> read_thinning(std::string_view text) {
  store::Thinning thinning;
  if (text == "off") return thinning;
  while (true) {
    const std::string_view part = text.substr(0, text.find(','));
    const std::size_t equals = std::min(part.find('='), part.size());
    const std::string_view value = part.substr(std::min(equals + 1, part.size()));
    if (auto read = read_part(part.substr(0, equals), value, thinning); !read) return read.error();
    if (part.size() == text.size()) break;
    text.remove_prefix(part.size() + 1);
  }
  if (!thinning.after) return mistake("after=SECONDS is missing: a fix is stored at least so often while fixes come");
  return thinning;
}

std::string thinning_text(const store::Thinning& thinning) {
  if (thinning.takes_all()) return "off";
  std::string text;
  if (thinning.distance_m) text += "distance=" + text_of(*thinning.distance_m) + ",";
  if (thinning.heading_deg) text += "heading=" + text_of(*thinning.heading_deg) + ",";
  return text + "after=" + text_of(thinning.after.value_or(store::thinning_after_max).count());
}

}  // namespace fieldcast::cli
