#include "fieldcast/codec/csv_reader.hpp"

#include <algorithm>

namespace fieldcast::codec {

Result<void> CsvReader::feed(std::string_view piece, const Visit& visit) {
  for (std::size_t at = 0; at < piece.size();) {
    switch (state_) {
      case State::cell_start:
        state_ = piece[at] == '"' ? State::quoted : State::plain;
        if (state_ == State::quoted) {
          was_quoted_ = true;
          ++at;
        }
        break;
      case State::plain:
        if (auto read = plain(piece, at, visit); !read) return read;
        break;
      case State::quoted: {
        const std::size_t end = std::min(piece.find('"', at), piece.size());
        if (!add(piece.substr(at, end - at))) return too_long();
        if (end < piece.size()) state_ = State::quote_in_quoted;
        at = std::min(end + 1, piece.size());
        break;
      }
      case State::quote_in_quoted:
        state_ = piece[at] == '"' ? State::quoted : State::plain;
        if (state_ == State::quoted && !add(piece.substr(at++, 1))) return too_long();
        break;
      case State::after_cr:
        if (piece[at] == '\n') ++at;
        state_ = State::cell_start;
        break;
    }
  }
  return {};
}

Result<void> CsvReader::plain(std::string_view piece, std::size_t& at, const Visit& visit) {
  std::size_t end = at;
  while (end < piece.size() && piece[end] != ',' && piece[end] != '\n' && piece[end] != '\r') ++end;
  if (!add(piece.substr(at, end - at))) return too_long();
  at = end;
  if (at == piece.size()) return {};
  const char separator = piece[at++];
  state_ = separator == '\r' ? State::after_cr : State::cell_start;
  if (separator != ',') return end_record(visit);
  end_cell();
  return {};
}

Result<void> CsvReader::finish(const Visit& visit) {
  if (state_ == State::quoted) return Error{"csv_unreadable", "the text ends inside of a quoted cell"};
  return end_record(visit);
}

bool CsvReader::add(std::string_view text) {
  record_bytes_ += text.size();
  if (record_bytes_ > record_bytes_max) return false;
  cells_[cell_].append(text);
  return true;
}

void CsvReader::end_cell() {
  ++record_bytes_;  // a record of nothing but commas is bounded, too
  if (++cell_ == cells_.size()) cells_.emplace_back();
  cells_[cell_].clear();
}

Result<void> CsvReader::end_record(const Visit& visit) {
  const bool empty = cell_ == 0 && cells_[0].empty() && !was_quoted_;
  const std::size_t count = cell_ + 1;
  cell_ = 0;
  record_bytes_ = 0;
  was_quoted_ = false;
  if (empty) return {};
  ++records_;
  Result<void> visited = visit(std::span<const std::string>(cells_).first(count));
  cells_[0].clear();
  return visited;
}

Error CsvReader::too_long() const {
  return {"csv_unreadable", "record " + std::to_string(records_ + 1) + " is longer than " +
                                std::to_string(record_bytes_max) + " bytes; is a quote not closed?"};
}

}  // namespace fieldcast::codec
