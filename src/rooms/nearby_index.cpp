#include "fieldcast/rooms/nearby_index.hpp"

#include <cmath>
#include <numbers>
#include <tuple>

namespace fieldcast::rooms {
namespace {

constexpr double degree = std::numbers::pi / 180;
constexpr double earth_radius_m = 6'371'008.8;
constexpr std::uint32_t rows = 18'000;
constexpr double row_deg = 180.0 / rows;
// Finding a cell takes as long as looking at this many agents in a row.
constexpr double agents_per_cell = 8;
constexpr std::uint64_t no_cell = ~std::uint64_t{0};

/// A point of the unit sphere. The square of a chord grows with the distance and needs no trigonometry.
struct Direction {
  double x, y, z;
};

Direction direction_of(Coordinates at) {
  const double latitude = at.latitude_deg * degree, longitude = at.longitude_deg * degree;
  const double across = std::cos(latitude);
  return {across * std::cos(longitude), across * std::sin(longitude), std::sin(latitude)};
}

double chord2(const Direction& a, const Direction& b) {
  const double x = a.x - b.x, y = a.y - b.y, z = a.z - b.z;
  return x * x + y * y + z * z;
}

double chord2_of(double angle) {
  const double half = std::sin(std::min(angle, std::numbers::pi) / 2);
  return 4 * half * half;
}

std::uint32_t row_of(double latitude_deg) {
  const double row = (latitude_deg + 90) / row_deg;
  return row <= 0 ? 0 : std::min(static_cast<std::uint32_t>(row), rows - 1);
}

std::uint32_t columns_of(std::uint32_t row) {
  const double middle_deg = (row + 0.5) * row_deg - 90;
  return static_cast<std::uint32_t>(std::ceil(2 * rows * std::cos(middle_deg * degree)));
}

/// Not wrapped: may be negative or above columns.
std::int64_t column_of(double longitude_deg, std::uint32_t columns) {
  return static_cast<std::int64_t>(std::floor((longitude_deg + 180) / 360 * columns));
}

std::uint64_t key_of(std::uint32_t row, std::int64_t column, std::uint32_t columns) {
  const auto wrapped = static_cast<std::uint64_t>((column % columns + columns) % columns);
  return std::uint64_t{row} << 32 | wrapped;
}

}  // namespace

struct NearbyIndex::Place {
  Direction direction{};
  Coordinates at;
  std::uint64_t cell = no_cell;
  std::size_t in_cell = 0;
};

/// The nearest so far: a heap with the farthest on top.
class NearbyIndex::Found {
 public:
  struct Candidate {
    double chord2;
    SlotIndex slot;
    auto operator<=>(const Candidate&) const = default;
  };

  explicit Found(std::size_t limit) : limit_(limit) {}
  bool full() const { return heap_.size() == limit_; }
  bool wants(double chord2) const { return !full() || chord2 < heap_.front().chord2; }
  void clear() { heap_.clear(); }
  void add(Candidate candidate) {
    if (full()) {
      std::pop_heap(heap_.begin(), heap_.end());
      heap_.pop_back();
    }
    heap_.push_back(candidate);
    std::push_heap(heap_.begin(), heap_.end());
  }
  const std::vector<Candidate>& all() const { return heap_; }

 private:
  std::size_t limit_;
  std::vector<Candidate> heap_;
};

struct NearbyIndex::Search {
  const NearbyIndex& index;
  Coordinates at;
  Direction from;
  const std::function<bool(SlotIndex)>& keep;
  Found found;

  void look_at(SlotIndex slot, double within_chord2) {
    const double chord2_here = chord2(from, index.places_[slot].direction);
    if (chord2_here > within_chord2 || !found.wants(chord2_here)) return;
    if (keep && !keep(slot)) return;
    found.add({chord2_here, slot});
  }

  void scan_all(double angle) {
    const double within_chord2 = chord2_of(angle);
    for (SlotIndex slot = 0; slot < index.places_.size(); ++slot) {
      if (index.places_[slot].cell != no_cell) look_at(slot, within_chord2);
    }
  }

  /// Everybody within `angle`, cell by cell. False, and nothing done, when looking at all agents is less work.
  bool scan_cells(double angle) {
    const double reach_deg = angle / degree * (1 + 1e-9) + 1e-9;
    const std::uint32_t first = row_of(at.latitude_deg - reach_deg), last = row_of(at.latitude_deg + reach_deg);
    const double across_deg = reach_across_deg(reach_deg);
    if (across_deg >= 180) return false;
    const double cells_across = 2 * across_deg / 360 * columns_of((first + last) / 2) + 2;
    if ((last - first + 1) * cells_across * agents_per_cell > static_cast<double>(index.size_) + 500) return false;
    const double within_chord2 = chord2_of(angle);
    for (std::uint32_t row = first; row <= last; ++row) {
      const std::uint32_t columns = columns_of(row);
      const std::int64_t west = column_of(at.longitude_deg - across_deg, columns);
      const std::int64_t east = std::min(column_of(at.longitude_deg + across_deg, columns), west + columns - 1);
      for (std::int64_t column = west; column <= east; ++column) scan_cell(key_of(row, column, columns), within_chord2);
    }
    return true;
  }

  void scan_cell(std::uint64_t cell, double within_chord2) {
    const auto agents = index.cells_.find(cell);
    if (agents == index.cells_.end()) return;
    for (const SlotIndex slot : agents->second) look_at(slot, within_chord2);
  }

  /// How far a circle reaches in longitude; 180 when it holds a pole.
  double reach_across_deg(double reach_deg) const {
    if (std::abs(at.latitude_deg) + reach_deg >= 90) return 180;
    const double sine = std::sin(reach_deg * degree) / std::cos(at.latitude_deg * degree);
    return sine >= 1 ? 180 : std::asin(sine) / degree * (1 + 1e-9) + 1e-9;
  }
};

NearbyIndex::NearbyIndex() = default;
NearbyIndex::~NearbyIndex() = default;
NearbyIndex::NearbyIndex(NearbyIndex&&) noexcept = default;
NearbyIndex& NearbyIndex::operator=(NearbyIndex&&) noexcept = default;

void NearbyIndex::put(SlotIndex slot, Coordinates at) {
  if (slot >= places_.size()) places_.resize(slot + std::size_t{1});
  const std::uint32_t row = row_of(at.latitude_deg);
  const std::uint32_t columns = columns_of(row);
  const std::uint64_t cell = key_of(row, column_of(at.longitude_deg, columns), columns);
  if (places_[slot].cell != cell) {
    erase(slot);
    auto& agents = cells_[cell];
    places_[slot].cell = cell;
    places_[slot].in_cell = agents.size();
    agents.push_back(slot);
    ++size_;
  }
  places_[slot].at = at;
  places_[slot].direction = direction_of(at);
}

void NearbyIndex::erase(SlotIndex slot) {
  if (slot >= places_.size() || places_[slot].cell == no_cell) return;
  Place& place = places_[slot];
  const auto cell = cells_.find(place.cell);
  auto& agents = cell->second;
  agents[place.in_cell] = agents.back();
  places_[agents.back()].in_cell = place.in_cell;
  agents.pop_back();
  if (agents.empty()) cells_.erase(cell);
  place.cell = no_cell;
  --size_;
}

std::vector<Neighbour> NearbyIndex::nearest(Coordinates at, double radius_m, std::size_t limit,
                                            const std::function<bool(SlotIndex)>& keep) const {
  std::vector<Neighbour> neighbours;
  if (limit == 0 || size_ == 0 || !(radius_m >= 0)) return neighbours;
  // A little wider than asked: distance_m has the last word on who is within.
  // (Near the antipodes chords tell too little apart: everybody is looked at there.)
  const double asked = radius_m / earth_radius_m;
  const double angle_max = asked > 3.1 ? 4.0 : asked * (1 + 1e-9) + 1e-12;
  Search search{*this, at, direction_of(at), keep, Found(std::min(limit, size_))};
  // Once a circle is known to hold enough, who is outside of it cannot be nearer.
  for (double angle = row_deg * degree / 4;; angle *= 2) {
    search.found.clear();
    const double within = std::min(angle, angle_max);
    if (!search.scan_cells(within)) {
      search.scan_all(angle_max);
      break;
    }
    if (search.found.full() || within == angle_max) break;
  }
  for (const auto& candidate : search.found.all()) {
    const double away_m = distance_m(at, places_[candidate.slot].at);
    if (away_m <= radius_m) neighbours.push_back({candidate.slot, away_m});
  }
  std::sort(neighbours.begin(), neighbours.end(), [](const Neighbour& a, const Neighbour& b) {
    return std::tie(a.distance_m, a.slot) < std::tie(b.distance_m, b.slot);
  });
  return neighbours;
}

}  // namespace fieldcast::rooms
