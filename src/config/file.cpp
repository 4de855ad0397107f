#include "loading.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <toml++/toml.h>

namespace fieldcast::config {
namespace {

constexpr std::size_t file_bytes_max = 1'048'576;

std::optional<std::string> content_of(const std::string& file) {
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) return std::nullopt;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return std::nullopt;
  std::string content(file_bytes_max + 1, '\0');
  stream.read(content.data(), static_cast<std::streamsize>(content.size()));
  content.resize(static_cast<std::size_t>(stream.gcount()));
  if (stream.bad() || content.size() > file_bytes_max) return std::nullopt;
  return content;
}

/// `node` as a value of the key's type; nothing when it is none.
struct ValueReader {
  const toml::node& node;

  std::optional<Value> operator()(bool) const { return as<bool>(node.as_boolean()); }
  std::optional<Value> operator()(std::int64_t) const { return as<std::int64_t>(node.as_integer()); }
  std::optional<Value> operator()(double) const {
    if (const auto* whole = node.as_integer()) return static_cast<double>(whole->get());
    return as<double>(node.as_floating_point());
  }
  std::optional<Value> operator()(const std::string&) const { return as<std::string>(node.as_string()); }
  std::optional<Value> operator()(const std::vector<std::string>&) const {
    const toml::array* array = node.as_array();
    if (array == nullptr) return std::nullopt;
    std::vector<std::string> items;
    for (const toml::node& item : *array) {
      if (!item.is_string()) return std::nullopt;
      items.push_back(item.as_string()->get());
    }
    return items;
  }

 private:
  template <class T, class Node>
  static std::optional<Value> as(const Node* value) {
    return value != nullptr ? std::optional<Value>(T(value->get())) : std::nullopt;
  }
};

class FileReader {
 public:
  FileReader(const std::string& file, Loading& loading) : file_(file), loading_(loading) {}

  void read_table(const toml::table& table, const std::string& prefix) {
    for (const auto& [key, node] : table) {
      const std::string name = prefix + std::string(key.str());
      const std::string place = place_at(key.source());
      if (name == "access.keys") {
        read_key_sources(node, place);
      } else if (const Key* known = find_key(name)) {
        loading_.take(*known, std::visit(ValueReader{node}, known->standard), place);
      } else if (node.is_table() && is_section(name)) {
        read_table(*node.as_table(), name + ".");
      } else {
        loading_.unknown(name, place);
      }
    }
  }

 private:
  std::string place_at(const toml::source_region& source) const {
    return file_ + ":" + std::to_string(source.begin.line);
  }

  static bool is_section(const std::string& name) {
    return std::any_of(keys().begin(), keys().end(), [&](const Key& key) { return key.name.starts_with(name + "."); });
  }

  void read_key_sources(const toml::node& node, const std::string& place) {
    const toml::array* entries = node.as_array();
    if (entries == nullptr) return loading_.mistake(place, "access.keys must be written as [[access.keys]]");
    for (const toml::node& entry : *entries) {
      if (const toml::table* table = entry.as_table()) {
        read_key_source(*table, place_at(entry.source()));
      } else {
        loading_.mistake(place_at(entry.source()), "access.keys must be written as [[access.keys]]");
      }
    }
  }

  void read_key_source(const toml::table& table, const std::string& place) {
    KeySource source;
    const std::map<std::string, std::string*> members = {{"kid", &source.kid},
                                                         {"algorithm", &source.algorithm},
                                                         {"secret_file", &source.secret_file},
                                                         {"pem_file", &source.pem_file}};
    for (const auto& [key, node] : table) {
      const std::string name(key.str());
      const auto member = members.find(name);
      if (member == members.end()) {
        loading_.mistake(place_at(key.source()),
                         "access.keys: " + name + " is no key; kid, algorithm, secret_file and pem_file are");
      } else if (!node.is_string()) {
        loading_.mistake(place_at(key.source()), "access.keys: " + name + " must be a text");
      } else {
        *member->second = node.as_string()->get();
      }
    }
    loading_.loaded.config.access.keys.push_back(std::move(source));
    loading_.key_places.push_back(place);
  }

  const std::string& file_;
  Loading& loading_;
};

/// Without what the parser quotes of the file, which might be a secret.
std::string without_quotes(std::string_view description) {
  const auto quote = description.find_first_of("'\"");
  std::string text(description.substr(0, quote));
  while (!text.empty() && (text.back() == ' ' || text.back() == ',' || text.back() == ':')) text.pop_back();
  return text;
}

}  // namespace

void read_file(const std::string& file, Loading& loading) {
  const auto content = content_of(file);
  if (!content) return loading.mistake(file, "cannot be read, or is no file of 1 MiB at most");
  const std::size_t before = loading.loaded.mistakes.size();
  try {
    FileReader(file, loading).read_table(toml::parse(*content), "");
  } catch (const toml::parse_error& error) {
    return loading.mistake(file + ":" + std::to_string(error.source().begin.line),
                           "is not TOML: " + without_quotes(error.description()));
  }
  // A table is not in the order of the file; people read from top to bottom.
  const auto line_of = [&file](const Mistake& mistake) {
    return std::stoul("0" + mistake.place.substr(std::min(file.size() + 1, mistake.place.size())));
  };
  std::stable_sort(loading.loaded.mistakes.begin() + static_cast<std::ptrdiff_t>(before), loading.loaded.mistakes.end(),
                   [&](const Mistake& a, const Mistake& b) { return line_of(a) < line_of(b); });
}

}  // namespace fieldcast::config
