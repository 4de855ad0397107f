// One function per command: adds it to the command line. `result` is the exit code once it ran.
#pragma once

#include <CLI/CLI.hpp>

namespace fieldcast::cli {

void add_serve(CLI::App& app, int& result);
void add_config(CLI::App& app, int& result);
void add_token(CLI::App& app, int& result);
void add_migrate(CLI::App& app, int& result);
void add_team(CLI::App& app, int& result);
void add_archive(CLI::App& app, int& result);
void add_restore(CLI::App& app, int& result);
void add_import(CLI::App& app, int& result);
void add_retention(CLI::App& app, int& result);
void add_erase(CLI::App& app, int& result);
void add_simulate(CLI::App& app, int& result);
void add_replay(CLI::App& app, int& result);
void add_watch(CLI::App& app, int& result);
void add_verify(CLI::App& app, int& result);

}  // namespace fieldcast::cli
