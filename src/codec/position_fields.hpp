// The fields of a position as JSON members, the same in every message and document.
#pragma once

#include "fieldcast/domain/position.hpp"

#include <string>

namespace fieldcast::codec {

inline constexpr int coordinate_decimals = 7;  // about a centimetre

/// Appends the shortest text that reads back as this float.
void append_float(std::string& out, float value);

/// Appends `,"accuracy_m":5,…` up to `received_at`: all but the coordinates and recorded_at.
void append_measurements(std::string& out, const Position& position);

/// Appends `"lat":…,"lon":…,"recorded_at":"…"` and the measurements.
void append_position_fields(std::string& out, const Position& position);

}  // namespace fieldcast::codec
