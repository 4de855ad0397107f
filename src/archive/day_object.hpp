// A day's object, row by row: written and read as a stream, whatever its size.
#pragma once

#include "checksum.hpp"
#include "fieldcast/archive/day_text.hpp"
#include "fieldcast/archive/place.hpp"
#include "fieldcast/codec/csv_reader.hpp"
#include "gzip.hpp"
#include "manifest.hpp"

#include <vector>

namespace fieldcast::archive {

/// The checksum of rows, as day_text.hpp says.
class RowsChecksum {
 public:
  void add(const AgentIdentity& agent, const Position& position);
  /// `history`: as append_history writes it, ended by LF.
  void add_line(std::string_view history);
  std::string finish() { return checksum_.finish(); }
  std::uint64_t rows() const { return rows_; }

 private:
  Checksum checksum_;
  std::uint64_t rows_ = 0;
  std::string line_;
};

class DayWriter {
 public:
  explicit DayWriter(std::unique_ptr<Target> target);
  /// Rows come in their order. The first error stays: later rows are passed over.
  void add(const AgentIdentity& agent, const Position& position);
  /// Puts the object; the manifest says what it is. Errors: archive_unavailable.
  Result<Manifest> put(store::Day day, Timestamp now);

 private:
  void flush(bool last);

  std::unique_ptr<Target> target_;
  Deflater deflater_;
  Checksum object_checksum_;
  RowsChecksum rows_checksum_;
  std::uint64_t object_bytes_ = 0;
  std::string text_, compressed_;
  Result<void> state_;
};

class DayReader {
 public:
  DayReader(std::unique_ptr<Source> source, Manifest manifest);
  /// False: the day has ended, and all of it is as the manifest says. Until then nothing of it is sure.
  /// Errors: archive_damaged, archive_missing, archive_unavailable.
  Result<bool> next(Row& row);

 private:
  Result<void> read_more();
  Result<void> take(std::span<const std::string> cells);
  Result<void> compare_with_manifest();
  Error damaged(const std::string& why) const;

  std::unique_ptr<Source> source_;
  const Manifest manifest_;
  Inflater inflater_;
  Checksum object_checksum_;
  RowsChecksum rows_checksum_;
  codec::CsvReader csv_;
  std::uint64_t object_bytes_ = 0;
  std::string bytes_, text_;
  std::vector<Row> rows_;  // those that were read: [at_, count_) are still to be given
  std::size_t at_ = 0, count_ = 0;
  Row last_;
  bool source_ended_ = false, header_read_ = false, ended_ = false;
};

/// Errors: archive_missing, archive_unavailable.
Result<std::unique_ptr<DayReader>> open_day(Place& place, const Manifest& manifest);
/// Reads all of it: what fails is what DayReader::next fails with.
Result<void> verify_object(Place& place, const Manifest& manifest);

}  // namespace fieldcast::archive
