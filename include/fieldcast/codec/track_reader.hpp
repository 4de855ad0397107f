// Tracks as documents, read: GeoJSON, JSON as fixes arrive in, CSV with a header.
//
// The counterpart of track_writer.hpp, and for what other programs write. Fields are read as FixDecoder reads them
// (names, times, numbers as text). The whole text is in memory; a record that cannot be used is not an error of the
// document: it carries its outcome. Pure.
#pragma once

#include "fieldcast/base/result.hpp"
#include "fieldcast/domain/outcome.hpp"
#include "fieldcast/domain/position.hpp"

#include <string_view>
#include <vector>

namespace fieldcast::codec {

struct TrackFix {
  Fix fix;
  const Outcome* problem = nullptr;  // set: the record cannot be used, and why
};

/// GeoJSON: Points whose properties hold a time; MultiPoints, LineStrings and MultiLineStrings with as many times as
/// coordinates in the property coordTimes, times or coordinateProperties.times. Or fixes as they are sent (an array,
/// `positions`, one), which is what the history is exported as. Errors: bad_json, bad_request.
Result<std::vector<TrackFix>> read_json_track(std::string_view text);

/// The header names the columns, in any case and order: latitude, longitude and time under the names that FixDecoder
/// knows, and y, x, long, datetime, date_time, ele, elevation. Columns of other names are passed over.
/// Errors: csv_unreadable; bad_request when a latitude, longitude or time has no column.
Result<std::vector<TrackFix>> read_csv_track(std::string_view text);

}  // namespace fieldcast::codec
