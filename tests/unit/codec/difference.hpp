// What differs between the answers of the two fix decoders.
#pragma once

#include "fieldcast/codec/fix_decoder.hpp"

#include <cstring>
#include <string>

namespace fieldcast::codec {

struct Answer {
  std::string error;  // empty: none
  FixBatch batch;
};

inline Answer answer_of(FixDecoder& decoder, std::string_view text, Dialect dialect, const DecodeLimits& limits) {
  Answer answer;
  const auto result = decoder.decode(text, dialect, limits, false, answer.batch);
  if (!result.has_value()) answer.error = result.error().code;
  return answer;
}

inline Answer reference_answer_of(std::string_view text, Dialect dialect, const DecodeLimits& limits) {
  Answer answer;
  const auto result = decode_fixes_reference(text, dialect, limits, answer.batch);
  if (!result.has_value()) answer.error = result.error().code;
  return answer;
}

template <class Number>
bool same_bits(Number a, Number b) {
  return std::memcmp(&a, &b, sizeof a) == 0;
}

/// Empty when they are the same, bit for bit.
inline std::string difference(const Answer& a, const Answer& b) {
  if (a.error != b.error) return "error: '" + a.error + "' and '" + b.error + "'";
  if (a.batch.is_message != b.batch.is_message) return "is_message";
  if (a.batch.request_id != b.batch.request_id) return "request_id";
  if (a.batch.fixes.size() != b.batch.fixes.size()) return "number of fixes";
  for (std::size_t i = 0; i < a.batch.fixes.size(); ++i) {
    const DecodedFix &x = a.batch.fixes[i], &y = b.batch.fixes[i];
    const std::string at = " of fix " + std::to_string(i);
    if (x.problem != y.problem) {
      return "problem" + at + ": " + std::string(x.problem ? x.problem->code : "none") + " and " +
             std::string(y.problem ? y.problem->code : "none");
    }
    if (!same_bits(x.fix.at.latitude_deg, y.fix.at.latitude_deg)) return "latitude" + at;
    if (!same_bits(x.fix.at.longitude_deg, y.fix.at.longitude_deg)) return "longitude" + at;
    if (x.fix.recorded_at != y.fix.recorded_at) return "recorded_at" + at;
    if (!same_bits(x.fix.accuracy_m, y.fix.accuracy_m)) return "accuracy" + at;
    if (!same_bits(x.fix.speed_mps, y.fix.speed_mps)) return "speed" + at;
    if (!same_bits(x.fix.heading_deg, y.fix.heading_deg)) return "heading" + at;
    if (!same_bits(x.fix.altitude_m, y.fix.altitude_m)) return "altitude" + at;
    if (!same_bits(x.fix.battery, y.fix.battery)) return "battery" + at;
    if (x.fix.activity != y.fix.activity) return "activity" + at;
    if (x.fix.attributes != y.fix.attributes) {
      return "attributes" + at + ": " + x.fix.attributes + " and " + y.fix.attributes;
    }
    if (x.agent != y.agent) return "agent" + at + ": " + x.agent + " and " + y.agent;
    if (x.team != y.team) return "team" + at;
    if (x.source != y.source) return "source" + at + ": " + std::string(x.source) + " and " + std::string(y.source);
    if (x.record != y.record) return "record" + at + ": " + x.record + " and " + y.record;
  }
  return {};
}

}  // namespace fieldcast::codec
