// One record between its text and its fix: the values of the fields that count.
//
// Both decoders fill it, each with its own parser; what the values mean is
// decided here, once, so that the two can differ in nothing but parsing.
#pragma once

#include "fieldcast/codec/fix_decoder.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace fieldcast::codec {

/// The fields that count. Names of one thing stand together, the preferred one
/// first; a name whose value is null counts as absent.
enum class Slot : std::uint8_t {
  lat,
  latitude,
  lon,
  lng,
  longitude,
  recorded_at,
  timestamp,
  time,
  ts,
  accuracy_m,
  accuracy,
  speed_mps,
  speed,
  heading_deg,
  heading,
  bearing,
  course,
  altitude_m,
  altitude,
  battery,
  battery_level,
  activity,
  attributes,
  agent,
  employee_id,
  vehicle_id,
  team,
  // of the whole text
  type,
  id,
  positions,
  updates,
  none,  // a field that does not count
};

/// The slot of a key, `none` for most.
Slot slot_of(std::string_view key);

struct Value {
  enum class Kind : std::uint8_t { null, number, text, attributes, array, other };
  Kind kind = Kind::null;
  double number = 0;      // of a number; NaN when it is not finite or beyond a double's range
  std::string_view text;  // of a number: its token; of a text: unescaped; of attributes: their minimal JSON
};

class Record {
 public:
  void clear() { present_ = 0; }
  /// Of two values for one key the last one counts.
  void set(Slot slot, const Value& value) {
    if (slot == Slot::none) return;
    values_[index(slot)] = value;
    present_ |= 1U << index(slot);
  }
  /// The first of these that is present and not null.
  const Value* first(Slot from, Slot to) const;
  const Value* get(Slot slot) const { return first(slot, slot); }

 private:
  static constexpr std::size_t index(Slot slot) { return static_cast<std::size_t>(slot); }

  std::array<Value, static_cast<std::size_t>(Slot::none)> values_;
  std::uint32_t present_ = 0;
};

/// The member of the whole text that may hold a list of records.
inline Slot list_slot(Dialect dialect) { return dialect == Dialect::native ? Slot::positions : Slot::updates; }

/// Fills all of `out` except `record`.
void read_fix(const Record& record, Dialect dialect, const DecodeLimits& limits, DecodedFix& out);
/// Marks `out` as unusable and keeps its text.
void set_aside(DecodedFix& out, const Outcome& why, std::string_view text);
/// read_fix, and keeps the text of a record that cannot be used.
void read_record(const Record& record, std::string_view text, Dialect dialect, const DecodeLimits& limits,
                 DecodedFix& out);

/// Ends a text that is an object: `root` holds its fields, `batch` the records of its list so far.
/// A text without a list is itself a record. Null, or what is wrong.
const Outcome* finish_object(const Record& root, std::string_view text, Dialect dialect, const DecodeLimits& limits,
                             FixBatch& batch);

/// Lets the sources of the fixes, which lie in `from`, lie in its copy.
void move_sources(FixBatch& batch, std::string_view from, std::string_view copy);

/// Before a text is decoded: empties the batch and keeps its capacity.
void clear(FixBatch& batch);

/// The error of a whole text.
Error text_error(const Outcome& outcome);

}  // namespace fieldcast::codec
