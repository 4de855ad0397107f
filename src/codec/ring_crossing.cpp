#include "ring_crossing.hpp"

#include <algorithm>

namespace fieldcast::codec {
namespace {

struct Edge {
  Coordinates from, to;
  double west_deg() const { return std::min(from.longitude_deg, to.longitude_deg); }
  double east_deg() const { return std::max(from.longitude_deg, to.longitude_deg); }
};

/// Positive when the point lies to the left of the edge, negative to the right, 0 on its line.
double side_of(const Edge& edge, Coordinates point) {
  return (edge.to.longitude_deg - edge.from.longitude_deg) * (point.latitude_deg - edge.from.latitude_deg) -
         (edge.to.latitude_deg - edge.from.latitude_deg) * (point.longitude_deg - edge.from.longitude_deg);
}

bool parts(const Edge& edge, const Edge& ends) {
  const double one = side_of(edge, ends.from), other = side_of(edge, ends.to);
  return (one > 0 && other < 0) || (one < 0 && other > 0);
}

}  // namespace

bool crosses_itself(const Ring& ring) {
  std::vector<Edge> edges;
  for (std::size_t i = 1; i < ring.size(); ++i) edges.push_back({ring[i - 1], ring[i]});
  std::sort(edges.begin(), edges.end(), [](const Edge& a, const Edge& b) { return a.west_deg() < b.west_deg(); });
  for (auto edge = edges.begin(); edge != edges.end(); ++edge)
    for (auto other = edge + 1; other != edges.end() && other->west_deg() <= edge->east_deg(); ++other)
      if (parts(*edge, *other) && parts(*other, *edge)) return true;
  return false;
}

}  // namespace fieldcast::codec
