// Who is near: a grid over the globe, for one team. In memory, exact.
//
// Rows of 0.01 degrees of latitude, cut into cells about as wide as high, so a cell
// is some square kilometre everywhere and a move is mostly a look-up. The poles and
// the antimeridian are nothing special: distances are compared in space.
// Threads: one. Cost: O(1) per move; a query looks at the cells around, or at everybody where that is less.
#pragma once

#include "fieldcast/rooms/latest_table.hpp"

#include <functional>
#include <unordered_map>

namespace fieldcast::rooms {

struct Neighbour {
  SlotIndex slot;
  double distance_m;
};

class NearbyIndex {
 public:
  NearbyIndex();
  ~NearbyIndex();
  NearbyIndex(NearbyIndex&&) noexcept;
  NearbyIndex& operator=(NearbyIndex&&) noexcept;

  void put(SlotIndex slot, Coordinates at);  // inserts or moves
  void erase(SlotIndex slot);
  std::size_t size() const { return size_; }

  /// Within `radius_m`, nearest first, `limit` at most, those for which `keep(slot)` is true.
  /// An empty `keep` keeps all.
  std::vector<Neighbour> nearest(Coordinates at, double radius_m, std::size_t limit,
                                 const std::function<bool(SlotIndex)>& keep) const;

 private:
  struct Place;   // of a slot: where, in which cell
  struct Search;  // one query
  class Found;

  std::unordered_map<std::uint64_t, std::vector<SlotIndex>> cells_;
  std::vector<Place> places_;  // by slot
  std::size_t size_ = 0;
};

}  // namespace fieldcast::rooms
