// The description of a day's object: what names it and what it must be.
#pragma once

#include "fieldcast/archive/place.hpp"
#include "fieldcast/base/clock.hpp"
#include "fieldcast/store/keeper.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace fieldcast::archive {

struct Manifest {
  store::Day day;
  std::string object;  // as the place names it
  std::uint64_t rows = 0;
  std::string rows_sha256;  // see day_text.hpp
  std::uint64_t object_bytes = 0;
  std::string object_sha256;
  Timestamp written_at{};

  friend bool operator==(const Manifest&, const Manifest&) = default;
};

/// 2026/11, 2026/11/2026-11-20.json, 2026/11/2026-11-20-0123456789abcdef.csv.gz. An object's name has the beginning of
/// its checksum: a day that is written again lies beside the one before until the manifest, in one step, names the
/// other.
std::string folder_of(store::Day day);
std::string manifest_name(store::Day day);
std::string object_name(store::Day day, const std::string& object_sha256);
/// True for the name, in its folder, of an object of this day.
bool is_object_of(store::Day day, const std::string& name);
std::string to_string(store::Day day);

std::string format_manifest(const Manifest& manifest);
/// Errors: archive_damaged.
Result<Manifest> parse_manifest(store::Day day, const std::string& text);

/// Nothing when there is none. Errors: archive_damaged, archive_unavailable.
Result<std::optional<Manifest>> read_manifest(Place& place, store::Day day);
/// Errors: archive_unavailable.
Result<void> write_manifest(Place& place, const Manifest& manifest);

}  // namespace fieldcast::archive
