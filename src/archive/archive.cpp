#include "fieldcast/archive/archive.hpp"

#include "day_merge.hpp"
#include "noted.hpp"

#include <algorithm>

namespace fieldcast::archive {
namespace {

constexpr int rounds_max = 3;

void pass_over(const AgentIdentity&, const Position&) {}

/// All of the day that the manifest names, and nothing where it is null.
Result<std::unique_ptr<DayReader>> open_base(Place& place, const std::optional<Manifest>& manifest) {
  if (!manifest) return std::unique_ptr<DayReader>();
  return open_day(place, *manifest);
}

Result<Merged> compare_day(store::Keeper& keeper, Place& place, Day day, const Manifest& manifest) {
  auto base = open_day(place, manifest);
  if (!base) return base.error();
  return merge_day(keeper, day, base->get(), pass_over);
}

struct Written {
  Manifest manifest;
  Merged merged;
};

/// The object, and not yet the manifest.
Result<Written> write_object(store::Keeper& keeper, Place& place, Day day, const Known& known) {
  auto base = open_base(place, known.manifest);
  if (!base) return base.error();
  auto target = place.create();
  if (!target) return target.error();
  DayWriter writer(std::move(*target));
  auto merged = merge_day(keeper, day, base->get(), [&writer](const AgentIdentity& agent, const Position& position) {
    writer.add(agent, position);
  });
  if (!merged) return merged.error();
  // The index of agents would not know them.
  if (!known.noted && merged->only_in_base > 0)
    return Error{"archive_unknown", "the archive of " + to_string(day) +
                                        " has rows that this database has not, and was not noted in it: restore it, or "
                                        "write it anew"};
  auto manifest = writer.put(day, read_clock().wall);
  if (!manifest) return manifest.error();
  return Written{std::move(*manifest), std::move(*merged)};
}

/// From here on the day is archived. False: another process has written the day meanwhile.
Result<bool> publish(store::Keeper& keeper, Place& place, const Known& known, const Manifest& written) {
  const auto present = read_manifest(place, written.day);
  if (!present) return present.error();
  if (*present != known.manifest) return false;
  if (const auto put = write_manifest(place, written); !put) return put.error();
  if (const auto noted = keeper.note_archived(note_of(written, place)); !noted) return noted.error();
  return true;
}

/// Late rows would only be late in the archive, too. But an agent that was erased before the day was noted, and after
/// it was read, would stay in the archive, and nobody would know.
Result<bool> is_as_it_was_read(store::Keeper& keeper, Day day, const Merged& read) {
  const auto now = merge_day(keeper, day, nullptr, pass_over);
  if (!now) return now.error();
  return now->store_sha256 == read.store_sha256;
}

Result<store::ArchivedDay> write_day(store::Keeper& keeper, Place& place, Known known, Day day) {
  const std::optional<Manifest> base = known.manifest;
  for (int round = 0; round < rounds_max; ++round) {
    // Each round begins with the rows that were archived before the first.
    const auto written = write_object(keeper, place, day, {known.noted, base});
    if (!written) return written.error();
    const auto published = publish(keeper, place, known, written->manifest);
    if (!published) return published.error();
    if (!*published) return Error{"day_changing", to_string(day) + " is archived by another process, too"};
    known.manifest = written->manifest;
    const auto settled = is_as_it_was_read(keeper, day, written->merged);
    if (!settled) return settled.error();
    if (!*settled) continue;
    if (const auto removed = remove_others(place, written->manifest); !removed) return removed.error();
    return note_of(written->manifest, place);
  }
  return Error{"day_changing", "rows of " + to_string(day) + " came or went each time that it was archived"};
}

/// Without its manifest the day is as if it had never been archived.
Result<Known> start_anew(Place& place, Day day) {
  if (const auto removed = place.remove(manifest_name(day)); !removed) return removed.error();
  return Known{};
}

}  // namespace

Result<store::ArchivedDay> archive_day(store::Keeper& keeper, Place& place, Day day, Start start) {
  const auto known = start == Start::anew ? start_anew(place, day) : find_known(keeper, place, day);
  if (!known) return known.error();
  if (known->noted) {
    const auto merged = compare_day(keeper, place, day, *known->manifest);
    if (!merged) return merged.error();
    if (merged->only_in_store == 0) {
      const store::ArchivedDay note = note_of(*known->manifest, place);
      if (note.sha256 == known->noted->sha256) return note;
      // It was cut off between the manifest and the note.
      if (const auto noted = keeper.note_archived(note); !noted) return noted.error();
      return note;
    }
  }
  return write_day(keeper, place, *known, day);
}

Result<bool> holds(store::Keeper& keeper, Place& place, Day day) {
  const auto noted = find_noted(keeper, day);
  if (!noted) return noted.error();
  if (!*noted) return false;
  const auto known = find_known(keeper, place, day);
  if (!known) return known.error();
  if (known->manifest->rows_sha256 != (*noted)->sha256) return false;
  const auto merged = compare_day(keeper, place, day, *known->manifest);
  if (!merged) return merged.error();
  return merged->only_in_store == 0;
}

Result<std::vector<Day>> days_to_archive(store::Keeper& keeper, Day today) {
  const auto stored = keeper.days();
  if (!stored) return stored.error();
  const auto archived = keeper.archived_days();
  if (!archived) return archived.error();
  std::vector<Day> days;
  for (const store::StoredDay& day : *stored) {
    const auto found = std::ranges::find(*archived, day.day, &store::ArchivedDay::day);
    if (day.day < today && (found == archived->end() || day.rows > found->rows)) days.push_back(day.day);
  }
  return days;
}

Result<void> verify_day(store::Keeper& keeper, Place& place, Day day) {
  const auto known = find_known(keeper, place, day);
  if (!known) return known.error();
  if (!known->manifest) return Error{"archive_missing", to_string(day) + " was not archived"};
  if (known->noted && known->noted->sha256 != known->manifest->rows_sha256)
    return Error{"archive_damaged", "the archive of " + to_string(day) + " is not the one that was noted"};
  return verify_object(place, *known->manifest);
}

}  // namespace fieldcast::archive
