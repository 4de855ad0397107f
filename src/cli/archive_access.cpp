#include "archive_access.hpp"

#include "fieldcast/app/serve.hpp"
#include "fieldcast/base/rfc3339.hpp"

#include <cstdio>

namespace fieldcast::cli {

std::shared_ptr<ArchiveSource> add_archive_source(CLI::App& command) {
  auto source = std::make_shared<ArchiveSource>();
  source->settings = add_settings(command);
  command.add_option("--place", source->place, "Instead of archive.place: a folder, or rclone:REMOTE:PATH");
  return source;
}

std::unique_ptr<store::Engine> open_database(const config::Config& config, int& result) {
  auto engine = app::make_engine(config);
  if (const auto migrated = engine->migrate(); !migrated) {
    result = fail(migrated.error());
    return nullptr;
  }
  return engine;
}

std::optional<ArchiveAccess> open_archive(const ArchiveSource& source, int& result) {
  const auto config = load_or_explain(*source.settings, config::Use::database);
  if (!config) {
    result = 2;
    return std::nullopt;
  }
  auto place = archive::make_place(source.place.empty() ? config->archive.place : source.place, config->archive.rclone);
  if (!place) {
    fail({"place_unusable", "the archive (archive.place or --place): " + place.error().text});
    result = 2;
    return std::nullopt;
  }
  auto engine = open_database(*config, result);
  if (!engine) return std::nullopt;
  auto keeper = engine->open_keeper();
  if (!keeper) {
    result = fail(keeper.error());
    return std::nullopt;
  }
  return ArchiveAccess{std::move(engine), std::move(*keeper), std::move(*place)};
}

store::Day day_from(const std::string& option, const std::string& text) {
  const auto begin = text.size() == 10 ? parse_rfc3339(text + "T00:00:00Z") : std::nullopt;
  if (!begin) throw CLI::ValidationError(option, text + " is no day such as 2026-11-20");
  return std::chrono::floor<std::chrono::days>(*begin);
}

std::string day_text(store::Day day) { return format_rfc3339(Timestamp(day)).substr(0, 10); }

store::Day today() { return std::chrono::floor<std::chrono::days>(read_clock().wall); }

int fail(const Error& error) {
  std::fprintf(stderr, "fieldcast: %s\n", error.text.c_str());
  return 1;
}

}  // namespace fieldcast::cli
