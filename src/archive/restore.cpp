#include "day_object.hpp"
#include "fieldcast/archive/archive.hpp"
#include "fieldcast/archive/history_writer.hpp"
#include "noted.hpp"

namespace fieldcast::archive {
namespace {

Result<Manifest> find_sound(store::Keeper& keeper, Place& place, Day day, bool& noted) {
  const auto known = find_known(keeper, place, day);
  if (!known) return known.error();
  if (!known->manifest)
    return Error{"archive_missing", "there is no archive of " + to_string(day) + " in " + place.name()};
  noted = known->noted.has_value();
  if (noted && known->noted->sha256 != known->manifest->rows_sha256)
    return Error{"archive_damaged", "the archive of " + to_string(day) + " is not the one that was noted"};
  if (const auto verified = verify_object(place, *known->manifest); !verified) return verified.error();
  return *known->manifest;
}

Result<void> write_rows(Place& place, const Manifest& manifest, HistoryWriter& history) {
  auto reader = open_day(place, manifest);
  if (!reader) return reader.error();
  Row row;
  for (;;) {
    const auto next = (*reader)->next(row);
    if (!next) return next.error();
    if (!*next) return history.finish();
    if (auto added = history.add(row.agent, row.position); !added) return added;
  }
}

}  // namespace

Result<Restored> restore_day(store::Keeper& keeper, store::Writer& writer, store::Reader& reader, Place& place, Day day,
                             Day hold_until) {
  bool noted = false;
  const auto manifest = find_sound(keeper, place, day, noted);
  if (!manifest) return manifest.error();
  // First: or it might be dropped while it comes back.
  if (const auto held = keeper.hold_day(day, hold_until); !held) return held.error();
  HistoryWriter history(writer, reader);
  if (const auto written = write_rows(place, *manifest, history); !written) return written.error();
  // Without it the database would not know which agents the archive holds.
  if (!noted)
    if (const auto note = keeper.note_archived(note_of(*manifest, place)); !note) return note.error();
  return Restored{manifest->rows, history.accepted()};
}

}  // namespace fieldcast::archive
