// One watcher's subscription to one room: what it has, what it wants.
//
// Constant memory whatever the watcher's speed: the version up to which it has
// been told everything, its view, and (with a viewport only) one bit per slot.
//
//   in step   ── shared update, same bytes for all ──▶ in step
//   behind    (socket busy, window not over, own viewport) ── collect() when it may ──▶ in step
#pragma once

#include "fieldcast/rooms/latest_table.hpp"

#include <span>

namespace fieldcast::rooms {

/// Where to go on after a disconnect. Opaque outside: "<epoch hex>.<version hex>".
struct Cursor {
  std::uint64_t epoch = 0;  // random for each life of a room's home
  Version version = 0;
};
std::string to_string(Cursor cursor);
std::optional<Cursor> cursor_from(std::string_view text);

/// What is to be told next; views into the table, valid until it changes.
struct Collected {
  std::vector<SlotIndex> moved;     // for `positions` of an update (or the entries of a snapshot)
  std::vector<SlotIndex> presence;  // only their presence changed
  std::vector<SlotIndex> left;      // left the view or the room
  Version upto = 0;                 // the watch's version afterwards
  bool complete = true;             // false: bytes_max reached, collect again
  bool empty() const { return moved.empty() && presence.empty() && left.empty(); }
};

class Watch {
 public:
  /// `since` 0: a full snapshot comes first.
  Watch(Version since, std::optional<Viewport> viewport, milliseconds min_interval);

  /// May take the shared update that goes from `before` to `after`: no view of its own, and in step.
  bool in_step(Version before) const {
    return !viewport_ && min_interval_.count() == 0 && version_ == before && !snapshot_due_;
  }
  void advance(Version after) { version_ = after; }

  Version version() const { return version_; }
  bool behind(const LatestTable& table) const { return snapshot_due_ || view_moved_ || version_ < table.version(); }

  /// Snapshot first; then updates. `resumed()` tells which kind of snapshot the first one is.
  bool snapshot_due() const { return snapshot_due_; }
  void snapshot_done() { snapshot_due_ = false; }

  /// Moves the view: agents that come into it arrive in the next collect, those that leave it are `left`.
  void set_view(std::optional<Viewport> viewport, milliseconds min_interval);

  /// Earliest time of the next collect, by min_interval.
  SteadyTime not_before() const { return not_before_; }
  void delivered(SteadyTime now) { not_before_ = now + min_interval_; }

  /// Collects what this watcher is to be told, at most `bytes_max` of fragments (one at
  /// least), and advances. Slots outside the viewport are passed over. Reuses `out`.
  void collect(const LatestTable& table, std::size_t bytes_max, Collected& out);

 private:
  Version version_;
  milliseconds min_interval_;
  SteadyTime not_before_{};
  bool snapshot_due_ = true;
  bool view_moved_ = false;
  std::optional<Viewport> viewport_;
  std::vector<bool> in_view_;  // by slot, with a viewport only
};

}  // namespace fieldcast::rooms
