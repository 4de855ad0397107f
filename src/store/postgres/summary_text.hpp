// Values of summaries as PostgreSQL's text: rows that are read, arrays that are written.
#pragma once

#include "fieldcast/base/rfc3339.hpp"
#include "timestamps.hpp"

#include <algorithm>
#include <charconv>
#include <pqxx/pqxx>
#include <string>

namespace fieldcast::store::postgres {

/// Of a result that is kept. Not by libpqxx: it goes through a stream with a locale. NULL reads as 0.
class TextRow {
 public:
  explicit TextRow(const pqxx::row& row) : row_(row) {}
  bool is_null(int column) const { return field(column).is_null(); }
  std::int64_t integer(int column) const { return number<std::int64_t>(column); }
  double real(int column) const { return number<double>(column); }
  float real_or_unknown(int column) const {
    return is_null(column) ? std::numeric_limits<float>::quiet_NaN() : number<float>(column);
  }
  Timestamp time(int column) const { return from_unix_ms(integer(column)); }

 private:
  pqxx::field field(int column) const { return row_[static_cast<pqxx::row::size_type>(column)]; }
  template <class Number>
  Number number(int column) const {
    const pqxx::field text = field(column);
    Number value{};
    if (!text.is_null()) std::from_chars(text.c_str(), text.c_str() + text.size(), value);
    return value;
  }

  pqxx::row row_;
};

/// Elements without quotes.
class TextArray {
 public:
  void add(std::string_view element) {
    text_ += text_.size() == 1 ? "" : ",";
    text_ += element;
  }
  template <class Number>
  void add_number(Number value) {
    char digits[32];
    add({digits, std::to_chars(std::begin(digits), std::end(digits), value).ptr});
  }
  void add_null() { add("NULL"); }
  std::string text() const { return text_ + "}"; }

 private:
  std::string text_ = "{";
};

/// Within the times that days can have.
inline std::string time_text(Timestamp time) {
  return time >= end_of_times ? "infinity" : format_rfc3339(std::max(time, first_time));
}
inline std::string date_text(Timestamp time) { return format_rfc3339(std::max(time, first_time)).substr(0, 10); }

}  // namespace fieldcast::store::postgres
