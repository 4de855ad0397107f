#include "fieldcast/ingest/verdict.hpp"

namespace fieldcast::ingest {
namespace {

constexpr Timestamp year_2000 = std::chrono::sys_days{std::chrono::year{2000} / 1 / 1};

bool within(double value, double bound) { return std::isfinite(value) && value >= -bound && value <= bound; }

void normalise(Fix& fix) {
  // -0.0 + 0.0 is 0.0; every other value stays what it is.
  fix.at.latitude_deg += 0.0;
  fix.at.longitude_deg += 0.0;
  for (float* value : {&fix.accuracy_m, &fix.speed_mps, &fix.altitude_m, &fix.battery}) *value += 0.0F;
  if (!known(fix.heading_deg)) return;
  fix.heading_deg = std::fmod(fix.heading_deg, 360.0F);
  if (fix.heading_deg < 0) fix.heading_deg += 360.0F;
  // A tiny negative heading plus 360 rounds to 360 itself.
  if (fix.heading_deg >= 360.0F) fix.heading_deg = 0;
  fix.heading_deg += 0.0F;
}

}  // namespace

const Outcome* judge(Fix& fix, const Policy& policy, Timestamp now) {
  normalise(fix);
  if (!within(fix.at.latitude_deg, 90)) return &outcome::latitude_out_of_range;
  if (!within(fix.at.longitude_deg, 180)) return &outcome::longitude_out_of_range;
  if (fix.recorded_at < year_2000) return &outcome::recorded_at_before_2000;
  if (fix.recorded_at > now + policy.future_skew_max) return &outcome::recorded_at_in_future;
  if (policy.retention && fix.recorded_at < now - *policy.retention) return &outcome::recorded_at_too_old;
  return nullptr;
}

}  // namespace fieldcast::ingest
