#include "track_reader.hpp"

namespace fieldcast::codec {
namespace {

constexpr std::size_t text_bytes = 262'144;  // decoded at once

}  // namespace

std::string& TrackRecords::begin() {
  if (text_.size() > 1) text_.push_back(',');
  return text_;
}

Result<void> TrackRecords::end() {
  if (text_.size() < text_bytes) return {};
  text_.push_back(']');
  auto decoded = decode(text_);
  text_ = "[";
  return decoded;
}

Result<std::vector<TrackFix>> TrackRecords::finish() {
  if (text_.size() > 1) {
    text_.push_back(']');
    if (const auto decoded = decode(text_); !decoded) return decoded.error();
  }
  return std::move(fixes_);
}

Result<void> TrackRecords::decode(std::string_view text) {
  DecodeLimits limits;
  limits.fixes_max = std::numeric_limits<std::size_t>::max();
  if (auto decoded = decoder_.decode(text, Dialect::native, limits, false, batch_); !decoded) return decoded;
  for (DecodedFix& decoded : batch_.fixes) fixes_.push_back({std::move(decoded.fix), decoded.problem});
  return {};
}

}  // namespace fieldcast::codec
