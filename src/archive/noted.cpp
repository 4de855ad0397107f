#include "noted.hpp"

#include <algorithm>

namespace fieldcast::archive {

Result<std::optional<store::ArchivedDay>> find_noted(store::Keeper& keeper, store::Day day) {
  const auto archived = keeper.archived_days();
  if (!archived) return archived.error();
  const auto found = std::ranges::find(*archived, day, &store::ArchivedDay::day);
  return found == archived->end() ? std::optional<store::ArchivedDay>() : std::optional(*found);
}

Result<Known> find_known(store::Keeper& keeper, Place& place, store::Day day) {
  auto noted = find_noted(keeper, day);
  if (!noted) return noted.error();
  if (*noted && (*noted)->place != place.name())
    return Error{"archive_elsewhere", "the archive of " + to_string(day) + " lies in " + (*noted)->place};
  auto manifest = read_manifest(place, day);
  if (!manifest) return manifest.error();
  if (*noted && !*manifest)
    return Error{"archive_missing", "the archive of " + to_string(day) + " is not in " + place.name()};
  return Known{std::move(*noted), std::move(*manifest)};
}

store::ArchivedDay note_of(const Manifest& manifest, const Place& place) {
  return {manifest.day, manifest.rows, manifest.rows_sha256, place.name(), manifest.written_at};
}

Result<void> remove_others(Place& place, const Manifest& manifest) {
  const std::string folder = folder_of(manifest.day);
  const auto names = place.list(folder);
  if (!names) return names.error();
  for (const std::string& name : *names) {
    const std::string object = folder + "/" + name;
    if (!is_object_of(manifest.day, name) || object == manifest.object) continue;
    if (auto removed = place.remove(object); !removed) return removed;
  }
  return {};
}

}  // namespace fieldcast::archive
