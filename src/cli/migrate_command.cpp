// `fieldcast migrate [--check]`: brings the database to the schema of this program.
#include "commands.hpp"
#include "fieldcast/app/serve.hpp"
#include "settings.hpp"

#include <cstdio>

namespace fieldcast::cli {
namespace {

constexpr int done = 0, pending_found = 1, failed = 2;

int fail(const Error& error) {
  std::fprintf(stderr, "fieldcast: %s\n", error.text.c_str());
  return failed;
}

int migrate(store::Engine& engine, bool only_check) {
  const auto pending = engine.pending_migrations();
  if (!pending) return fail(pending.error());
  if (!only_check)
    if (const auto migrated = engine.migrate(); !migrated) return fail(migrated.error());
  for (const std::string& name : *pending) std::printf("%s %s\n", only_check ? "pending" : "applied", name.c_str());
  if (pending->empty()) std::puts("the schema is up to date");
  return only_check && !pending->empty() ? pending_found : done;
}

}  // namespace

void add_migrate(CLI::App& app, int& result) {
  CLI::App& command = *app.add_subcommand("migrate", "Bring the database to the schema of this program");
  const auto source = add_settings(command);
  const auto only_check = std::make_shared<bool>(false);
  command.add_flag("--check", *only_check, "Only tell what would run: exit code 0 when nothing, 1 when something");
  command.callback([source, only_check, &result] {
    const auto config = load_or_explain(*source, config::Use::database);
    result = config ? migrate(*app::make_engine(*config), *only_check) : failed;
  });
}

}  // namespace fieldcast::cli
