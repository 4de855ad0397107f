#include "fix_record.hpp"

#include "fieldcast/base/rfc3339.hpp"
#include "json_text.hpp"

#include <charconv>
#include <cmath>

namespace fieldcast::codec {
namespace {

using Kind = Value::Kind;

constexpr std::size_t record_bytes_max = 4096;

struct Name {
  std::string_view key;
  Slot slot;
};

// By length: a key is compared only with names as long as it is.
constexpr std::array names{
    Name{"ts", Slot::ts},
    Name{"id", Slot::id},
    Name{"lat", Slot::lat},
    Name{"lon", Slot::lon},
    Name{"lng", Slot::lng},
    Name{"time", Slot::time},
    Name{"type", Slot::type},
    Name{"team", Slot::team},
    Name{"speed", Slot::speed},
    Name{"agent", Slot::agent},
    Name{"course", Slot::course},
    Name{"heading", Slot::heading},
    Name{"bearing", Slot::bearing},
    Name{"battery", Slot::battery},
    Name{"updates", Slot::updates},
    Name{"latitude", Slot::latitude},
    Name{"accuracy", Slot::accuracy},
    Name{"altitude", Slot::altitude},
    Name{"activity", Slot::activity},
    Name{"longitude", Slot::longitude},
    Name{"timestamp", Slot::timestamp},
    Name{"speed_mps", Slot::speed_mps},
    Name{"vehicleId", Slot::vehicle_id},
    Name{"positions", Slot::positions},
    Name{"accuracy_m", Slot::accuracy_m},
    Name{"altitude_m", Slot::altitude_m},
    Name{"attributes", Slot::attributes},
    Name{"employeeId", Slot::employee_id},
    Name{"recorded_at", Slot::recorded_at},
    Name{"heading_deg", Slot::heading_deg},
    Name{"battery_level", Slot::battery_level},
};
constexpr std::size_t key_bytes_max = names.back().key.size();
static_assert(names.size() == static_cast<std::size_t>(Slot::none));

/// first_of_length[n]: where the names of n bytes begin.
constexpr auto first_of_length = [] {
  std::array<std::uint8_t, key_bytes_max + 2> first{};
  for (std::size_t length = 0; length < first.size(); ++length) {
    std::size_t at = 0;
    while (at < names.size() && names[at].key.size() < length) ++at;
    first[length] = static_cast<std::uint8_t>(at);
  }
  return first;
}();

constexpr std::int64_t unix_ms_min = to_unix_ms(std::chrono::sys_days{std::chrono::year{0} / 1 / 1});
constexpr std::int64_t unix_ms_end = to_unix_ms(std::chrono::sys_days{std::chrono::year{10000} / 1 / 1});
constexpr double epoch_seconds_end = 1e11;  // smaller numbers are seconds: up to the year 5138, and from 1973 as ms

/// A finite number or the text of one.
std::optional<double> number_of(const Value& value) {
  // + 0.0 makes 0 of -0, which parsers disagree about.
  if (value.kind == Kind::number && std::isfinite(value.number)) return value.number + 0.0;
  if (value.kind != Kind::text) return std::nullopt;
  const auto number = number_in_text(value.text);
  return number ? std::optional(*number + 0.0) : std::nullopt;
}

/// NaN for what is absent, not a number, or outside of [min, max].
float quantity(const Value* value, double min, double max, double divisor = 1) {
  if (value == nullptr) return unknown_value;
  const auto number = number_of(*value);
  if (!number || *number < min || *number > max) return unknown_value;
  const auto narrowed = static_cast<float>(*number / divisor);
  return std::isfinite(narrowed) ? narrowed : unknown_value;
}

constexpr double any_max = std::numeric_limits<float>::max();

float battery_fraction(const Value* value) {
  const float level = quantity(value, 0, 100);
  return level > 1 ? level / 100 : level;
}

/// An id, or the text of a whole number; empty for anything that is not a valid id.
std::string id_of(const Value* value) {
  if (value == nullptr) return {};
  if (value->kind == Kind::number) {
    std::uint64_t whole = 0;
    const std::string_view token = value->text;
    const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), whole);
    if (error != std::errc{} || end != token.data() + token.size()) return {};
    return std::string(token);
  }
  if (value->kind != Kind::text || !is_valid_id(value->text)) return {};
  return std::string(value->text);
}

std::optional<Timestamp> time_from_epoch(double number) {
  const double unix_ms = std::round(std::abs(number) < epoch_seconds_end ? number * 1000 : number);
  if (unix_ms < static_cast<double>(unix_ms_min) || unix_ms >= static_cast<double>(unix_ms_end)) return std::nullopt;
  return from_unix_ms(static_cast<std::int64_t>(unix_ms));
}

std::optional<Timestamp> time_of(const Value& value) {
  if (value.kind == Kind::text) {
    if (const auto time = parse_rfc3339(value.text)) return time;
  }
  const auto number = number_of(value);
  return number ? time_from_epoch(*number) : std::nullopt;
}

/// Reads one of the two coordinates; names the problem when there is one.
const Outcome* read_degrees(const Value* value, const Outcome& missing, const Outcome& not_a_number, double& degrees) {
  if (value == nullptr) return &missing;
  const auto number = number_of(*value);
  if (!number) return &not_a_number;
  degrees = *number;
  return nullptr;
}

const Outcome* read_time(const Value* value, Timestamp& time) {
  if (value == nullptr) return &outcome::recorded_at_missing;
  const auto read = time_of(*value);
  if (!read) return &outcome::recorded_at_unreadable;
  time = *read;
  return nullptr;
}

void read_measurements(const Record& record, bool speed_in_kmh, Fix& fix) {
  fix.accuracy_m = quantity(record.first(Slot::accuracy_m, Slot::accuracy), 0, any_max);
  fix.heading_deg = quantity(record.first(Slot::heading_deg, Slot::course), 0, any_max);
  fix.altitude_m = quantity(record.first(Slot::altitude_m, Slot::altitude), -any_max, any_max);
  fix.battery = battery_fraction(record.first(Slot::battery, Slot::battery_level));
  const Value* speed_mps = record.get(Slot::speed_mps);
  fix.speed_mps = speed_mps != nullptr ? quantity(speed_mps, 0, any_max)
                                       : quantity(record.get(Slot::speed), 0, any_max, speed_in_kmh ? 3.6 : 1);
  if (const Value* activity = record.get(Slot::activity); activity != nullptr && activity->kind == Kind::text) {
    fix.activity = activity_from(activity->text);
  }
}

const Outcome* read_attributes(const Value* value, std::size_t bytes_max, std::string& attributes) {
  if (value == nullptr || value->kind != Kind::attributes) return nullptr;
  if (value->text.size() > bytes_max) return &outcome::record_too_big;
  attributes = value->text;
  return nullptr;
}

Slot agent_slot(const Record& record, Dialect dialect) {
  switch (dialect) {
    case Dialect::native:
      return Slot::agent;
    case Dialect::employee:
      return Slot::employee_id;
    case Dialect::vehicle:
      return Slot::vehicle_id;
    case Dialect::updates:
      return record.get(Slot::vehicle_id) != nullptr ? Slot::vehicle_id : Slot::employee_id;
  }
  return Slot::agent;
}

bool is_text(const Value* value, std::string_view text) {
  return value != nullptr && value->kind == Kind::text && value->text == text;
}

void read_envelope(const Record& root, FixBatch& batch) {
  const Value* type = root.get(Slot::type);
  batch.is_message = is_text(type, "position") || is_text(type, "positions");
  const Value* id = root.get(Slot::id);
  if (!batch.is_message || id == nullptr || id->kind != Kind::number) return;
  std::int64_t request_id = 0;
  const std::string_view token = id->text;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), request_id);
  if (error == std::errc{} && end == token.data() + token.size()) batch.request_id = request_id;
}

}  // namespace

Slot slot_of(std::string_view key) {
  if (key.size() > key_bytes_max) return Slot::none;
  for (std::size_t at = first_of_length[key.size()]; at < first_of_length[key.size() + 1]; ++at) {
    if (names[at].key == key) return names[at].slot;
  }
  return Slot::none;
}

const Value* Record::first(Slot from, Slot to) const {
  for (std::size_t at = index(from); at <= index(to); ++at) {
    if ((present_ >> at & 1U) != 0 && values_[at].kind != Kind::null) return &values_[at];
  }
  return nullptr;
}

void read_fix(const Record& record, Dialect dialect, const DecodeLimits& limits, DecodedFix& out) {
  const Slot agent = agent_slot(record, dialect);
  out.agent = id_of(record.get(agent));
  out.team = id_of(record.get(Slot::team));
  Fix& fix = out.fix;
  const Outcome* latitude = read_degrees(record.first(Slot::lat, Slot::latitude), outcome::latitude_missing,
                                         outcome::latitude_not_a_number, fix.at.latitude_deg);
  const Outcome* longitude = read_degrees(record.first(Slot::lon, Slot::longitude), outcome::longitude_missing,
                                          outcome::longitude_not_a_number, fix.at.longitude_deg);
  const Outcome* time = read_time(record.first(Slot::recorded_at, Slot::ts), fix.recorded_at);
  read_measurements(record, agent == Slot::vehicle_id, fix);
  const Outcome* attributes =
      read_attributes(record.get(Slot::attributes), limits.attributes_bytes_max, fix.attributes);
  out.problem = latitude ? latitude : longitude ? longitude : time ? time : attributes;
}

void set_aside(DecodedFix& out, const Outcome& why, std::string_view text) {
  out.problem = &why;
  out.source = trim_json_space(text);
  out.record = cut_utf8(out.source, record_bytes_max);
}

void read_record(const Record& record, std::string_view text, Dialect dialect, const DecodeLimits& limits,
                 DecodedFix& out) {
  read_fix(record, dialect, limits, out);
  out.source = trim_json_space(text);
  if (out.problem != nullptr) set_aside(out, *out.problem, text);
}

const Outcome* finish_object(const Record& root, std::string_view text, Dialect dialect, const DecodeLimits& limits,
                             FixBatch& batch) {
  if (dialect == Dialect::native) read_envelope(root, batch);
  const Value* list = root.get(list_slot(dialect));
  if (list != nullptr) {
    return list->kind == Kind::array && !batch.fixes.empty() ? nullptr : &outcome::bad_request;
  }
  batch.fixes.clear();
  if (dialect == Dialect::native && is_text(root.get(Slot::type), "positions")) return &outcome::bad_request;
  if (limits.fixes_max == 0) return &outcome::too_many_positions;
  read_record(root, text, dialect, limits, batch.fixes.emplace_back());
  return nullptr;
}

void move_sources(FixBatch& batch, std::string_view from, std::string_view copy) {
  for (DecodedFix& fix : batch.fixes) {
    fix.source = copy.substr(static_cast<std::size_t>(fix.source.data() - from.data()), fix.source.size());
  }
}

void clear(FixBatch& batch) {
  batch.fixes.clear();
  batch.request_id.reset();
  batch.is_message = false;
  batch.text.reset();
}

Error text_error(const Outcome& outcome) {
  if (&outcome == &outcome::bad_request) return {std::string(outcome.code), "positions: a list of records is expected"};
  return {std::string(outcome.code), std::string(outcome.text)};
}

}  // namespace fieldcast::codec
