// Where a command that needs the server's configuration takes it from.
#pragma once

#include "fieldcast/config/config.hpp"

#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace fieldcast::cli {

/// `--config FILE` and any `--section.key=value`; environment variables are read as well.
struct SettingsSource {
  std::string file;
  std::map<std::string, std::string> flags;
  std::vector<std::string> unreadable;  // arguments that are no flags

  config::Loaded load(config::Use use = config::Use::serving) const;
};

/// Adds the options; the source is filled while the command line is parsed.
std::shared_ptr<SettingsSource> add_settings(CLI::App& command);

/// Loads, or prints every mistake on standard error and returns nothing.
std::optional<config::Config> load_or_explain(const SettingsSource& source, config::Use use = config::Use::serving);

}  // namespace fieldcast::cli
