#include "settings.hpp"

#include <cstdio>
#include <unistd.h>

namespace fieldcast::cli {

namespace {

std::map<std::string, std::string> environment_variables() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals != std::string_view::npos) variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

// `--section.key=value` and `--section.key value`.
void take_flags(const std::vector<std::string>& arguments, SettingsSource& source) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (!argument.starts_with("--")) {
      source.unreadable.push_back(argument);
      continue;
    }
    const auto equals = argument.find('=');
    if (equals != std::string::npos) {
      source.flags[argument.substr(2, equals - 2)] = argument.substr(equals + 1);
    } else if (i + 1 < arguments.size()) {
      source.flags[argument.substr(2)] = arguments[++i];
    } else {
      source.unreadable.push_back(argument);
    }
  }
}

}  // namespace

config::Loaded SettingsSource::load(config::Use use) const {
  config::Loaded loaded = config::load(file, environment_variables(), flags, use);
  for (const std::string& argument : unreadable) loaded.mistakes.push_back({argument, "is no --section.key=value"});
  return loaded;
}

std::shared_ptr<SettingsSource> add_settings(CLI::App& command) {
  auto source = std::make_shared<SettingsSource>();
  command.add_option("--config", source->file, "Configuration file (TOML); config/fieldcast.toml lists every key");
  command.allow_extras();
  command.footer(
      "Every key of the configuration is a flag, too: --server.port=9000. `fieldcast config keys` lists them.");
  command.parse_complete_callback([&command, source] { take_flags(command.remaining(), *source); });
  return source;
}

std::optional<config::Config> load_or_explain(const SettingsSource& source, config::Use use) {
  config::Loaded loaded = source.load(use);
  if (loaded.mistakes.empty()) return std::move(loaded.config);
  std::fprintf(stderr, "fieldcast: %zu mistake(s) in the configuration:\n", loaded.mistakes.size());
  for (const config::Mistake& mistake : loaded.mistakes) {
    std::fprintf(stderr, "  %s: %s\n", mistake.place.c_str(), mistake.text.c_str());
  }
  return std::nullopt;
}

}  // namespace fieldcast::cli
