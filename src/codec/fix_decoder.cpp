// Without exceptions simdjson has no conversions that throw: every error is asked for.
#define SIMDJSON_EXCEPTIONS 0

#include "fieldcast/codec/fix_decoder.hpp"

#include "fix_record.hpp"
#include "json_text.hpp"

#include <bit>
#include <charconv>
#include <cstring>
#include <simdjson.h>

namespace fieldcast::codec {

static_assert(text_padding_bytes >= simdjson::SIMDJSON_PADDING);

namespace {

namespace ondemand = simdjson::ondemand;
using Kind = Value::Kind;

constexpr std::size_t capacity_bytes_min = 64 * 1024;
constexpr std::size_t capacity_bytes_kept = 1024 * 1024;  // what a decoder keeps for itself between texts
constexpr std::size_t exact_number_bytes_max = 20;        // simdjson 3.0 misreads some with 20 digits and more

/// Null: the text was read. Otherwise what is wrong with it; nothing when the reference must tell.
using Reading = std::optional<const Outcome*>;

/// True when every escape is one that any parser takes: \uXXXX only outside of the surrogates.
bool has_plain_escapes(std::string_view text) {
  for (std::size_t i = text.find('\\'); i < text.size(); i = text.find('\\', i + 2)) {
    if (i + 1 == text.size()) return false;
    if (text[i + 1] != 'u') {
      if (std::strchr("\"\\/bfnrt", text[i + 1]) == nullptr || text[i + 1] == '\0') return false;
      continue;
    }
    const std::string_view digits = text.substr(i + 2, 4);
    if (digits.size() < 4 || digits.find_first_not_of("0123456789abcdefABCDEF") != std::string_view::npos) return false;
    if ((digits[0] == 'd' || digits[0] == 'D') && digits[1] > '7') return false;
  }
  return true;
}

/// One text on its way through. simdjson reads lazily and does not look at what it is not asked
/// for, so everything is asked for here: a text that comes through is valid JSON throughout.
/// Every member function returns false when something surprises it.
class Pass {
 public:
  Pass(std::string_view text, Dialect dialect, const DecodeLimits& limits, FixBatch& batch, Record& root, Record& item,
       std::string& root_attributes, std::string& item_attributes)
      : text_(text),
        dialect_(dialect),
        limits_(limits),
        batch_(batch),
        root_(root),
        item_(item),
        root_attributes_(root_attributes),
        item_attributes_(item_attributes) {}

  Reading read(ondemand::document& document) {
    ondemand::json_type type;
    if (document.type().get(type) != simdjson::SUCCESS) return std::nullopt;
    const bool is_object = type == ondemand::json_type::object;
    if (!(is_object ? read_root_object(document) : read_root_array(type, document))) return std::nullopt;
    // Only at the very end of the text does simdjson have no location any more.
    if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) return std::nullopt;
    if (is_object) return finish_object(root_, text_, dialect_, limits_, batch_);
    return batch_.fixes.empty() ? &outcome::bad_request : nullptr;
  }

 private:
  bool read_root_object(ondemand::document& document) {
    ondemand::object object;
    return document.get_object().get(object) == simdjson::SUCCESS && read_fields(object, root_, 1);
  }

  bool read_root_array(ondemand::json_type type, ondemand::document& document) {
    ondemand::array array;
    if (type != ondemand::json_type::array || document.get_array().get(array) != simdjson::SUCCESS) return false;
    return read_list(array, 1, document);
  }

  /// `depth`: that of the list.
  template <class Located>
  bool read_list(ondemand::array& list, int depth, Located& located) {
    batch_.fixes.clear();
    for (auto element : list) {
      ondemand::value value;
      if (element.get(value) != simdjson::SUCCESS) return false;
      if (batch_.fixes.size() == limits_.fixes_max) return false;
      if (!read_item(value, depth + 1, located)) return false;
    }
    return true;
  }

  template <class Located>
  bool read_item(ondemand::value& value, int depth, Located& located) {
    std::string_view token;
    if (!read_token(value, token)) return false;
    const bool is_object = token.front() == '{';
    if (is_object) {
      ondemand::object object;
      item_.clear();
      if (value.get_object().get(object) != simdjson::SUCCESS || !read_fields(object, item_, depth)) return false;
    } else if (!walk(value, depth, nullptr)) {
      return false;
    }
    DecodedFix& fix = batch_.fixes.emplace_back();
    if (is_object) read_fix(item_, dialect_, limits_, fix);
    const char* next = nullptr;
    if (located.current_location().get(next) != simdjson::SUCCESS) return false;
    fix.source = trim_json_space({token.data(), static_cast<std::size_t>(next - token.data())});
    if (is_object && fix.problem == nullptr) return true;
    set_aside(fix, is_object ? *fix.problem : outcome::record_not_an_object, fix.source);
    return true;
  }

  bool read_fields(ondemand::object& object, Record& record, int depth) {
    for (auto result : object) {
      ondemand::field field;
      if (std::move(result).get(field) != simdjson::SUCCESS) return false;
      std::string_view key;
      if (!read_key(field, key)) return false;
      if (!read_value(field.value(), slot_of(key), record, depth + 1)) return false;
    }
    return true;
  }

  /// Keys with escapes are left to the reference.
  bool read_key(ondemand::field& field, std::string_view& key) const {
    const char* begin = field.key().raw();
    const char* end = begin;
    while (end < text_end() && *end != '"' && *end != '\\') ++end;
    key = {begin, static_cast<std::size_t>(end - begin)};
    return end < text_end() && *end == '"';
  }

  /// The text of a value from its first byte to the next token, without white space at its end.
  bool read_token(ondemand::value& value, std::string_view& token) const {
    const std::string_view raw = value.raw_json_token();
    if (raw.empty() || raw.size() > static_cast<std::size_t>(text_end() - raw.data())) return false;
    token = raw;
    while (token.size() > 1 && is_json_space(token.back())) token.remove_suffix(1);
    return true;
  }

  /// `depth`: that of the value, should it be a container.
  bool read_value(ondemand::value& value, Slot slot, Record& record, int depth) {
    std::string_view token;
    if (!read_token(value, token)) return false;
    Value read;
    switch (token.front()) {
      case '{':
        read.kind = Kind::other;
        if (slot == Slot::attributes) return read_attributes(value, record, depth);
        if (!walk(value, depth, nullptr)) return false;
        break;
      case '[':
        read.kind = Kind::array;
        if (&record == &root_ && slot == list_slot(dialect_)) {
          ondemand::array list;
          if (value.get_array().get(list) != simdjson::SUCCESS || !read_list(list, depth, value)) return false;
        } else if (!walk(value, depth, nullptr)) {
          return false;
        }
        break;
      case '"':
        read.kind = Kind::text;
        if (!read_text(value, token, slot != Slot::none)) return false;
        read.text = token.substr(1, token.size() - 2);
        break;
      default:
        if (!read_atom(value, token, read)) return false;
    }
    record.set(slot, read);
    return true;
  }

  bool read_attributes(ondemand::value& value, Record& record, int depth) {
    std::string& minimal = &record == &root_ ? root_attributes_ : item_attributes_;
    minimal.clear();
    if (!walk(value, depth, &minimal)) return false;
    record.set(Slot::attributes, {Kind::attributes, 0, minimal});
    return true;
  }

  /// A text that `counts` must stand in the bytes as it is.
  static bool read_text(ondemand::value& value, std::string_view token, bool counts) {
    ondemand::raw_json_string raw;
    if (value.get_raw_json_string().get(raw) != simdjson::SUCCESS) return false;
    if (token.size() < 2 || token.back() != '"') return false;
    if (token.find('\\') == std::string_view::npos) return true;
    return !counts && has_plain_escapes(token.substr(1, token.size() - 2));
  }

  static bool read_atom(ondemand::value& value, std::string_view token, Value& read) {
    bool truth = false;
    switch (token.front()) {
      case 'n':
        read.kind = Kind::null;
        return token == "null" && value.is_null().get(truth) == simdjson::SUCCESS && truth;
      case 't':
      case 'f':
        read.kind = Kind::other;
        return (token == "true" || token == "false") && value.get_bool().get(truth) == simdjson::SUCCESS;
      default:
        read.kind = Kind::number;
        read.text = token;
        return value.get_double().get(read.number) == simdjson::SUCCESS && read_exactly(token, read.number);
    }
  }

  static bool read_exactly(std::string_view token, double& number) {
    if (token.size() <= exact_number_bytes_max) return true;
    const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), number);
    return error == std::errc{} && end == token.data() + token.size();
  }

  /// Reads a value for its validity only; appends its minimal text to `minimal` when given.
  bool walk(ondemand::value& value, int depth, std::string* minimal) {
    std::string_view token;
    if (!read_token(value, token)) return false;
    if (token.front() == '{') return walk_object(value, depth, minimal);
    if (token.front() == '[') return walk_array(value, depth, minimal);
    Value ignored;
    const bool valid = token.front() == '"' ? read_text(value, token, false) : read_atom(value, token, ignored);
    if (minimal != nullptr) minimal->append(token);
    return valid;
  }

  bool walk_object(ondemand::value& value, int depth, std::string* minimal) {
    ondemand::object object;
    if (depth > nesting_max || value.get_object().get(object) != simdjson::SUCCESS) return false;
    if (minimal != nullptr) minimal->push_back('{');
    bool first = true;
    for (auto result : object) {
      ondemand::field field;
      std::string_view key;
      if (std::move(result).get(field) != simdjson::SUCCESS || !read_key(field, key)) return false;
      if (minimal != nullptr) {
        minimal->append(first ? "\"" : ",\"").append(key).append("\":");
        first = false;
      }
      if (!walk(field.value(), depth + 1, minimal)) return false;
    }
    if (minimal != nullptr) minimal->push_back('}');
    return true;
  }

  bool walk_array(ondemand::value& value, int depth, std::string* minimal) {
    ondemand::array array;
    if (depth > nesting_max || value.get_array().get(array) != simdjson::SUCCESS) return false;
    if (minimal != nullptr) minimal->push_back('[');
    bool first = true;
    for (auto result : array) {
      ondemand::value element;
      if (result.get(element) != simdjson::SUCCESS) return false;
      if (minimal != nullptr && !first) minimal->push_back(',');
      first = false;
      if (!walk(element, depth + 1, minimal)) return false;
    }
    if (minimal != nullptr) minimal->push_back(']');
    return true;
  }

  const char* text_end() const { return text_.data() + text_.size(); }

  const std::string_view text_;
  const Dialect dialect_;
  const DecodeLimits& limits_;
  FixBatch& batch_;
  Record& root_;
  Record& item_;
  std::string& root_attributes_;
  std::string& item_attributes_;
};

}  // namespace

struct FixDecoder::Body {
  ondemand::parser parser;
  std::size_t capacity_bytes = 0;
  std::string padded_text;
  std::string root_attributes, item_attributes;
  Record root, item;

  /// A view of `text` with readable bytes behind it.
  std::string_view with_padding(std::string_view text, bool padded) {
    if (padded) return text;
    padded_text.reserve(text.size() + text_padding_bytes);
    padded_text.assign(text);
    padded_text.append(text_padding_bytes, '\0');
    return std::string_view(padded_text).substr(0, text.size());
  }

  Reading read(std::string_view text, Dialect dialect, const DecodeLimits& limits, FixBatch& batch) {
    if (text.size() > capacity_bytes) {
      const std::size_t wanted = std::bit_ceil(std::max(text.size(), capacity_bytes_min));
      if (parser.allocate(wanted) != simdjson::SUCCESS) return std::nullopt;
      capacity_bytes = wanted;
    }
    root.clear();
    ondemand::document document;
    const simdjson::padded_string_view view(text.data(), text.size(), text.size() + text_padding_bytes);
    if (parser.iterate(view).get(document) != simdjson::SUCCESS) return std::nullopt;
    return Pass(text, dialect, limits, batch, root, item, root_attributes, item_attributes).read(document);
  }

  /// One large text must not make every decoder large for good.
  void shrink() {
    if (capacity_bytes > capacity_bytes_kept) {
      parser = ondemand::parser();
      capacity_bytes = 0;
    }
    for (std::string* text : {&padded_text, &root_attributes, &item_attributes}) {
      if (text->capacity() > capacity_bytes_kept) *text = std::string();
    }
  }
};

FixDecoder::FixDecoder() : body_(std::make_unique<Body>()) {}
FixDecoder::~FixDecoder() = default;

Result<void> FixDecoder::decode(std::string_view text, Dialect dialect, const DecodeLimits& limits, bool padded,
                                FixBatch& batch) {
  clear(batch);
  const std::string_view readable = body_->with_padding(text, padded);
  const Reading reading = body_->read(readable, dialect, limits, batch);
  if (!padded && reading) move_sources(batch, readable, text);
  body_->shrink();
  if (!reading) return decode_fixes_reference(text, dialect, limits, batch);
  if (*reading == nullptr) return {};
  batch.fixes.clear();
  return text_error(**reading);
}

}  // namespace fieldcast::codec
