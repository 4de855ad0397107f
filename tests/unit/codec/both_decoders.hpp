// Tests of the decoder's rules ask both bodies, and build their records with these.
#pragma once

#include "unit/codec/difference.hpp"

#include <gtest/gtest.h>

namespace fieldcast::codec {

/// The answer of both decoders, which must be one.
inline Answer decode(std::string_view text, Dialect dialect = Dialect::native, const DecodeLimits& limits = {}) {
  FixDecoder decoder;
  const Answer answer = answer_of(decoder, text, dialect, limits);
  EXPECT_EQ(difference(answer, reference_answer_of(text, dialect, limits)), "") << text;
  return answer;
}

inline std::string error_of(std::string_view text, Dialect dialect = Dialect::native, const DecodeLimits& limits = {}) {
  return decode(text, dialect, limits).error;
}

/// The one fix of a text.
inline DecodedFix one(std::string_view text, Dialect dialect = Dialect::native) {
  const Answer answer = decode(text, dialect);
  EXPECT_EQ(answer.error, "") << text;
  EXPECT_EQ(answer.batch.fixes.size(), 1U) << text;
  return answer.batch.fixes.empty() ? DecodedFix{} : answer.batch.fixes.front();
}

inline std::string_view problem_of(std::string_view text, Dialect dialect = Dialect::native) {
  const DecodedFix fix = one(text, dialect);
  return fix.problem == nullptr ? "" : fix.problem->code;
}

inline constexpr std::string_view when = R"("recorded_at":"2026-11-22T08:15:30.250Z")";
inline const Timestamp when_time = from_unix_ms(1'795'335'330'250);

/// A good native record with `more` among its members.
inline std::string record_with(std::string_view more) {
  return std::string(R"({"lat":12.97,"lon":77.59,)").append(when).append(",").append(more).append("}");
}
inline std::string record_at(std::string_view latitude, std::string_view longitude) {
  std::string text = R"({"lat":)";
  return text.append(latitude).append(R"(,"lon":)").append(longitude).append(",").append(when).append("}");
}
inline std::string record_when(std::string_view time) {
  return std::string(R"({"lat":12.97,"lon":77.59,"recorded_at":)").append(time).append("}");
}
inline Fix fix_with(std::string_view more) { return one(record_with(more)).fix; }

}  // namespace fieldcast::codec
