#include "fieldcast/cli/command_line.hpp"

#include "commands.hpp"

namespace fieldcast::cli {

int run(int argc, char** argv) {
  CLI::App app("Fieldcast, a real-time location server", "fieldcast");
  app.set_version_flag("--version", FIELDCAST_VERSION);
  app.require_subcommand(1);
  int result = 0;
  add_serve(app, result);
  add_config(app, result);
  add_token(app, result);
  add_migrate(app, result);
  add_team(app, result);
  add_archive(app, result);
  add_restore(app, result);
  add_import(app, result);
  add_retention(app, result);
  add_erase(app, result);
  add_simulate(app, result);
  add_replay(app, result);
  add_watch(app, result);
  add_verify(app, result);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return result;
}

}  // namespace fieldcast::cli
