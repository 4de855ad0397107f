// `fieldcast restore --day D [--to D]`: days of the archive back into history, for a while.
#include "archive_access.hpp"
#include "commands.hpp"
#include "fieldcast/archive/archive.hpp"

#include <cstdio>

namespace fieldcast::cli {
namespace {

using std::chrono::days;
using store::Day;

struct RestoreOptions {
  std::shared_ptr<ArchiveSource> source;
  std::string day, to;
  int keep_days = 7;
};

int restore(ArchiveAccess& access, Day from, Day to, Day hold_until) {
  const auto writer = access.engine->open_writer();
  if (!writer) return fail(writer.error());
  const auto reader = access.engine->open_reader();
  if (!reader) return fail(reader.error());
  int result = 0;
  for (Day day = from; day <= to; day += days{1}) {
    const auto restored = archive::restore_day(*access.keeper, **writer, **reader, *access.place, day, hold_until);
    if (!restored) {
      result = fail(restored.error());
      if (restored.error().code == "store_unavailable" || restored.error().code == "archive_unavailable") break;
      continue;
    }
    std::printf("%s: %llu rows, of which %llu were not there; kept until %s\n", day_text(day).c_str(),
                static_cast<unsigned long long>(restored->rows), static_cast<unsigned long long>(restored->accepted),
                day_text(hold_until).c_str());
    std::fflush(stdout);
  }
  return result;
}

int run_restore(const RestoreOptions& options) {
  const Day from = day_from("--day", options.day);
  const Day to = options.to.empty() ? from : day_from("--to", options.to);
  if (to < from) throw CLI::ValidationError("--to", "lies before --day");
  int result = 0;
  auto access = open_archive(*options.source, result);
  return access ? restore(*access, from, to, today() + days{options.keep_days}) : result;
}

}  // namespace

void add_restore(CLI::App& app, int& result) {
  CLI::App& command = *app.add_subcommand("restore", "Read days of the archive back into history");
  auto options = std::make_shared<RestoreOptions>();
  options->source = add_archive_source(command);
  command.add_option("--day", options->day, "The day (UTC): 2026-11-20")->required();
  command.add_option("--to", options->to, "And those after it, up to and with this one");
  command.add_option("--keep-days", options->keep_days, "Retention does not drop them for so many days")
      ->check(CLI::Range(0, 36'500))
      ->capture_default_str();
  command.callback([options, &result] { result = run_restore(*options); });
}

}  // namespace fieldcast::cli
