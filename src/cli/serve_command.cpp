#include "commands.hpp"
#include "fieldcast/app/serve.hpp"
#include "settings.hpp"

#include <cstdio>

namespace fieldcast::cli {

void add_serve(CLI::App& app, int& result) {
  CLI::App& command = *app.add_subcommand("serve", "Run the server");
  const auto source = add_settings(command);
  command.callback([source, &result] {
    const auto config = load_or_explain(*source);
    result = config ? app::serve(*config, [source] { return source->load(); }) : 2;
  });
}

void add_config(CLI::App& app, int& result) {
  CLI::App& command = *app.add_subcommand("config", "Check a configuration, or list its keys");
  command.require_subcommand(1);
  CLI::App& check = *command.add_subcommand("check", "Report every mistake of a configuration");
  const auto source = add_settings(check);
  check.callback([source, &result] {
    const auto config = load_or_explain(*source);
    if (config) std::puts("the configuration is good");
    result = config ? 0 : 2;
  });
  CLI::App& keys = *command.add_subcommand("keys", "List every key with its default and unit");
  keys.callback([] {
    for (const config::KeyDescription& key : config::describe_keys()) {
      std::printf("%-36s %-24s %-8s %s\n", key.name.c_str(), key.default_value.c_str(), key.unit.c_str(),
                  key.help.c_str());
    }
  });
}

}  // namespace fieldcast::cli
