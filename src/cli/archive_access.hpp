// What the commands of the archive work on: the database that the configuration names, and the place.
#pragma once

#include "fieldcast/archive/place.hpp"
#include "fieldcast/store/engine.hpp"
#include "fieldcast/store/keeper.hpp"
#include "settings.hpp"

namespace fieldcast::cli {

struct ArchiveSource {
  std::shared_ptr<SettingsSource> settings;
  std::string place;  // --place
};
std::shared_ptr<ArchiveSource> add_archive_source(CLI::App& command);

struct ArchiveAccess {
  std::unique_ptr<store::Engine> engine;
  std::unique_ptr<store::Keeper> keeper;
  std::unique_ptr<archive::Place> place;
};
/// Nothing after what is wrong was printed; `result` is then the exit code.
std::optional<ArchiveAccess> open_archive(const ArchiveSource& source, int& result);

/// The database, migrated. As above.
std::unique_ptr<store::Engine> open_database(const config::Config& config, int& result);

/// `2026-11-20`. Throws CLI::ValidationError, which names the option.
store::Day day_from(const std::string& option, const std::string& text);
std::string day_text(store::Day day);
store::Day today();

/// Prints the error, and returns the exit code.
int fail(const Error& error);

}  // namespace fieldcast::cli
