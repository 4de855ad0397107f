// A track as a document: json, geojson, gpx 1.1 or csv, written page by page.
//
// begin, then any number of pages, then end: together they are one well-formed
// document, and no more than a page of it is ever in memory.
#pragma once

#include "fieldcast/domain/position.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace fieldcast::codec {

enum class TrackFormat : std::uint8_t { json, geojson, gpx, csv };
/// From a `format=` value.
std::optional<TrackFormat> track_format_from_name(std::string_view name);
/// From an Accept header (q values honoured; */* and absence give json). Nothing: none is acceptable.
std::optional<TrackFormat> track_format_from_accept(std::string_view accept);
std::string_view content_type(TrackFormat format);

class TrackWriter {
 public:
  virtual ~TrackWriter() = default;
  virtual void begin(std::string& out, const AgentId& agent, const std::string& name) = 0;
  virtual void page(std::string& out, std::span<const Position> positions) = 0;
  /// `next_cursor`: where the next request goes on; empty when the range is exhausted.
  virtual void end(std::string& out, std::string_view next_cursor) = 0;
};
std::unique_ptr<TrackWriter> make_track_writer(TrackFormat format);

}  // namespace fieldcast::codec
