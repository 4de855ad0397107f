// The columns of `hours` and `days_of_agents`, which have the same names in every engine.
//
// A row is anything with integer(column), real(column) and is_null(column).
#pragma once

#include "fieldcast/store/summaries.hpp"

#include <cmath>
#include <cstdint>
#include <string>

namespace fieldcast::store {

inline constexpr const char* summary_columns =
    "distance_m, fixes, rows_read, moving_ms, stops, speed_max_mps, south_e7, west_e7, north_e7, east_e7";

inline constexpr double units_per_degree = 1e7;
inline std::int64_t to_units(double degrees) { return std::llround(degrees * units_per_degree); }
inline double to_degrees(std::int64_t units) { return static_cast<double>(units) / units_per_degree; }

/// An update of all columns by what was to be inserted, when that rests on as much.
inline std::string take_over_what_rests_on_more(const std::string& table) {
  std::string excluded = "excluded.";
  for (const char c : std::string_view(summary_columns)) {
    excluded += c;
    if (c == ' ') excluded += "excluded.";
  }
  return std::string(" DO UPDATE SET (") + summary_columns + ") = (" + excluded +
         ") WHERE excluded.rows_read >= " + table + ".rows_read";
}

namespace of_columns {

template <class Columns>
Summary figures(const Columns& row, int first) {
  Summary read;
  read.distance_m = row.real(first);
  read.fixes = static_cast<std::uint64_t>(row.integer(first + 1));
  read.rows_read = static_cast<std::uint64_t>(row.integer(first + 2));
  read.moving = milliseconds{row.integer(first + 3)};
  read.stops = static_cast<std::uint64_t>(row.integer(first + 4));
  if (!row.is_null(first + 5)) read.speed_max_mps = static_cast<float>(row.real(first + 5));
  return read;
}

template <class Columns>
Viewport box(const Columns& row, int south, int west, int north, int east) {
  return {to_degrees(row.integer(west)), to_degrees(row.integer(south)), to_degrees(row.integer(east)),
          to_degrees(row.integer(north))};
}

}  // namespace of_columns

/// Of summary_columns.
template <class Columns>
Summary read_summary(const Columns& row, int first) {
  Summary read = of_columns::figures(row, first);
  if (!row.is_null(first + 6)) read.box = of_columns::box(row, first + 6, first + 7, first + 8, first + 9);
  return read;
}

/// The sums of many rows. The smallest box around boxes on a globe is no sum; it is the narrower of two here: that
/// between -180 and 180 degrees, unless a box crosses these, and that between 0 and 360, likewise.
inline std::string summary_sums() {
  const std::string west = "(CASE WHEN west_e7 < 0 THEN west_e7 + 3600000000 ELSE west_e7 END)",
                    east = "(CASE WHEN east_e7 < 0 THEN east_e7 + 3600000000 ELSE east_e7 END)";
  return "sum(distance_m), CAST(sum(fixes) AS bigint), CAST(sum(rows_read) AS bigint), "
         "CAST(sum(moving_ms) AS bigint), CAST(sum(stops) AS bigint), max(speed_max_mps), min(south_e7), "
         "min(west_e7), max(north_e7), max(east_e7), max(CASE WHEN west_e7 > east_e7 THEN 1 ELSE 0 END), min(" +
         west + "), max(" + east + "), max(CASE WHEN " + west + " > " + east + " THEN 1 ELSE 0 END)";
}

/// Of summary_sums().
template <class Columns>
Summary read_summary_sums(const Columns& row, int first) {
  Summary read = of_columns::figures(row, first);
  if (row.is_null(first + 6)) return read;
  const int south = first + 6, west = first + 7, north = first + 8, east = first + 9;
  const bool crosses_180 = row.integer(first + 10) != 0, crosses_0 = row.integer(first + 13) != 0;
  const int west_360 = first + 11, east_360 = first + 12;
  const std::int64_t width = row.integer(east) - row.integer(west);
  const std::int64_t width_360 = row.integer(east_360) - row.integer(west_360);
  if (!crosses_0 && (crosses_180 || width_360 < width)) {
    read.box = of_columns::box(row, south, west_360, north, east_360);
    if (read.box->west_deg >= 180) read.box->west_deg -= 360;
    if (read.box->east_deg > 180) read.box->east_deg -= 360;
  } else {
    read.box = of_columns::box(row, south, west, north, east);
    if (crosses_180) read.box->west_deg = -180, read.box->east_deg = 180;
  }
  return read;
}

}  // namespace fieldcast::store
