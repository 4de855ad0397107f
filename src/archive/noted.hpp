// What the database notes of the archive, and whether the place agrees.
#pragma once

#include "fieldcast/store/keeper.hpp"
#include "manifest.hpp"

#include <optional>

namespace fieldcast::archive {

/// Nothing when the day was never archived.
Result<std::optional<store::ArchivedDay>> find_noted(store::Keeper& keeper, store::Day day);

struct Known {
  std::optional<store::ArchivedDay> noted;
  std::optional<Manifest> manifest;  // there is one when it was noted
};
/// Errors: archive_missing, archive_elsewhere, archive_damaged, archive_unavailable.
Result<Known> find_known(store::Keeper& keeper, Place& place, store::Day day);

store::ArchivedDay note_of(const Manifest& manifest, const Place& place);

/// Removes every object of a day that the manifest does not name, where there is one.
Result<void> remove_others(Place& place, const Manifest& manifest);

}  // namespace fieldcast::archive
