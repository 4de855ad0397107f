#include "day_object.hpp"

namespace fieldcast::archive {
namespace {

constexpr std::size_t piece_bytes = 65'536;

}  // namespace

void RowsChecksum::add(const AgentIdentity& agent, const Position& position) {
  line_.clear();
  append_history(line_, agent, position);
  line_.push_back('\n');
  add_line(line_);
}

void RowsChecksum::add_line(std::string_view history) {
  checksum_.add(history);
  ++rows_;
}

DayWriter::DayWriter(std::unique_ptr<Target> target) : target_(std::move(target)) { append_header(text_); }

void DayWriter::add(const AgentIdentity& agent, const Position& position) {
  if (!state_) return;
  const std::size_t begin = text_.size();
  append_history(text_, agent, position);
  text_.push_back('\n');
  rows_checksum_.add_line(std::string_view(text_).substr(begin));
  text_.pop_back();
  append_identity(text_, agent);
  if (text_.size() >= piece_bytes) flush(false);
}

void DayWriter::flush(bool last) {
  compressed_.clear();
  deflater_.feed(text_, last, compressed_);
  text_.clear();
  object_bytes_ += compressed_.size();
  object_checksum_.add(compressed_);
  state_ = target_->write(compressed_);
}

Result<Manifest> DayWriter::put(store::Day day, Timestamp now) {
  if (state_) flush(true);
  if (!state_) return state_.error();
  Manifest manifest{day, {}, rows_checksum_.rows(), rows_checksum_.finish(), object_bytes_, object_checksum_.finish(),
                    now};
  manifest.object = object_name(day, manifest.object_sha256);
  if (const auto put = target_->put(manifest.object); !put) return put.error();
  return manifest;
}

DayReader::DayReader(std::unique_ptr<Source> source, Manifest manifest)
    : source_(std::move(source)), manifest_(std::move(manifest)) {}

Result<bool> DayReader::next(Row& row) {
  while (at_ == count_) {
    if (ended_) return false;
    if (const auto more = read_more(); !more) return more.error();
  }
  std::swap(row, rows_[at_++]);
  return true;
}

/// One piece of text, and the rows in it.
Result<void> DayReader::read_more() {
  at_ = count_ = 0;
  const auto visit = [this](std::span<const std::string> cells) { return take(cells); };
  if (auto next = inflater_.next(text_); !next) return damaged(next.error().text);
  if (!text_.empty()) {
    if (auto fed = csv_.feed(text_, visit); !fed) return damaged(fed.error().text);
    return {};
  }
  if (source_ended_) {
    if (!inflater_.at_end()) return damaged("the object ends too early");
    if (auto finished = csv_.finish(visit); !finished) return damaged(finished.error().text);
    ended_ = true;
    return compare_with_manifest();
  }
  bytes_.resize(piece_bytes);
  const auto read = source_->read(bytes_);
  if (!read) return read.error();
  bytes_.resize(*read);
  source_ended_ = *read == 0;
  object_bytes_ += *read;
  object_checksum_.add(bytes_);
  inflater_.feed(bytes_);
  return {};
}

Result<void> DayReader::take(std::span<const std::string> cells) {
  if (!header_read_) {
    header_read_ = true;
    return check_header(cells);
  }
  if (count_ == rows_.size()) rows_.emplace_back();
  Row& row = rows_[count_++];
  if (auto parsed = parse_row(cells, row); !parsed) return parsed;
  const Timestamp recorded_at = row.position.fix.recorded_at;
  if (std::chrono::floor<store::days>(recorded_at) != manifest_.day)
    return Error{"archive_damaged", "a row is of another day"};
  if (rows_checksum_.rows() > 0 && compare(row.agent, recorded_at, last_) <= 0)
    return Error{"archive_damaged", "the rows are out of order"};
  last_.agent.org = row.agent.org;
  last_.agent.agent = row.agent.agent;
  last_.position.fix.recorded_at = recorded_at;
  rows_checksum_.add(row.agent, row.position);
  return {};
}

Result<void> DayReader::compare_with_manifest() {
  if (object_bytes_ != manifest_.object_bytes || object_checksum_.finish() != manifest_.object_sha256)
    return damaged("the object is not the one that was written");
  if (!header_read_ || rows_checksum_.rows() != manifest_.rows || rows_checksum_.finish() != manifest_.rows_sha256)
    return damaged("the rows are not those of the manifest");
  return {};
}

Error DayReader::damaged(const std::string& why) const {
  return {"archive_damaged", "the archive of " + to_string(manifest_.day) + " is damaged: " + why};
}

Result<std::unique_ptr<DayReader>> open_day(Place& place, const Manifest& manifest) {
  auto source = place.open(manifest.object);
  if (!source) return source.error();
  return std::make_unique<DayReader>(std::move(*source), manifest);
}

Result<void> verify_object(Place& place, const Manifest& manifest) {
  auto reader = open_day(place, manifest);
  if (!reader) return reader.error();
  Row row;
  for (;;) {
    const auto next = (*reader)->next(row);
    if (!next) return next.error();
    if (!*next) return {};
  }
}

}  // namespace fieldcast::archive
