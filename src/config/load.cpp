#include "loading.hpp"

#include <charconv>

namespace fieldcast::config {
namespace {

/// Variables that many platforms set; FIELDCAST_ ones win over them.
void read_known_variables(const std::map<std::string, std::string>& environment, Loading& loading) {
  const auto given = [&environment](const std::string& name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::string() : found->second;
  };
  const auto take = [&loading](const std::string& key_name, const std::string& text, const std::string& variable) {
    const Key& key = *find_key(key_name);
    loading.take(key, value_from(text, key), variable);
  };
  const std::pair<const char*, const char*> known[] = {{"PORT", "server.port"},
                                                       {"DATABASE_URL", "store.postgres_url"},
                                                       {"DATABASE_READ_URL", "store.postgres_read_url"},
                                                       {"REDIS_URL", "redis.url"}};
  for (const auto& [variable, key] : known) {
    if (const std::string text = given(variable); !text.empty()) take(key, text, variable);
  }
  if (const std::string origins = given("WS_CORS_ORIGIN"); !origins.empty()) {
    take("server.origins", origins, "WS_CORS_ORIGIN");
    take("server.cors_origins", origins, "WS_CORS_ORIGIN");
  }
  if (const std::string interval = given("WS_PING_INTERVAL"); !interval.empty()) {
    const Key& heartbeat = *find_key("server.heartbeat_s");
    std::optional<Value> value = value_from(interval, heartbeat);
    // It is in milliseconds.
    if (value) value = std::get<std::int64_t>(*value) / 1'000 + (std::get<std::int64_t>(*value) % 1'000 > 0 ? 1 : 0);
    loading.take(heartbeat, value, "WS_PING_INTERVAL");
  }
}

/// True when the variable names a key of ours, or was meant to.
bool is_ours(const std::string& variable) {
  for (const Key& key : keys()) {
    const std::string section = key.name.substr(0, key.name.find('.') + 1);
    if (variable.starts_with(variable_of(section))) return true;
  }
  return false;
}

std::string key_name_of(std::string variable) {
  variable.erase(0, variable_of("").size());
  for (char& c : variable) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (const auto underscore = variable.find('_'); underscore != std::string::npos) variable[underscore] = '.';
  return variable;
}

void read_environment(const std::map<std::string, std::string>& environment, Loading& loading) {
  read_known_variables(environment, loading);
  std::map<std::string, const Key*> by_variable;
  for (const Key& key : keys()) by_variable.emplace(variable_of(key.name), &key);
  for (const auto& [variable, text] : environment) {
    if (!variable.starts_with(variable_of(""))) continue;
    const auto key = by_variable.find(variable);
    if (key != by_variable.end()) {
      loading.take(*key->second, value_from(text, *key->second), variable);
    } else if (const Key* similar = similar_key(key_name_of(variable))) {
      loading.mistake(variable, "is no key; " + variable_of(similar->name) + " is");
    } else if (is_ours(variable)) {
      loading.mistake(variable, "is no key");
    }
  }
}

void read_flags(const std::map<std::string, std::string>& flags, Loading& loading) {
  for (const auto& [name, text] : flags) {
    const std::string place = "--" + name;
    if (const Key* key = find_key(name)) {
      loading.take(*key, value_from(text, *key), place);
    } else {
      loading.unknown(name, place);
    }
  }
}

}  // namespace

void Loading::take(const Key& key, const std::optional<Value>& value, const std::string& place) {
  const std::string subject = place.find(key.name) == std::string::npos ? key.name + " " : "";
  if (!value) return mistake(place, subject + wanted(key));
  if (const auto wrong = key.assign(loaded.config, *value)) return mistake(place, subject + *wrong);
  places[key.name] = place;
}

void Loading::unknown(const std::string& name, const std::string& place) {
  const Key* similar = similar_key(name);
  mistake(place, name + " is no key" + (similar != nullptr ? "; " + similar->name + " is" : std::string()));
}

Loaded load(const std::string& file, const std::map<std::string, std::string>& environment,
            const std::map<std::string, std::string>& flags, Use use) {
  Loading loading;
  if (!file.empty()) read_file(file, loading);
  read_environment(environment, loading);
  read_flags(flags, loading);
  check(loading, use);
  return std::move(loading.loaded);
}

}  // namespace fieldcast::config
