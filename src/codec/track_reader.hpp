// What the readers of tracks share.
#pragma once

#include "fieldcast/codec/fix_decoder.hpp"
#include "fieldcast/codec/track_reader.hpp"

#include <limits>

namespace fieldcast::codec {

/// Collects records, each a JSON object, and decodes them many at a time.
class TrackRecords {
 public:
  /// What is to be filled with the text of the next record.
  std::string& begin();
  /// Errors: bad_json.
  Result<void> end();
  Result<std::vector<TrackFix>> finish();

  /// All records of a text.
  Result<void> decode(std::string_view text);

 private:
  FixDecoder decoder_;
  FixBatch batch_;
  std::string text_ = "[";
  std::vector<TrackFix> fixes_;
};

}  // namespace fieldcast::codec
