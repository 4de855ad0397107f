// `fieldcast archive [--day D | --from D --to D] [--list | --verify] [--anew]`: days of history outside of the
// database.
#include "archive_access.hpp"
#include "commands.hpp"
#include "fieldcast/archive/archive.hpp"
#include "fieldcast/base/rfc3339.hpp"

#include <cstdio>

namespace fieldcast::cli {
namespace {

using store::Day;

struct ArchiveOptions {
  std::shared_ptr<ArchiveSource> source;
  std::string day, from, to;
  bool list = false, verify = false, anew = false;
};

struct Range {
  std::optional<Day> from, to;
  bool named() const { return from || to; }
  bool holds(Day day) const { return (!from || day >= *from) && (!to || day <= *to); }
};

Range range_of(const ArchiveOptions& options) {
  Range range;
  if (!options.day.empty()) range.from = range.to = day_from("--day", options.day);
  if (!options.from.empty()) range.from = day_from("--from", options.from);
  if (!options.to.empty()) range.to = day_from("--to", options.to);
  return range;
}

/// With a range all days with rows in it, without one those that are not archived.
Result<std::vector<Day>> days_wanted(store::Keeper& keeper, const Range& range) {
  if (!range.named()) return archive::days_to_archive(keeper, today());
  const auto stored = keeper.days();
  if (!stored) return stored.error();
  std::vector<Day> days;
  for (const store::StoredDay& day : *stored)
    if (range.holds(day.day) && day.day < today()) days.push_back(day.day);
  return days;
}

/// Nothing else will go better.
bool ends_everything(const Error& error) {
  return error.code == "store_unavailable" || error.code == "archive_unavailable";
}

int write(ArchiveAccess& access, const Range& range, archive::Start start) {
  const auto days = days_wanted(*access.keeper, range);
  if (!days) return fail(days.error());
  if (days->empty()) std::puts("there is no day to archive");
  int result = 0;
  for (const Day day : *days) {
    const auto archived = archive::archive_day(*access.keeper, *access.place, day, start);
    if (archived) {
      std::printf("%s: %llu rows are in %s\n", day_text(day).c_str(), static_cast<unsigned long long>(archived->rows),
                  archived->place.c_str());
      std::fflush(stdout);
      continue;
    }
    result = fail(archived.error());
    if (ends_everything(archived.error())) break;
  }
  return result;
}

int list(ArchiveAccess& access, const Range& range) {
  const auto archived = access.keeper->archived_days();
  if (!archived) return fail(archived.error());
  for (const store::ArchivedDay& day : *archived)
    if (range.holds(day.day))
      std::printf("%s  %12llu rows  %s  %s  %s\n", day_text(day.day).c_str(), static_cast<unsigned long long>(day.rows),
                  day.sha256.c_str(), format_rfc3339(day.archived_at).c_str(), day.place.c_str());
  return 0;
}

int verify(ArchiveAccess& access, const Range& range) {
  const auto archived = access.keeper->archived_days();
  if (!archived) return fail(archived.error());
  int result = 0;
  for (const store::ArchivedDay& day : *archived) {
    if (!range.holds(day.day)) continue;
    const auto verified = archive::verify_day(*access.keeper, *access.place, day.day);
    if (verified)
      std::printf("%s: good, %llu rows\n", day_text(day.day).c_str(), static_cast<unsigned long long>(day.rows));
    else
      result = fail(verified.error());
    std::fflush(stdout);
  }
  return result;
}

int run_archive(const ArchiveOptions& options) {
  const Range range = range_of(options);
  if (range.from && *range.from >= today()) throw CLI::ValidationError("archive", "a day is archived when it is over");
  int result = 0;
  auto access = open_archive(*options.source, result);
  if (!access) return result;
  if (options.list) return list(*access, range);
  if (options.verify) return verify(*access, range);
  return write(*access, range, options.anew ? archive::Start::anew : archive::Start::with_what_is_there);
}

}  // namespace

void add_archive(CLI::App& app, int& result) {
  CLI::App& command = *app.add_subcommand(
      "archive", "Write days that are over into the archive: without a day, all that are not in it");
  auto options = std::make_shared<ArchiveOptions>();
  options->source = add_archive_source(command);
  CLI::Option* day = command.add_option("--day", options->day, "Only this day (UTC): 2026-11-20");
  command.add_option("--from", options->from, "From this day")->excludes(day);
  command.add_option("--to", options->to, "Up to and with this day")->excludes(day);
  CLI::Option* listing = command.add_flag("--list", options->list, "What is archived, by the database's index");
  CLI::Option* verifying =
      command.add_flag("--verify", options->verify, "Read what is archived and compare its checksums")
          ->excludes(listing);
  command
      .add_flag("--anew", options->anew,
                "From the database's rows alone: what the archive has of the day beyond them is lost")
      ->excludes(listing)
      ->excludes(verifying);
  command.callback([options, &result] {
    if (options->anew && options->day.empty() && options->from.empty() && options->to.empty())
      throw CLI::ValidationError("--anew", "name the days");
    result = run_archive(*options);
  });
}

}  // namespace fieldcast::cli
