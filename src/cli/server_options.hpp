// The options of every command that speaks to a server as its client.
#pragma once

#include "fieldcast/domain/position.hpp"
#include "fieldcast/simulate/server_address.hpp"

#include <CLI/CLI.hpp>

namespace fieldcast::cli {

void add_server_options(CLI::App& command, simulate::ServerOptions& options);

/// A duration option in seconds (fractions taken) or in milliseconds.
template <class Duration>
CLI::Option* add_seconds(CLI::App& command, const std::string& name, Duration& value, const std::string& help) {
  const auto set = [&value](const double& given) {
    value = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(given));
  };
  return command.add_option_function<double>(name, set, help)->type_name("SECONDS");
}
CLI::Option* add_milliseconds(CLI::App& command, const std::string& name, milliseconds& value, const std::string& help);

}  // namespace fieldcast::cli
