#include "key.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>

namespace fieldcast::config {
namespace {

template <class Number>
std::optional<Value> number_from(std::string_view text) {
  Number number{};
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stopped != end) return std::nullopt;
  return number;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::vector<std::string> list_from(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    const std::string_view item = trimmed(text.substr(0, comma));
    if (!item.empty()) items.emplace_back(item);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return items;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({substituted, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

}  // namespace

const Key* find_key(std::string_view name) {
  const auto found = std::find_if(keys().begin(), keys().end(), [name](const Key& key) { return key.name == name; });
  return found == keys().end() ? nullptr : &*found;
}

const Key* similar_key(std::string_view name) {
  const Key* nearest = nullptr;
  std::size_t least = 3;
  for (const Key& key : keys()) {
    const std::size_t distance = edit_distance(name, key.name);
    if (distance < least) {
      least = distance;
      nearest = &key;
    }
  }
  return nearest;
}

std::string variable_of(std::string_view key_name) {
  std::string variable = "FIELDCAST_";
  for (const char c : key_name)
    variable += c == '.' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return variable;
}

std::optional<Value> value_from(std::string_view text, const Key& key) {
  if (std::holds_alternative<std::string>(key.standard)) return std::string(text);
  if (std::holds_alternative<std::vector<std::string>>(key.standard)) return list_from(text);
  text = trimmed(text);
  if (std::holds_alternative<std::int64_t>(key.standard)) return number_from<std::int64_t>(text);
  if (std::holds_alternative<double>(key.standard)) return number_from<double>(text);
  if (text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  return std::nullopt;
}

std::string wanted(const Key& key) {
  static const std::string texts[] = {"must be true or false", "must be a whole number", "must be a number",
                                      "must be a text", "must be a list of texts"};
  return texts[key.standard.index()];
}

std::string to_toml(const Value& value) {
  struct {
    std::string operator()(bool yes) const { return yes ? "true" : "false"; }
    std::string operator()(std::int64_t number) const { return std::to_string(number); }
    std::string operator()(double number) const {
      char text[32];
      return {text, std::to_chars(text, text + sizeof text, number).ptr};
    }
    std::string operator()(const std::string& text) const { return quoted(text); }
    std::string operator()(const std::vector<std::string>& items) const {
      std::string out = "[";
      for (const auto& item : items) out += (out.size() > 1 ? ", " : "") + quoted(item);
      return out + "]";
    }
  } print;
  return std::visit(print, value);
}

std::vector<KeyDescription> describe_keys() {
  std::vector<KeyDescription> all;
  for (const Key& key : keys()) {
    all.push_back({key.name, to_toml(key.standard), key.unit, key.help});
    if (key.name == "access.jwks_file") {
      for (KeyDescription& entry : key_source_keys()) all.push_back(std::move(entry));
    }
  }
  return all;
}

}  // namespace fieldcast::config
