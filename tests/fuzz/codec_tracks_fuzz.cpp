// Documents of tracks, as a person imports them. The first byte chooses the format; a CSV is read in pieces, too, and
// must give the same records.
#include "fieldcast/codec/csv_reader.hpp"
#include "fieldcast/codec/track_reader.hpp"

#include <cstdint>
#include <cstdlib>

using namespace fieldcast::codec;

namespace {

std::vector<std::vector<std::string>> records_of(std::string_view text, std::size_t piece_bytes, bool& good) {
  CsvReader reader;
  std::vector<std::vector<std::string>> records;
  const auto visit = [&records](std::span<const std::string> cells) -> fieldcast::Result<void> {
    records.emplace_back(cells.begin(), cells.end());
    return {};
  };
  good = true;
  for (; good && !text.empty(); text.remove_prefix(std::min(piece_bytes, text.size())))
    good = reader.feed(text.substr(0, piece_bytes), visit).has_value();
  good = good && reader.finish(visit).has_value();
  return records;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto read = data[0] % 2 == 0 ? read_json_track(text) : read_csv_track(text);
  if (read)
    for (const TrackFix& fix : *read)
      if (fix.problem == nullptr && !std::isfinite(fix.fix.at.latitude_deg + fix.fix.at.longitude_deg)) std::abort();
  bool whole_good = false, pieces_good = false;
  const auto whole = records_of(text, size, whole_good);
  const auto pieces = records_of(text, 1 + data[0] / 2U, pieces_good);
  if (whole_good != pieces_good || (whole_good && whole != pieces)) std::abort();
  return 0;
}
