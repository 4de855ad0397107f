#include "fix_record.hpp"
#include "json_text.hpp"

#include <cmath>
#include <cstdlib>
#include <deque>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>

namespace fieldcast::codec {
namespace {

using Kind = Value::Kind;

bool is_word_byte(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || c == '-' || c == '.';
}

/// JSON's grammar of numbers.
bool is_number_token(std::string_view token) {
  const auto digits = [&token] {
    const std::size_t count = std::min(token.find_first_not_of("0123456789"), token.size());
    token.remove_prefix(count);
    return count;
  };
  if (token.starts_with('-')) token.remove_prefix(1);
  const bool leading_zero = token.starts_with('0');
  const std::size_t whole = digits();
  if (whole == 0 || (leading_zero && whole > 1)) return false;
  if (token.starts_with('.')) {
    token.remove_prefix(1);
    if (digits() == 0) return false;
  }
  if (token.starts_with('e') || token.starts_with('E')) {
    token.remove_prefix(1);
    if (token.starts_with('+') || token.starts_with('-')) token.remove_prefix(1);
    if (digits() == 0) return false;
  }
  return token.empty();
}

/// What parsers refuse, though phones send it: NaN, Infinity, 1e999.
bool is_unreadable_number(std::string_view token) {
  const std::string_view unsigned_token = token.starts_with('-') ? token.substr(1) : token;
  for (const std::string_view name : {"NaN", "nan", "Infinity", "inf"}) {
    if (unsigned_token == name) return true;
  }
  if (token.size() < 300 && token.find_first_of("eE") == std::string_view::npos) return false;
  return is_number_token(token) && std::isinf(std::strtod(std::string(token).c_str(), nullptr));
}

/// The text with every such number made a text as long as it was, so that the parser takes it and
/// offsets stay what they are. Which of the texts were numbers is seen in the original.
std::string with_readable_numbers(std::string_view original) {
  std::string text(original);
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '"') {
      for (++i; i < text.size() && text[i] != '"'; ++i) i += text[i] == '\\' ? 1 : 0;
      ++i;
    } else if (is_word_byte(text[i])) {
      std::size_t end = i;
      while (end < text.size() && is_word_byte(text[end])) ++end;
      const std::string_view token = original.substr(i, end - i);
      if (is_unreadable_number(token)) {
        std::fill(text.begin() + static_cast<std::ptrdiff_t>(i), text.begin() + static_cast<std::ptrdiff_t>(end), 'x');
        text[i] = text[end - 1] = '"';
      }
      i = end;
    } else {
      ++i;
    }
  }
  return text;
}

/// Walks over the text and tells how far it went. A NUL, which the parser would take for the end of
/// the text, is shown to it as another byte that JSON does not have.
class Cursor {
 public:
  using iterator_category = std::forward_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = char;

  Cursor(const char* at, std::size_t* consumed) : at_(at), consumed_(consumed) {}

  char operator*() const { return *at_ == '\0' ? '\x01' : *at_; }
  Cursor& operator++() {
    ++at_;
    ++*consumed_;
    return *this;
  }
  Cursor operator++(int) {
    Cursor before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const Cursor& a, const Cursor& b) { return a.at_ == b.at_; }

 private:
  const char* at_;
  std::size_t* consumed_;
};

/// Takes the parser's events. An event that returns false ends the parse: wrong() then says why.
class Events : public nlohmann::json::json_sax_t {
 public:
  Events(std::string_view original, const std::size_t& consumed, Dialect dialect, const DecodeLimits& limits,
         FixBatch& batch)
      : original_(original), consumed_(consumed), dialect_(dialect), limits_(limits), batch_(batch) {}

  /// Why the parse ended early; bad_json when the parser found the reason.
  const Outcome& wrong() const { return *wrong_; }

  const Outcome* finish() {
    if (!root_is_object_) return batch_.fixes.empty() ? &outcome::bad_request : nullptr;
    return finish_object(root_, original_, dialect_, limits_, batch_);
  }

  bool null() override { return scalar({Kind::null, 0, take_token()}); }
  bool boolean(bool) override { return scalar({Kind::other, 0, take_token()}); }
  bool number_integer(std::int64_t value) override {
    return scalar({Kind::number, static_cast<double>(value), take_token()});
  }
  bool number_unsigned(std::uint64_t value) override {
    return scalar({Kind::number, static_cast<double>(value), take_token()});
  }
  bool number_float(double value, const std::string&) override { return scalar({Kind::number, value, take_token()}); }

  bool string(std::string& text) override {
    const std::string_view token = take_token();
    if (token.back() != '"') {
      holds_unreadable_ = true;
      return scalar({Kind::number, std::numeric_limits<double>::quiet_NaN(), token});
    }
    if (is_field() && slot_ != Slot::none) {
      return scalar({Kind::text, 0, keep(std::move(text))});
    }
    return scalar({Kind::text, 0, token});
  }

  bool binary(nlohmann::json::binary_t&) override { return false; }

  bool key(std::string& key) override {
    take_token();
    if (record_ != nullptr && depth_ == record_depth_) slot_ = slot_of(key);
    return true;
  }

  bool start_object(std::size_t) override {
    if (!open()) return false;
    if (depth_ == 1) {
      root_is_object_ = true;
      record_ = &root_;
      record_depth_ = 1;
    } else if (is_item_) {
      item_.clear();
      record_ = &item_;
      record_depth_ = depth_;
    }
    return true;
  }

  bool end_object() override { return close(slot_ == Slot::attributes ? Kind::attributes : Kind::other); }

  bool start_array(std::size_t) override {
    const bool is_list = depth_ == 0 || (is_field() && record_ == &root_ && slot_ == list_slot(dialect_));
    if (!open()) return false;
    if (!is_list) return true;
    batch_.fixes.clear();
    list_depth_ = depth_;
    record_ = nullptr;
    return true;
  }

  bool end_array() override {
    if (depth_ == list_depth_) {
      list_depth_ = 0;
      if (depth_ == 1) return close(Kind::array);
      record_ = &root_;
      record_depth_ = 1;
      slot_ = list_slot(dialect_);
    }
    return close(Kind::array);
  }

  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) override { return false; }

 private:
  /// True when the next value belongs to a field of a record.
  bool is_field() const { return record_ != nullptr && depth_ == record_depth_; }
  /// True when the next value is a record of a list.
  bool is_element() const { return list_depth_ != 0 && depth_ == list_depth_; }

  /// The token that was just read, as it stands in the original. After a number the parser has one byte more.
  std::string_view take_token() {
    std::string_view token = original_.substr(token_end_, consumed_ - token_end_);
    token_end_ = consumed_;
    const auto is_around = [](char c) { return is_json_space(c) || c == ',' || c == ':' || c == ']' || c == '}'; };
    while (!token.empty() && (is_around(token.front()) || token.front() == '[')) token.remove_prefix(1);
    while (token.size() > 1 && is_around(token.back())) token.remove_suffix(1);
    return token;
  }

  bool scalar(const Value& value) {
    if (depth_ == 0) return false;
    if (is_element()) {
      if (!count_item()) return false;
      set_aside(batch_.fixes.emplace_back(), outcome::record_not_an_object, value.text);
      return true;
    }
    if (is_field()) set(value);
    return true;
  }

  bool open() {
    take_token();
    if (depth_ == nesting_max) return false;
    is_item_ = is_element();
    if (is_item_ && !count_item()) return false;
    if (is_item_ || depth_ == 0) {
      item_begin_ = consumed_ - 1;
    } else if (is_field()) {
      field_begin_ = consumed_ - 1;
      holds_unreadable_ = false;
    }
    ++depth_;
    return true;
  }

  /// `kind`: what the container is if it belongs to a field.
  bool close(Kind kind) {
    take_token();
    const bool was_record = record_ == &item_ && depth_ == record_depth_;
    --depth_;
    if (is_element()) {
      end_item(was_record);
    } else if (is_field()) {
      set_container(kind);
    }
    return true;
  }

  bool count_item() {
    if (batch_.fixes.size() < limits_.fixes_max) return true;
    wrong_ = &outcome::too_many_positions;
    return false;
  }

  void end_item(bool was_record) {
    const std::string_view text = original_.substr(item_begin_, consumed_ - item_begin_);
    DecodedFix& fix = batch_.fixes.emplace_back();
    if (was_record) {
      read_record(item_, text, dialect_, limits_, fix);
    } else {
      set_aside(fix, outcome::record_not_an_object, text);
    }
    record_ = nullptr;
    item_texts_.clear();
  }

  void set_container(Kind kind) {
    if (kind != Kind::attributes || holds_unreadable_) {
      set({kind == Kind::array ? Kind::array : Kind::other, 0, {}});
      return;
    }
    std::string minimal;
    append_minimal(minimal, original_.substr(field_begin_, consumed_ - field_begin_));
    set({Kind::attributes, 0, keep(std::move(minimal))});
  }

  void set(const Value& value) { record_->set(slot_, value); }

  std::string_view keep(std::string text) {
    return (record_ == &root_ ? root_texts_ : item_texts_).emplace_back(std::move(text));
  }

  const std::string_view original_;
  const std::size_t& consumed_;
  const Dialect dialect_;
  const DecodeLimits& limits_;
  FixBatch& batch_;
  const Outcome* wrong_ = &outcome::bad_json;

  std::size_t token_end_ = 0;
  int depth_ = 0;
  bool root_is_object_ = false;

  Record root_, item_;
  std::deque<std::string> root_texts_, item_texts_;  // what the values of the records point to
  Record* record_ = nullptr;                         // whose fields are being read, if any
  int record_depth_ = 0;                             // of its fields
  Slot slot_ = Slot::none;                           // of the field being read
  int list_depth_ = 0;                               // of the list's elements, 0 outside of a list
  bool is_item_ = false;                             // the container just opened is an element of the list
  std::size_t item_begin_ = 0;
  std::size_t field_begin_ = 0;
  bool holds_unreadable_ = false;  // since the last field's container began
};

}  // namespace

Result<void> decode_fixes_reference(std::string_view text, Dialect dialect, const DecodeLimits& limits,
                                    FixBatch& batch) {
  clear(batch);
  const std::string readable = with_readable_numbers(text);
  std::size_t consumed = 0;
  Events events(text, consumed, dialect, limits, batch);
  const Cursor begin(readable.data(), &consumed);
  const Cursor end(readable.data() + readable.size(), &consumed);
  const Outcome* wrong = nlohmann::json::sax_parse(begin, end, &events) ? events.finish() : &events.wrong();
  if (wrong == nullptr) return {};
  batch.fixes.clear();
  return text_error(*wrong);
}

}  // namespace fieldcast::codec
