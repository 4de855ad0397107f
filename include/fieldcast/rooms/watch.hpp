// One watcher's subscription to one room: what it has, what it wants.
//
// Constant memory whatever the watcher's speed: the version up to which it has
// been told everything, its view, and (with a viewport only) one bit per slot.
//
//   in step   ── shared update, same bytes for all ──▶ in step
//   behind    (socket busy, window not over, own viewport) ── collect() when it may ──▶ in step
#pragma once

#include "fieldcast/rooms/latest_table.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace fieldcast::rooms {

/// Where to go on after a disconnect. Opaque outside: "<epoch hex>.<version hex>".
struct Cursor {
  std::uint64_t epoch = 0;  // random for each life of a room's home
  Version version = 0;
};
std::string to_string(Cursor cursor);
std::optional<Cursor> cursor_from(std::string_view text);

/// What is to be told next; slots of the table, valid until it changes.
struct Collected {
  bool snapshot = false;            // tell it as (part of) a snapshot, otherwise as an update
  bool resumed = false;             // snapshot: the client keeps what it has and merges this; otherwise it begins anew
  std::uint32_t part = 0;           // snapshot: from 1; 1 again when it had to begin anew
  std::vector<SlotIndex> moved;     // position to be told; in a snapshot: an entry, which carries presence too
  std::vector<SlotIndex> presence;  // presence to be told, perhaps beside the position; none in a snapshot
  std::vector<SlotIndex> left;      // left the view or the room; may name agents that the client does not have
  // For the cursor: told up to here. 0 with a viewport, as a part of the room is nothing to resume the whole from.
  Version upto = 0;
  bool complete = true;  // false: bytes_max reached, collect again
  bool empty() const { return moved.empty() && presence.empty() && left.empty(); }
};

class Watch {
 public:
  /// `since` 0: a full snapshot comes first. So it does with a viewport, whatever `since`: what was in view
  /// before the disconnect is not known, and a view's snapshot is small.
  Watch(Version since, std::optional<Viewport> viewport, milliseconds min_interval);
  ~Watch();
  Watch(Watch&&) noexcept;
  Watch& operator=(Watch&&) noexcept;

  /// May take the shared update that goes from `before` to `after`: no view of its own, and in step.
  bool in_step(Version before) const {
    return version_ == before && !view_ && min_interval_.count() == 0 && !snapshot_due_;
  }
  void advance(Version after) { version_ = told_ = after; }

  Version version() const { return version_; }
  bool behind(const LatestTable& table) const { return snapshot_due_ || view_moved() || version_ < table.version(); }

  /// Snapshot first, even when it is empty; then updates. Due again when a watcher was behind for so long
  /// that the table forgot who left meanwhile. The owner calls snapshot_done when its last part
  /// (`complete`) is on its way.
  bool snapshot_due() const { return snapshot_due_; }
  void snapshot_done() { snapshot_due_ = false; }
  /// Which kind of snapshot the present one is; certain once it was collected from.
  bool resumed() const { return resumed_; }

  /// Moves the view: agents that come into it arrive in the next collect, those that leave it are `left`.
  void set_view(std::optional<Viewport> viewport, milliseconds min_interval);

  /// Earliest time of the next collect, by min_interval.
  SteadyTime not_before() const { return not_before_; }
  void delivered(SteadyTime now) { not_before_ = now + min_interval_; }

  /// Collects what this watcher is to be told, about `bytes_max` of text (one slot at least), and
  /// advances. Slots outside the viewport are passed over. Reuses `out`.
  /// Cost: O(slots changed since version()); after set_view one walk over all slots.
  void collect(const LatestTable& table, std::size_t bytes_max, Collected& out);

 private:
  struct View;
  struct Verdict;

  bool view_moved() const;
  void begin_snapshot(const LatestTable& table);
  Verdict judge(const Slot& slot, SlotIndex index) const;
  Verdict judge_in_view(const Slot& slot, SlotIndex index) const;

  Version version_;        // slots whose last change is up to here are told
  Version told_;           // every change up to here is told: below version_ while a collect is in parts
  Version full_from_ = 0;  // the table's version when a full snapshot began: who left before is not named
  SteadyTime not_before_{};
  std::unique_ptr<View> view_;  // with a viewport only
  std::chrono::duration<std::int32_t, std::milli> min_interval_;
  std::uint32_t part_ = 0;
  SlotIndex last_ = no_slot;  // where the walk stopped
  bool snapshot_due_ = true;
  bool resumed_;
};

}  // namespace fieldcast::rooms
