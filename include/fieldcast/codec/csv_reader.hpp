// Comma-separated values (RFC 4180), piece by piece as they come.
//
// Cells may be quoted, quotes in them doubled; lines end with CRLF, LF or CR. A quote inside of a cell that does not
// begin with one stands for itself. Empty lines are passed over.
#pragma once

#include "fieldcast/base/result.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fieldcast::codec {

class CsvReader {
 public:
  /// Limit of all cells of a record together. What is longer is no table of ours, or a quote was never closed.
  static constexpr std::size_t record_bytes_max = 65'536;

  /// One record. The cells are the reader's: they change with the next. An error ends the reading.
  using Visit = std::function<Result<void>(std::span<const std::string> cells)>;

  /// Errors: csv_unreadable; those of `visit`. After an error the reader is of no more use.
  Result<void> feed(std::string_view piece, const Visit& visit);
  /// The text has ended: a last record may lack its line end.
  Result<void> finish(const Visit& visit);
  /// Records visited so far.
  std::uint64_t records() const { return records_; }

 private:
  enum class State : std::uint8_t { cell_start, plain, quoted, quote_in_quoted, after_cr };
  Result<void> plain(std::string_view piece, std::size_t& at, const Visit& visit);
  bool add(std::string_view text);
  void end_cell();
  Result<void> end_record(const Visit& visit);
  Error too_long() const;

  State state_ = State::cell_start;
  std::vector<std::string> cells_{1};
  std::size_t cell_ = 0;  // the one that is being read
  std::size_t record_bytes_ = 0;
  bool was_quoted_ = false;  // some cell of the record
  std::uint64_t records_ = 0;
};

}  // namespace fieldcast::codec
