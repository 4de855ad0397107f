// A configuration in the making: values from one source after the other, and every mistake.
#pragma once

#include "key.hpp"

namespace fieldcast::config {

struct Loading {
  Loaded loaded;
  std::map<std::string, std::string> places;  // key → where its value comes from
  std::vector<std::string> key_places;        // of each [[access.keys]]

  void mistake(std::string place, std::string text) { loaded.mistakes.push_back({std::move(place), std::move(text)}); }
  /// Where the key was set last; its name when nowhere.
  std::string place_of(const std::string& key_name) const {
    const auto found = places.find(key_name);
    return found == places.end() ? key_name : found->second;
  }

  void take(const Key& key, const std::optional<Value>& value, const std::string& place);
  void unknown(const std::string& name, const std::string& place);
};

/// Takes every key of the file.
void read_file(const std::string& file, Loading& loading);
/// Looks at what only makes sense together, and whether the files that are named are there.
void check(Loading& loading, Use use);

}  // namespace fieldcast::config
