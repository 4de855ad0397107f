#include "day_merge.hpp"

namespace fieldcast::archive {
namespace {

class Merge {
 public:
  Merge(DayReader* base, const VisitRow& visit) : base_(base), visit_(visit) { advance(); }

  void take(const AgentIdentity& agent, const Position& position) {
    if (!state_) return;
    checksum_.add(agent, position);
    const Timestamp recorded_at = position.fix.recorded_at;
    while (base_has_row_) {
      const auto order = compare(agent, recorded_at, row_);
      if (order < 0) break;
      give_base_row();
      if (order == 0) {
        --merged_.only_in_base;
        return;
      }
    }
    if (!state_) return;
    ++merged_.only_in_store;
    visit_(agent, position);
  }

  Result<Merged> finish() {
    while (base_has_row_) give_base_row();
    if (!state_) return state_.error();
    merged_.from_store = checksum_.rows();
    merged_.store_sha256 = checksum_.finish();
    return merged_;
  }

 private:
  void give_base_row() {
    ++merged_.only_in_base;
    visit_(row_.agent, row_.position);
    advance();
  }
  void advance() {
    base_has_row_ = false;
    if (base_ == nullptr) return;
    const auto next = base_->next(row_);
    if (next)
      base_has_row_ = *next;
    else
      state_ = next.error();
  }

  DayReader* const base_;
  const VisitRow& visit_;
  Row row_;
  bool base_has_row_ = false;
  RowsChecksum checksum_;
  Merged merged_;
  Result<void> state_;
};

}  // namespace

Result<Merged> merge_day(store::Keeper& keeper, store::Day day, DayReader* base, const VisitRow& visit) {
  Merge merge(base, visit);
  const auto read = keeper.read_day(
      day, [&merge](const AgentIdentityPtr& agent, const Position& position) { merge.take(*agent, position); });
  if (!read) return read.error();
  return merge.finish();
}

}  // namespace fieldcast::archive
