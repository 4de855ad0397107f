// Records of fixes: JSON text in, decoded fixes out.
//
// Two bodies give the same answer: decode_fixes reads with simdjson and is the
// one in use; decode_fixes_reference reads with nlohmann/json and is what the
// first is tested against, and what it falls back to when a text surprises it.
//
// Tolerant of what phones send: `lng`, `lon`, `longitude`; `lat`, `latitude`; times
// as RFC 3339 or as epoch seconds or milliseconds (numbers or numeric text);
// numbers as text. A record that cannot be read is not an error of the batch: it
// carries the outcome that sets it aside. Texts with NaN, Infinity or a number
// beyond a double's range are read too: only the record concerned suffers.
// An optional field that makes no sense (speed -1, battery 400) is dropped.
//
// Of several names of one thing the first of these that is not null counts:
//   lat latitude | lon lng longitude | recorded_at timestamp time ts |
//   accuracy_m accuracy | speed_mps speed | heading_deg heading bearing course |
//   altitude_m altitude | battery battery_level
// and of a key that stands twice, the last. Epoch numbers below 1e11 are
// seconds, others milliseconds; a time outside of the years 0000 to 9999 is
// unreadable. NaN and numbers beyond a double's range are "not a number".
// An agent or team may be a whole number; what is no valid id counts as absent.
// Attributes are kept as they came but for white space between their tokens;
// attributes that hold a NaN, which nobody else could read, are dropped.
#pragma once

#include "fieldcast/base/result.hpp"
#include "fieldcast/domain/outcome.hpp"
#include "fieldcast/domain/position.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fieldcast::codec {

/// One record of a batch as it was decoded, before ingest judged it.
struct DecodedFix {
  Fix fix;
  std::string agent;                 // named by a gateway; empty otherwise
  std::string team;                  // named by a gateway for an agent not yet known; empty otherwise
  const Outcome* problem = nullptr;  // set: the record cannot be used, and why
  std::string record;                // the record as it came (4 KiB at most); filled for problems only
  std::string_view source;           // the record as it came, all of it: a part of the text that was decoded
};

struct FixBatch {
  std::optional<std::int64_t> request_id;  // WebSocket `id`; never set unless is_message
  std::vector<DecodedFix> fixes;           // in the order of the text
  bool is_message = false;                 // the text has the `type` of a WebSocket position or positions message
  // What the sources lie in, when set: the batch may then outlive the text that was decoded.
  std::shared_ptr<const std::string> text;
};

/// The shapes in which fixes arrive.
enum class Dialect : std::uint8_t {
  native,    // one fix, an array, or {"positions":[…]}; also a whole ws `position` or `positions` message
  employee,  // POST /api/location: {employeeId, latitude, longitude, timestamp, …}
  vehicle,   // POST /api/tracking/location: {vehicleId, lat, lng, speed (km/h), time, …}
  updates,   // POST /api/tracking/batch: {"updates":[vehicle or employee records]}
};

/// Bytes that must be readable behind a text given to decode_fixes with `padded`.
inline constexpr std::size_t text_padding_bytes = 64;

struct DecodeLimits {
  std::size_t fixes_max = 10'000;
  std::size_t attributes_bytes_max = 2'048;
};

/// Errors: bad_json (not JSON, nested deeper than 32, not UTF-8), bad_request (JSON without
/// records: an empty list too), too_many_positions. With the last two, is_message and
/// request_id are set where they were read. `padded`: text_padding_bytes behind `text` may be read.
/// Threads: one decoder per thread. Cost: about 0.3 µs a fix.
class FixDecoder {
 public:
  FixDecoder();
  ~FixDecoder();
  FixDecoder(const FixDecoder&) = delete;
  FixDecoder& operator=(const FixDecoder&) = delete;

  /// `batch` is cleared and refilled; its capacity is kept.
  Result<void> decode(std::string_view text, Dialect dialect, const DecodeLimits& limits, bool padded, FixBatch& batch);

 private:
  struct Body;
  std::unique_ptr<Body> body_;
};

Result<void> decode_fixes_reference(std::string_view text, Dialect dialect, const DecodeLimits& limits,
                                    FixBatch& batch);

}  // namespace fieldcast::codec
