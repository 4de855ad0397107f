#include "fieldcast/base/rfc3339.hpp"

#include <algorithm>
#include <array>

namespace fieldcast {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::sys_days;
using std::chrono::year;
using std::chrono::year_month_day;

// The years that four digits can name.
constexpr Timestamp time_min = sys_days{year{0} / 1 / 1};
constexpr Timestamp time_max = sys_days{year{10000} / 1 / 1} - milliseconds{1};

char* write_digits(char* at, unsigned value, int count) {
  for (int i = count - 1; i >= 0; --i) {
    at[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  return at + count;
}

/// Takes what it recognises from the front of a text.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }

  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// Exactly `count` digits, or -1.
  int digits(std::size_t count) {
    if (rest_.size() < count) return -1;
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (rest_[i] < '0' || rest_[i] > '9') return -1;
      value = value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(count);
    return value;
  }

  /// Milliseconds of the one or more digits behind a decimal point, or -1.
  int fraction_ms() {
    int value = 0;
    std::size_t count = 0;
    for (; count < rest_.size() && rest_[count] >= '0' && rest_[count] <= '9'; ++count) {
      if (count < 3) value = value * 10 + (rest_[count] - '0');
    }
    if (count == 0) return -1;
    rest_.remove_prefix(count);
    for (; count < 3; ++count) value *= 10;
    return value;
  }

 private:
  std::string_view rest_;
};

std::optional<sys_days> read_date(Reader& in) {
  const int y = in.digits(4);
  if (y < 0 || !in.take('-')) return std::nullopt;
  const int m = in.digits(2);
  if (m < 0 || !in.take('-')) return std::nullopt;
  const int d = in.digits(2);
  if (d < 0) return std::nullopt;
  const year_month_day date = year{y} / m / d;
  if (!date.ok()) return std::nullopt;
  return sys_days{date};
}

std::optional<milliseconds> read_time_of_day(Reader& in) {
  const int h = in.digits(2);
  if (h < 0 || h > 23 || !in.take(':')) return std::nullopt;
  const int m = in.digits(2);
  if (m < 0 || m > 59 || !in.take(':')) return std::nullopt;
  int s = in.digits(2);
  if (s < 0 || s > 60) return std::nullopt;
  int ms = in.take('.') ? in.fraction_ms() : 0;
  if (ms < 0) return std::nullopt;
  if (s == 60) {
    s = 59;
    ms = 999;
  }
  return hours{h} + minutes{m} + seconds{s} + milliseconds{ms};
}

std::optional<minutes> read_offset(Reader& in) {
  if (in.at_end() || in.take('Z') || in.take('z')) return minutes{0};
  const bool west = in.take('-');
  if (!west && !in.take('+')) return std::nullopt;
  const int h = in.digits(2);
  if (h < 0 || h > 23) return std::nullopt;
  in.take(':');
  const int m = in.digits(2);
  if (m < 0 || m > 59) return std::nullopt;
  const minutes offset = hours{h} + minutes{m};
  return west ? -offset : offset;
}

}  // namespace

void append_rfc3339(std::string& out, Timestamp time) {
  time = std::clamp(time, time_min, time_max);
  const sys_days day = floor<days>(time);
  const year_month_day date{day};
  const auto ms_of_day = static_cast<unsigned>((time - day).count());
  const unsigned s_of_day = ms_of_day / 1000;

  std::array<char, 24> text;
  char* at = write_digits(text.data(), static_cast<unsigned>(static_cast<int>(date.year())), 4);
  *at++ = '-';
  at = write_digits(at, static_cast<unsigned>(date.month()), 2);
  *at++ = '-';
  at = write_digits(at, static_cast<unsigned>(date.day()), 2);
  *at++ = 'T';
  at = write_digits(at, s_of_day / 3600, 2);
  *at++ = ':';
  at = write_digits(at, s_of_day / 60 % 60, 2);
  *at++ = ':';
  at = write_digits(at, s_of_day % 60, 2);
  *at++ = '.';
  at = write_digits(at, ms_of_day % 1000, 3);
  *at = 'Z';
  out.append(text.data(), text.size());
}

std::string format_rfc3339(Timestamp time) {
  std::string out;
  append_rfc3339(out, time);
  return out;
}

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
  Reader in(text);
  const auto date = read_date(in);
  if (!date || !(in.take('T') || in.take('t') || in.take(' '))) return std::nullopt;
  const auto time_of_day = read_time_of_day(in);
  if (!time_of_day) return std::nullopt;
  const auto offset = read_offset(in);
  if (!offset || !in.at_end()) return std::nullopt;
  const Timestamp time = *date + *time_of_day - *offset;
  if (time < time_min || time > time_max) return std::nullopt;
  return time;
}

}  // namespace fieldcast
