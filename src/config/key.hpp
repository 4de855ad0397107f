// One key of the configuration: what it is called, what it may be, where it goes.
#pragma once

#include "fieldcast/config/config.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace fieldcast::config {

using Value = std::variant<bool, std::int64_t, double, std::string, std::vector<std::string>>;

struct Key {
  std::string name;
  std::string unit;
  std::string help;
  Value standard;  // the default; its alternative is the type of the key
  /// Takes a value of that type, or says what is wrong with it.
  std::function<std::optional<std::string>(Config&, const Value&)> assign;
};

/// Every key, section by section, in the order of config/fieldcast.toml.
const std::vector<Key>& keys();
/// The keys of one entry of [[access.keys]], for people.
std::vector<KeyDescription> key_source_keys();

const Key* find_key(std::string_view name);
/// A known key that differs by a slip of the pen; null when none does.
const Key* similar_key(std::string_view name);
/// "FIELDCAST_SERVER_PORT" for "server.port".
std::string variable_of(std::string_view key_name);

/// `text` of a variable or flag as a value of the key's type; nothing when it is none.
std::optional<Value> value_from(std::string_view text, const Key& key);
/// "must be …": what the key's type wants.
std::string wanted(const Key& key);
std::string to_toml(const Value& value);

}  // namespace fieldcast::config
