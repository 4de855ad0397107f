#include "fieldcast/rooms/watch.hpp"

namespace fieldcast::rooms {
namespace {

// What an entry of a message takes beside the position's own text.
constexpr std::size_t presence_bytes = 160;
constexpr std::size_t entry_bytes = 70;
constexpr std::size_t left_bytes = 4;

bool same(const std::optional<Viewport>& a, const std::optional<Viewport>& b) {
  if (!a || !b) return !a && !b;
  return a->west_deg == b->west_deg && a->south_deg == b->south_deg && a->east_deg == b->east_deg &&
         a->north_deg == b->north_deg;
}

std::chrono::duration<std::int32_t, std::milli> bounded(milliseconds interval) {
  constexpr milliseconds longest = std::chrono::hours{24};
  return std::chrono::duration<std::int32_t, std::milli>(
      static_cast<std::int32_t>(std::clamp(interval, milliseconds{0}, longest).count()));
}

}  // namespace

/// A slot's bit in `has` says that the client has the agent on its map, told up to the watch's told_.
/// A moved view walks the whole table anew, from `walked` 0 on; otherwise `walked` is the watch's version.
struct Watch::View {
  std::optional<Viewport> viewport;  // nothing: on the way back to the whole room
  std::vector<bool> has;
  Version walked = 0;
  bool moved = true;
  bool has_unknown = false;  // the client watched the whole room before: `has` is still to be made

  /// Who watched the whole room has every agent that is, or that left without being told.
  void take_over(const LatestTable& table, Version told) {
    for (SlotIndex index = 0; index < has.size(); ++index) {
      const Slot& slot = table.slot(index);
      has[index] = slot.gone ? slot.version() > told : slot.version() != 0;
    }
    has_unknown = false;
  }
};

struct Watch::Verdict {
  bool moved = false, presence = false, left = false;
  bool has = false;  // afterwards

  std::size_t bytes(const Slot& slot) const {
    return (moved ? slot.fragment->size() + entry_bytes : 0) + (presence ? presence_bytes : 0) +
           (left ? slot.agent.str().size() + left_bytes : 0);
  }
};

Watch::Watch(Version since, std::optional<Viewport> viewport, milliseconds min_interval)
    : version_(viewport ? 0 : since), told_(version_), min_interval_(bounded(min_interval)), resumed_(version_ != 0) {
  if (viewport) view_ = std::make_unique<View>(View{viewport, {}, 0, true, false});
}
Watch::~Watch() = default;
Watch::Watch(Watch&&) noexcept = default;
Watch& Watch::operator=(Watch&&) noexcept = default;

bool Watch::view_moved() const { return view_ && view_->moved; }

void Watch::set_view(std::optional<Viewport> viewport, milliseconds min_interval) {
  min_interval_ = bounded(min_interval);
  not_before_ = {};
  if (same(viewport, view_ ? view_->viewport : std::nullopt)) return;
  if (view_) {
    view_->viewport = viewport;
    view_->walked = 0;
    view_->moved = true;
  } else {
    view_ = std::make_unique<View>(View{viewport, {}, 0, true, true});
  }
}

void Watch::begin_snapshot(const LatestTable& table) {
  version_ = told_ = 0;
  full_from_ = table.version();
  part_ = 0;
  last_ = no_slot;
  snapshot_due_ = true;
  resumed_ = false;
  if (!view_) return;
  if (view_->viewport) {
    *view_ = View{view_->viewport, {}, 0, true, false};
  } else {
    view_.reset();
  }
}

void Watch::collect(const LatestTable& table, std::size_t bytes_max, Collected& out) {
  const bool begins = snapshot_due_ && part_ == 0;
  if ((begins && !resumed_) || !table.since_is_complete(std::max(version_, full_from_))) begin_snapshot(table);
  out.moved.clear();
  out.presence.clear();
  out.left.clear();
  out.complete = true;
  out.snapshot = snapshot_due_;
  out.resumed = snapshot_due_ && resumed_;
  out.part = snapshot_due_ ? ++part_ : 0;
  if (view_) {
    view_->has.resize(table.slot_count());
    if (view_->has_unknown) view_->take_over(table, std::max(version_, full_from_));
  }

  Version walked = view_ ? view_->walked : version_;
  std::size_t bytes = 0;
  for (SlotIndex index = table.first_since(walked, last_); index != no_slot; index = table.next(index)) {
    const Slot& slot = table.slot(index);
    const Verdict verdict = judge(slot, index);
    const std::size_t more = verdict.bytes(slot);
    if (bytes != 0 && bytes + more > bytes_max) {
      out.complete = false;
      break;
    }
    bytes += more;
    if (verdict.moved) out.moved.push_back(index);
    if (verdict.presence) out.presence.push_back(index);
    if (verdict.left) out.left.push_back(index);
    if (view_) view_->has[index] = verdict.has;
    walked = slot.version();
    last_ = index;
  }
  version_ = std::max({version_, walked, out.complete ? table.version() : 0});
  if (out.complete) told_ = version_;
  if (view_) {
    view_->walked = out.complete ? version_ : walked;
    view_->moved = !out.complete && view_->moved;
    if (out.complete && !view_->viewport) view_.reset();
  }
  out.upto = view_ ? 0 : version_;
}

Watch::Verdict Watch::judge(const Slot& slot, SlotIndex index) const {
  Verdict verdict;
  if (view_) {
    verdict = judge_in_view(slot, index);
  } else if (slot.gone) {
    verdict.left = slot.version() > full_from_;
  } else {
    verdict.moved = slot.position_version > told_;
    verdict.presence = slot.presence_version > told_;
  }
  if (snapshot_due_) {  // an entry carries both
    verdict.moved = verdict.moved || verdict.presence;
    verdict.presence = false;
  }
  return verdict;
}

Watch::Verdict Watch::judge_in_view(const Slot& slot, SlotIndex index) const {
  const bool has = view_->has[index];
  Verdict verdict;
  verdict.has = !slot.gone && (!view_->viewport || view_->viewport->contains(slot.at));
  verdict.left = has && !verdict.has;
  if (verdict.has) {
    verdict.moved = !has || slot.position_version > told_;
    verdict.presence = !has || slot.presence_version > told_;
  }
  return verdict;
}

}  // namespace fieldcast::rooms
